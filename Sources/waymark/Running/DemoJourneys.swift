import DataSources
import Journeys

/// The journeys of the built-in shop.
enum DemoJourneys {
    /// The journeys, read like any file.
    static var definitions: [JourneyDefinition] {
        let journeys = ShopJourneyFiles.texts.flatMap { JourneySet(text: $0.value, file: $0.key).journeys }
        return journeys.sorted { $0.name < $1.name }
    }
}
