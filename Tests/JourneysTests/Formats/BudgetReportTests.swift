import Foundation
import Journeys
import Testing

@Suite("Budget reports")
struct BudgetReportTests {
    private static let hour: UInt64 = 3_600_000_000_000
    private static let now: UInt64 = 1_760_000_040_000_000_000

    /// A verdict of one promise, from a document of a journey file.
    private static func make(
        _ yaml: String, environment: String? = "prod", state: JourneyState = .ok,
        change: (inout ObjectiveVerdict) -> Void = { _ in }
    ) -> (JourneyVerdict, JourneyDefinition?) {
        let definition = JourneySet(text: yaml, file: "f").journeys.first
        var verdict = JourneyVerdict(
            id: JourneyView.ID(name: definition?.name ?? "", environment: environment, isFound: false), state: state)
        for objective in definition?.objectives ?? [] {
            var one = ObjectiveVerdict(
                objective: objective, window: TimeWindow(from: now - 24 * hour, to: now), fullLength: 672 * hour)
            change(&one)
            verdict.objectives.append(one)
        }
        return (verdict, definition)
    }

    private static func report(_ parts: [(JourneyVerdict, JourneyDefinition?)]) -> BudgetReport {
        BudgetReport(
            JourneyVerdicts(now: now, journeys: parts.map(\.0), timeline: []), definitions: parts.compactMap(\.1))
    }

    private static let checkout = """
        journey: checkout
        title: Check out
        owner: team-payments
        entry: service=web-bff
        slo: {window: 28d, fast: {target: 99.5%, under: 1.2s}}
        """

    private static func filled(_ verdict: inout ObjectiveVerdict) {
        verdict.covered = 24 * hour
        verdict.total = 20_000
        verdict.good = 19_889
        verdict.attainment = 0.99445
        verdict.allowedBad = 100
        verdict.budgetLeft = -0.11
        verdict.burns = [BurnReading(window: hour, total: 800, bad: 20, burn: 5.04)]
        verdict.emptyIn = 6 * hour + 12 * 60_000_000_000
    }

