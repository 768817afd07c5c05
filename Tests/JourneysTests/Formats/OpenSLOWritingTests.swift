import Foundation
import Journeys
import Testing

@Suite("OpenSLO: journeys that are written")
struct OpenSLOWritingTests {
    /// Whether a set has remarks other than those a journey file with the same content has.
    private func remarks(_ set: JourneySet) -> [String] {
        set.diagnostics.filter { $0.severity == .error || $0.problem.contains(OpenSLO.prefix) }.map(\.description)
    }

    @Test func theExampleJourneys_AreReadBackAsTheyAre() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let original = JourneySet.load(from: root + "/journeys", files: DiskJourneyFiles())
        let written = OpenSLOWriter.write(original.journeys)
        #expect(written.losses == [])
        let back = JourneySet(text: written.text, file: "f")
        #expect(back.diagnostics.map(\.description) == [])
        #expect(back.journeys == original.journeys)
        #expect(back.journeys.count == 5)
    }

    @Test func anyJourneys_AreReadBackAsTheyAre() {
        var random = RandomJourneys(seed: 7)
        for round in 0..<400 {
            let journeys = (0..<(1 + round % 5)).map { random.next($0) }
            let written = OpenSLOWriter.write(journeys)
            let back = JourneySet(text: written.text, file: "f")
            #expect(remarks(back) == [], "\(written.text)")
            #expect(back.journeys == journeys.sorted { $0.name < $1.name }, "\(written.text)")
            #expect(written.losses == [])
        }
    }

    @Test func theJourneyFileOfThem_SaysTheSame() {
        // The generator must make journeys that a journey file can hold, or the test above would prove little.
        var random = RandomJourneys(seed: 8)
        for number in 0..<400 {
            let journey = random.next(number)
            let back = JourneySet(text: journey.yaml, file: "f")
            #expect(back.journeys == [journey], "\(back.report)\n\(journey.yaml)")
        }
    }

    @Test func names_AreOfTheStrictestFormAndEachOnce() throws {
        var random = RandomJourneys(seed: 9)
        let written = OpenSLOWriter.write((0..<50).map { random.next($0) })
        var seen: Set<String> = []
        for document in written.text.components(separatedBy: "\n---\n") {
            let lines = document.split(separator: "\n")
            let kind = try #require(lines.first { $0.hasPrefix("kind: ") })
            let name = try #require(lines.first { $0.hasPrefix("  name: ") }).dropFirst(8)
            #expect(name.count <= 63 && name.first != "-" && name.last != "-")
            #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }, "\(name)")
            #expect(seen.insert("\(kind) \(name)").inserted)
            #expect(lines.contains("apiVersion: openslo/v1"))
        }
        #expect(seen.count > 100)
    }

    @Test func anSLO_HasWhatOtherToolsRead() throws {
        var journey = JourneyDefinition(
            name: "cart.add", entry: try JourneyFilter("service=web-bff name=\"POST /cart\""),
            place: SourcePlace(file: "f", line: 1, column: 1))
        journey.title = "Put a product into the basket"
        journey.owner = "team-checkout"
        var objective = JourneyDefinition.Objective(name: "fast", target: ExactShare(partsPerBillion: 999_500_000))
        objective.under = 600_000_000
        journey.objectives = [objective]
        let text = OpenSLOWriter.write([journey]).text
        for line in [
            "  name: cart-add-fast", "  displayName: Put a product into the basket", "    owner: team-checkout",
            "  service: web-bff", "    - duration: 28d", "      isRolling: true", "  budgetingMethod: Occurrences",
            "    - displayName: fast", "      target: 0.9995", "    threshold: 14.4", "    lookbackWindow: 1h",
            "  description: 99.95% of runs succeed in less than 600ms", "# Only waymark reads: entry, under.",
            "    - alertPolicyRef: waymark-page-14-4x-1h-5m",
        ] {
            #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)\n\(text)")
        }
    }

    @Test func whatMeansNothingWithoutAPromise_IsSaid() throws {
        var journey = JourneyDefinition(
            name: "browse", entry: try JourneyFilter("service=a"), place: SourcePlace(file: "f", line: 1, column: 1))
        #expect(OpenSLOWriter.write([journey]).losses == [])
        journey.window = .rolling(nanoseconds: 86_400_000_000_000)
        journey.alerts = []
        let written = OpenSLOWriter.write([journey])
        #expect(written.losses.count == 2)
        #expect(written.text.contains("# Not written: slo.window"))
        #expect(written.text.contains("# Not written: alerts"))
    }

    @Test func hostileTexts_StayTexts() throws {
        var journey = JourneyDefinition(
            name: "j", entry: try JourneyFilter("service=\"a\\n---\\napiVersion: x\""),
            place: SourcePlace(file: "f", line: 1, column: 1))
        journey.title = "x\n---\nkind: SLO # \u{0}\u{85}\u{2028}"
        journey.owner = "\"]}\n- *a"
        journey.objectives = [JourneyDefinition.Objective(name: "o", target: ExactShare(partsPerBillion: 990_000_000))]
        let back = JourneySet(text: OpenSLOWriter.write([journey]).text, file: "f")
        #expect(back.journeys == [journey], "\(back.report)")
    }
}
