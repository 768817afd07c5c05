import DataSources
import Journeys

/// The journeys of the built-in shop.
enum DemoJourneys {
    /// The journeys, read like any file; they page earlier than others, since nobody watches a demo for half an hour.
    static var definitions: [JourneyDefinition] {
        let journeys = ShopJourneyFiles.texts.flatMap { JourneySet(text: $0.value, file: $0.key).journeys }
        return journeys.sorted { $0.name < $1.name }.map { journey in
            var journey = journey
            journey.alerts = [early] + (journey.alerts ?? JourneyDefinition.defaultAlerts)
            return journey
        }
    }

    /// The usual page, over ten minutes and one.
    private static let early = JourneyDefinition.Alert(
        severity: .page, factor: BurnFactor(thousandths: 14_400), long: 600_000_000_000, short: 60_000_000_000)
}
