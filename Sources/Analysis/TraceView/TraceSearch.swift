import Telemetry

/// Looks for a text in the spans of a trace: in names, services, attributes, events, status messages and ids.
///
/// Upper and lower case are one.
package struct TraceSearch: Sendable {
    private let needle: SearchNeedle

    /// Prepares a search for a text.
    package init(_ text: String) { needle = SearchNeedle(text) }

    /// The numbers of the spans that have the text, in the order of their rows when nothing is folded; none for an empty
    /// text.
    package func matches(in picture: TracePicture) -> [Int] {
        guard !needle.isEmpty else { return [] }
        let isFound = picture.trace.spans(holding: needle)
        return picture.places.compactMap { place in
            guard case .span(let number) = place.content, isFound[Int(number)] else { return nil }
            return Int(number)
        }
    }
}
