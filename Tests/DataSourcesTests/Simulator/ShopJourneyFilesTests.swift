import DataSources
import Foundation
import Testing

@Suite struct ShopJourneyFilesTests {
    @Test func theDemoHasTheJourneysOfTheProject() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "journeys")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(Set(names) == Set(ShopJourneyFiles.texts.keys))
        for name in names {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(ShopJourneyFiles.texts[name] == text, "\(name) differs")
        }
    }
}