    @Test func markdown_IsATableOfThePromises() {
        let report = Self.report([
            Self.make(Self.checkout, state: .page, change: Self.filled),
            Self.make(Self.checkout, environment: nil, state: .noData),
            Self.make("journey: browse\nentry: service=a\n"),
        ])
        #expect(
            report.markdown == """
                # Error budgets

                Judged at 2025-10-09T08:54:00Z.

                | Journey | Environment | Objective | Promise | Window | Total | Bad | Attainment | Budget left | Burn 1h | Empty in | State |
                |---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|
                | checkout | prod | fast | 99.5% &lt;1.2s | 28d | 20000 | 111 | 99.445% | -11% | 5× | 6h 12m | PAGE |
                | checkout | – | fast | 99.5% &lt;1.2s | 28d | 0 | 0 | – | – | – | – | NODATA |

                Without a promise: browse.

                """)
        #expect(Self.report([]).markdown.contains("No journey promises anything."))
    }

    @Test func csv_HasPlainNumbersAndQuotedTexts() {
        let report = Self.report([Self.make(Self.checkout, state: .page, change: Self.filled)])
        #expect(
            report.csv
                == "judged_at,journey,title,owner,environment,objective,target,under_ns,window,total,good,bad,attainment,"
                + "attainment_low,attainment_high,budget_left,burn_1h,empty_in_ns,state\r\n"
                + "2025-10-09T08:54:00Z,checkout,\"Check out\",team-payments,prod,fast,0.995,1200000000,28d,20000,19889,111,"
                + "0.99445,0.99445,0.99445,-0.11,5.04,22320000000000,PAGE\r\n")
    }

    @Test func json_IsVersionedAndWhole() throws {
        let report = Self.report([
            Self.make(Self.checkout, state: .page) {
                Self.filled(&$0)
                $0.attainmentRange = 0.99...0.995
                $0.alerts = [
                    AlertVerdict(
                        alert: JourneyDefinition.defaultAlerts[0], long: $0.burns[0], short: $0.burns[0],
                        isFiring: true,
                        firedAt: 17)
                ]
            }, Self.make("journey: browse\nentry: service=a\n"),
        ])
        let object = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
        #expect(object?["version"] as? Int == 1)
        #expect(object?["judged_at_ns"] as? UInt64 == Self.now)
        #expect(object?["without_promise"] as? [String] == ["browse"])
        let budgets = try #require(object?["budgets"] as? [[String: Any]])
        let budget = try #require(budgets.first)
        #expect(budget["journey"] as? String == "checkout")
        #expect(budget["target"] as? String == "99.5%")
        #expect(budget["under_ns"] as? UInt64 == 1_200_000_000)
        #expect(budget["attainment_low"] as? Double == 0.99)
        #expect(budget["attainment_high"] as? Double == 0.995)
        #expect(budget["budget_left"] as? Double == -0.11)
        #expect(budget["bad"] as? Int == 111)
        #expect(budget["covered_ns"] as? UInt64 == 24 * Self.hour)
        #expect(budget["state"] as? String == "PAGE")
        #expect((budget["burns"] as? [[String: Any]])?.first?["burn"] as? Double == 5.04)
        #expect((budget["alerts"] as? [[String: Any]])?.first?["fired_at_ns"] as? Int == 17)
    }

    @Test func shares_AreCutRatherThanRounded() {
        for (share, text) in [
            (0.9949999, "99.499%"), (0.99999999, "99.999%"), (1, "100%"), (0, "0%"), (-0.00001, "-0.001%"),
            (-12.5, "-1250%"), (.nan, "–"), (.infinity, "–"), (1e300, "–"),
        ] {
            let report = Self.report([Self.make(Self.checkout) { $0.attainment = share }])
            #expect(report.markdown.contains("| 0 | 0 | \(text) |"), "\(share): \(report.markdown)")
        }
        let ranged = Self.report([Self.make(Self.checkout) { $0.attainmentRange = 0.99...0.995 }])
        #expect(ranged.markdown.contains("| 99% to 99.5% |"))
    }

    @Test(
        arguments: [
            (0, "0s"), (59, "59s"), (61, "1m 1s"), (3_600, "1h"), (90_061, "1d 1h"), (864_000, "10d"),
        ] as [(UInt64, String)])
    func times_HaveTwoUnits(_ seconds: UInt64, _ text: String) {
        let report = Self.report([Self.make(Self.checkout) { $0.emptyIn = seconds * 1_000_000_000 }])
        #expect(report.markdown.contains("| \(text) | OK |"), "\(report.markdown)")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_825_600, "2000-02-29T12:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"), (1_735_689_599, "2024-12-31T23:59:59Z"),
            (18_446_744_073, "2554-07-21T23:34:33Z"),
        ] as [(UInt64, String)])
    func instants_AreRFC3339(_ seconds: UInt64, _ text: String) {
        let report = BudgetReport(
            JourneyVerdicts(now: seconds * 1_000_000_000, journeys: [], timeline: []), definitions: [])
        #expect(report.markdown.contains("Judged at \(text)."), "\(report.markdown)")
    }

    private static let hostile = [
        "a|b\nc", "| x | y |", "<script>alert(1)</script>", "[x](javascript:y)", "`code` *b* _i_ ~~s~~", "=1+2",
        "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\"quoted\", twice\"", "a\r\nb,c", "\u{202E}gnp.exe",
        "\u{1B}[31mred",
        "\u{0}", "é 漢字", "&lt;", "\\|", "  =x", "\u{2028}",
    ]

    @Test(arguments: hostile)
    func hostileTexts_StayInTheirCells(_ text: String) throws {
        var (verdict, definition) = Self.make(Self.checkout, environment: text)
        definition?.title = text
        definition?.owner = text
        verdict.objectives[0].total = 1
        let report = Self.report([(verdict, definition)])
        let lines = report.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 8)
        #expect(Self.cells(String(lines[6])) == 12, "\(lines[6])")
        #expect(!report.markdown.contains("<script"))
        for output in [report.markdown, report.csv] {
            let allowed: Set<Unicode.Scalar> = ["\n", "\r"]
            #expect(
                output.unicodeScalars.allSatisfy {
                    allowed.contains($0)
                        || ![.control, .format, .lineSeparator].contains($0.properties.generalCategory)
                })
        }
        let records = Self.records(report.csv)
        #expect(records.count == 2)
        #expect(records.allSatisfy { $0.count == 19 }, "\(report.csv)")
        let first = records[1][4].drop { $0 == " " }.first
        #expect(!["=", "+", "-", "@"].contains(first), "\(records[1][4])")
        let object = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
        let budget = (object?["budgets"] as? [[String: Any]])?.first
        #expect(budget?["environment"] as? String == text)
        #expect(budget?["owner"] as? String == text)
    }

    /// The cells of a row of a Markdown table, as GitHub counts them: a bar behind a backslash is text.
    private static func cells(_ line: String) -> Int {
        var count = -1
        var isEscaped = false
        for character in line {
            if character == "|", !isEscaped { count += 1 }
            isEscaped = character == "\\" && !isEscaped
        }
        return count
    }

    /// The records of comma-separated values by RFC 4180.
    private static func records(_ text: String) -> [[String]] {
        var records: [[String]] = [[""]]
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        func add(_ scalar: Unicode.Scalar) {
            records[records.count - 1][records[records.count - 1].count - 1].unicodeScalars.append(scalar)
        }
        while let scalar = scalars.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where scalars.first == "\"":
                scalars.removeFirst()
                add("\"")
            case ("\"", _): isQuoted.toggle()
            case (",", false): records[records.count - 1].append("")
            case ("\r", false) where scalars.first == "\n":
                scalars.removeFirst()
                records.append([""])
            default: add(scalar)
            }
        }
        return records.filter { $0 != [""] }
    }
}
