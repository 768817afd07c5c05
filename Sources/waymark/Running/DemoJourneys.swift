import DataSources
import Journeys

/// The journeys of the built-in shop.
enum DemoJourneys {
    /// The journeys, read like any file.
    static var definitions: [JourneyDefinition] {
        ShopJourneyFiles.texts.flatMap { JourneySet(text: $0.value, file: $0.key).journeys }.sorted { $0.name < $1.name }
    }
}
