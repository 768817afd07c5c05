/// Everything the journeys have to show at one moment, as one value.
///
/// It shares its memory with the engine and with other pictures and never changes, so it can be read on any thread for
/// as long as it is wanted; taking one costs a few references for each journey.
package struct JourneysPicture: Sendable {
    /// Every journey in every environment: those from files first, by name, then found ones, by name.
    package let journeys: [JourneyView]
    /// The latest arrival, in Unix nanoseconds; for files the latest end of a span. Zero before the first.
    package let watermark: UInt64
    /// The earliest instant that a run counts at; nil before the first run.
    package let firstSeen: UInt64?
    /// How many names share the row `other`.
    package let otherNames: Int

    /// No journeys.
    package static let empty = JourneysPicture(
        views: [], bounds: JourneyView.Bounds(watermark: 0, firstSeen: nil), otherNames: 0)

    init(views: [JourneyView], bounds: JourneyView.Bounds, otherNames: Int) {
        journeys = views.map { view in
            var view = view
            if view.isOthers { view.otherNames = otherNames }
            return view
        }.sorted { one, other in
            if one.isFound != other.isFound { return other.isFound }
            if one.isOthers != other.isOthers { return other.isOthers }
            return one.name == other.name ? one.environment ?? "" < other.environment ?? "" : one.name < other.name
        }
        watermark = bounds.watermark
        firstSeen = bounds.firstSeen
        self.otherNames = otherNames
    }

    /// The environments that runs were seen in, by name.
    package var environments: [String] {
        Set(journeys.compactMap(\.environment)).sorted()
    }

    /// The journeys of one environment, and those that no run was seen of; nil for all.
    package func journeys(in environment: String?) -> [JourneyView] {
        guard let environment else { return journeys }
        return journeys.filter { $0.environment == environment || $0.environment == nil }
    }

    /// The view of a journey.
    package subscript(id: JourneyView.ID) -> JourneyView? {
        journeys.first { $0.id == id }
    }

    /// The journeys in the order of the home screen: by the share of runs that failed or were not faster than the
    /// tightest promise in the five minutes up to `now`, the greatest first, then by name and environment.
    package func bySeverity(now: UInt64, in environment: String? = nil) -> [JourneyView] {
        let window = TimeWindow(last: 300_000_000_000, until: now)
        let ranked = journeys(in: environment).map { ($0, $0.counts(in: window).badShare ?? -1) }
        return ranked.sorted { one, other in
            if one.1 != other.1 { return one.1 > other.1 }
            return one.0.name == other.0.name
                ? one.0.environment ?? "" < other.0.environment ?? "" : one.0.name < other.0.name
        }.map(\.0)
    }
}
