import Journeys
import Testing

@Suite("Journey files: what is refused, and how it is said")
struct JourneyDiagnosticTests {
    private static let head = "journey: j\nentry: service=a\n"

    /// The diagnostics of a text, one line each, but for the file's name.
    private func messages(_ text: String) -> [String] {
        JourneySet(text: text, file: "f").diagnostics.map { String($0.description.dropFirst(2)) }
    }

    @Test func unknownKey_NamesPlaceAndNearestKey() {
        let lines = messages("journey: j\nentyr: service=a\n")
        #expect(lines.count == 2)
        #expect(lines.contains { $0.hasPrefix("1:1: error: a journey without \"entry\"") })
        #expect(
            lines.contains { $0.hasPrefix("2:1: error: unknown key \"entyr\" in a journey; expected journey, title") })
        #expect(lines.contains { $0.hasSuffix("did you mean \"entry\"?") })
    }

    @Test func filterError_PointsIntoTheLine() {
        #expect(
            messages("journey: j\nentry: servce=cart\n").first?.hasPrefix("2:8: error: filter of \"entry\"") == true)
        let quoted = messages("journey: j\nentry: 'service=a servce=cart'\n").first ?? ""
        #expect(quoted.hasPrefix("2:19: error: filter of \"entry\""), "\(quoted)")
        #expect(quoted.contains("did you mean \"service\"?"), "\(quoted)")
    }

    @Test func bareBrace_IsExplained() {
        let lines = messages("journey: j\nentry: { resource.service.name = \"cart\" && duration > 300ms }\n")
        #expect(lines.contains { $0.contains("brace") && $0.hasPrefix("2:") }, "\(lines)")
        let broken = messages("journey: j\nentry: { name = \"a\", b && } x\n")
        #expect(broken.contains { $0.contains("brace") }, "\(broken)")
    }

    @Test(arguments: [
        ("title: &t x\n", "3:8", "&t"), ("title: *t\n", "3:8", "*t"), ("by: [&a b, *a]\n", "3:6", "&a"),
        ("steps:\n  - &s a: service=b\n", "4:5", "&s"), ("title:\n  &x y\n", "4:3", "&x"), ("<<: *b\n", "3:5", "*b"),
        ("{\"a\":*b}\n", "3:6", "*b"),
    ])
    func anchorsAndAliases_AreRefused(_ text: String, _ place: String, _ token: String) {
        let lines = messages(Self.head + text)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("\(place): error: \"\(token)") == true, "\(lines)")
    }

    @Test(arguments: [
        "title: Fish & chips *now*\n", "title: 'a &b *c'\n", "title: \"a: *b \\\" &c\"\n", "owner: a # &b *c\n",
        "title: |\n  &a\n  *b\nowner: x\n", "failed: status=error and name:GET*\n", "failed: name:*cart*\n",
        "title: a {b} &c [x]&y, *z\n",
        "runbook: https://a.example/?a=1&b=*\n",
    ])
    func ampersandAndAsterisk_InsideText_AreFine(_ text: String) {
        #expect(messages(Self.head + text) == [])
    }

    @Test func aliasBomb_IsRefusedAtOnce() {
        var text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (one, other) in zip("bcdefghijklm", "abcdefghijkl") {
            text += "\(one): &\(one) [*\(other),*\(other),*\(other),*\(other),*\(other),*\(other),*\(other)]\n"
        }
        #expect(messages(text).count == 1)
    }

    @Test func brokenDocument_LeavesTheOthers() {
        let set = JourneySet(
            text: "journey: a\nentry: service=a\n---\njourney: [\n---\njourney: c\nentry: service=c\n", file: "f")
        #expect(set.journeys.map(\.name) == ["a", "c"])
        #expect(set.diagnostics.count == 1)
        #expect(set.diagnostics.first?.place.line ?? 0 >= 4)
    }

    @Test func aBrokenOpenSLOObject_LeavesTheOthers() {
        let set = JourneySet(
            text: "apiVersion: openslo/v1\nkind: SLO\n---\njourney: c\nentry: service=c\n", file: "f")
        #expect(set.journeys.map(\.name) == ["c"])
        #expect(set.diagnostics.map(\.severity) == [.error, .error])
        #expect(set.report.contains("an SLO without \"spec\""))
    }

    @Test func sameNameInTwoFiles_NamesBoth() {
        let set = JourneySet.load(
            from: "d",
            files: MemoryJourneyFiles([
                "d/a.yaml": Self.head + "slo: {fast: {target: 99%, under: 1s}}\n",
                "d/b.yml": "\n" + Self.head + "slo: {fast: {target: 99.9%, under: 1s}}\n",
                "d/notes.txt": "not a journey",
            ]))
        #expect(set.journeys.count == 1)
        #expect(set.journeys.first?.objectives.first?.target.description == "99%")
        let lines = set.diagnostics.map(\.description)
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("d/b.yml:2:1: error") && $0.hasSuffix("see d/a.yaml:1:1") }, "\(lines)")
        #expect(lines.contains { $0.contains("promised differently") && $0.contains("99.9% <1s") })
    }

    @Test func alertThatCannotBeReached_IsRefused_AndADefaultIsLeftOut() {
        let explicit = messages(
            Self.head + "slo: {ok: {target: 90%}}\nalerts: [{page: 14.4, long: 1h, short: 5m}]\n")
        #expect(explicit.count == 1)
        #expect(explicit.first?.contains("error: page 14.4× can never be reached by \"ok\"") == true, "\(explicit)")
        #expect(explicit.first?.contains("at most 10") == true)
        let set = JourneySet(text: Self.head + "slo: {ok: {target: 90%}}\n", file: "f")
        #expect(set.diagnostics.map(\.severity) == [.note])
        #expect(set.journeys.first.map { $0.alerts(for: $0.objectives[0]).count } == 3)
    }

    @Test(arguments: [
        ("journey: Bad Name\nentry: service=a\n", "1:10"), ("entry: service=a\n", "1:1"),
        ("journey: j\nentry: service=a\nrunbook: ftp://x\n", "3:10"),
        ("journey: j\nentry: service=a\nby: [a b]\n", "3:6"),
        ("journey: j\nentry: service=a\nlinks: {g: \"https://x/{trace}\"}\n", "3:12"),
        ("journey: j\nentry: service=a\nsteps: service=b\n", "3:8"),
        ("journey: j\nentry: service=a\nsteps:\n  - a: service=a\n  - a: service=b\n", "5:5"),
        ("journey: j\nentry: service=a\nslo: {fast: {under: 1s}}\n", "3:13"),
        ("journey: j\nentry: service=a\nslo: {fast: {target: 100%}}\n", "3:22"),
        ("journey: j\nentry: service=a\nslo: {windw: 28d}\n", "3:7"),
        ("journey: j\nentry: service=a\nslo: {window: {calendar: month, timezone: Nowhere/X}}\n", "3:43"),
        ("journey: j\nentry: service=a\nslo: {f: {target: 9%, slices: 1m}}\n", "3:10"),
        ("journey: j\nentry: service=a\nalerts: [{page: 2, warn: 2, long: 1h, short: 5m}]\n", "3:10"),
        ("journey: j\nentry: service=a\nslo: {f: {target: 9%}}\nalerts: [{page: 1, long: 5m, short: 1h}]\n", "4:10"),
        ("journey: j\nentry: service=a\nmax-bad: -1\n", "3:10"),
        ("journey: j\nentry: service=a\ntraffic: often\n", "3:10"),
        ("journey: j\nentry: service=a\nagain: maybe\n", "3:8"), ("journey: j\njoin: session.id\n", "2:1"),
        ("journey: j\nentry: service=a\ntitle:\n", "3:7"), ("journey: j\njourney: k\nentry: service=a\n", "1:1"),
        ("- a\n- b\n", "1:1"), ("just text\n", "1:1"), ("journey: j\nentry: [service=a]\n", "2:8"),
        ("journey: j\nentry: trace(service=a)\n", "2:8"), ("journey: j\nentry: cart\n", "2:8"),
        ("journey: j\nentry: service=a\nfrom: {latncy: x}\n", "3:8"), ("apiVersion: other/v1\n", "1:1"),
    ])
    func wrongValue_IsRefusedWhereItStands(_ text: String, _ place: String) {
        let set = JourneySet(text: text, file: "f")
        #expect(set.journeys.isEmpty)
        #expect(
            set.diagnostics.contains { $0.severity == .error && $0.description.hasPrefix("f:\(place): ") },
            "\(set.report)")
    }

    @Test func keysThatNeedJoin_AreWarnedOf() {
        let lines = messages(Self.head + "within: 5m\n")
        #expect(lines.count == 1 && lines[0].contains("warning") && lines[0].contains("join"))
    }

    @Test func aBrokenEdit_KeepsTheLastGoodVersion() {
        func load(_ a: String, _ b: String) -> JourneySet {
            JourneySet.load(from: "d", files: MemoryJourneyFiles(["d/a.yaml": a, "d/b.yaml": b]))
        }
        let good = load(
            "journey: a\nentry: service=a\n---\njourney: gone\nentry: service=g\n", "journey: b\nentry: service=b\n")
        let edited = load("journey: a\nentry: servce=a\n", "journey: [b\n").keepingLastGood(of: good)
        #expect(edited.journeys.map(\.name) == ["a", "b"], "what was taken out is gone")
        #expect(edited["a"]?.entry?.text == "service=a")
        let warnings = edited.diagnostics.filter { $0.severity == .warning }
        #expect(warnings.map(\.journey) == ["a", "b"])
        #expect(warnings.first?.place.file == "d/a.yaml")
        let mended = load("journey: a\nentry: service=a2\n", "").keepingLastGood(of: edited)
        #expect(mended.journeys.map(\.name) == ["a"])
        #expect(mended.diagnostics.isEmpty)
    }

    @Test func missingFileFolderAndText_AreSaid() {
        #expect(JourneySet.load(from: "x", files: MemoryJourneyFiles([:])).hasErrors)
        #expect(
            JourneySet.load(from: "d", files: MemoryJourneyFiles(["d/a.txt": ""])).report.contains("no journey files"))
        let missing = JourneySet(text: Self.head + "runbook: gone.md\n", file: "d/f.yaml")
        #expect(missing.report.contains("d/gone.md"))
        #expect(missing.journeys.count == 1)
    }

    @Test(arguments: [10, 900, 100_000])
    func deepNesting_IsRefused(_ depth: Int) {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
            let text = String(repeating: open, count: depth) + "x" + String(repeating: close, count: depth)
            #expect(JourneySet(text: text, file: "f").hasErrors, "\(open) \(depth)")
        }
    }

    @Test func anyText_IsAnsweredWithoutACrash() {
        var numbers = SeededNumbers(seed: 3)
        let pieces = [
            "journey", ": ", "\n", "  ", "- ", "{", "}", "[", "]", "\"", "'", "&a", "*a", "|", ">", "#", "---\n",
            "...\n",
            "entry", "service=a", "slo", "target", "99%", "\t", "\u{0}", "é", "!!str ", "? ", ",", "steps",
            "%YAML 1.2\n",
        ]
        for _ in 0..<5_000 {
            let count = Int(numbers.next() % 24)
            let text = (0..<count).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            let set = JourneySet(text: text, file: "f")
            #expect(set.journeys.allSatisfy { !$0.name.isEmpty })
        }
    }
}

@Suite("Journey files: the printed format")
struct JourneySchemaTests {
    @Test func schema_NamesEveryKeyOfTheTable() {
        let schema = JourneySchema.json
        for key in JourneyKeyTable.journey.keys { #expect(schema.contains("\"\(key.name)\": {"), "\(key.name)") }
        #expect(schema.contains("\"additionalProperties\": false"))
        #expect(schema.contains("draft/2020-12"))
    }

    @Test func reference_HasALineForEveryKey() {
        let lines = JourneySchema.reference.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("| `entry` |") })
        #expect(lines.contains { $0.hasPrefix("| `slo.NAME.slice-target` |") })
    }
}
