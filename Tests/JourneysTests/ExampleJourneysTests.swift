import Journeys
import Testing

@Suite("The example journeys")
struct ExampleJourneysTests {
    /// The folder `journeys` beside `Tests`.
    private var folder: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/journeys"
    }

    @Test func allFive_AreReadWithoutAnyRemark() {
        let set = JourneySet.load(from: folder, files: DiskJourneyFiles())
        #expect(set.diagnostics.map(\.description) == [])
        #expect(set.journeys.map(\.name) == ["browse", "cart.add", "checkout", "login", "search"])
        let under = Dictionary(uniqueKeysWithValues: set.journeys.map { ($0.name, $0.tightestUnder ?? 0) })
        #expect(under["checkout"] == 1_200_000_000)
        #expect(under["search"] == 800_000_000)
        #expect(set["checkout"]?.steps.map(\.name) == ["cart.review", "quote", "pay", "confirm"])
    }
}
