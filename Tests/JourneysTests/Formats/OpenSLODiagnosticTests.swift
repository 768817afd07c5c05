import Journeys
import Testing

@Suite("OpenSLO: what is wrong with a document, and how it is said")
struct OpenSLODiagnosticTests {
    /// One way to be wrong: the document, the place and what the message must say.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let place: String
        let says: [String]

        var testDescription: String { name }
    }

    private static func wrong(
        _ name: String, _ place: String, _ says: String..., change: (inout TestSLO) -> Void
    ) -> Case {
        Case(name: name, text: TestSLO.make(change), place: place, says: says)
    }

    private static func objectives(_ line: String) -> String { "  objectives:\n    - \(line)\n" }

    private static let structure: [Case] = [
        wrong("version", "1:13", "apiVersion \"openslo/v1alpha\"", "expected openslo/v1") {
            $0.apiVersion = "openslo/v1alpha"
        },
        wrong("kind", "2:7", "\"Slo\"", "expected one of SLO, SLI", "did you mean \"SLO\"?") { $0.kind = "Slo" },
        Case(name: "no kind", text: "apiVersion: openslo/v1\n", place: "1:1", says: ["without \"kind\"", "SLO, SLI"]),
        Case(
            name: "a list with another", text: "- apiVersion: openslo/v1\n- text\n", place: "2:3",
            says: ["the text \"text\" among OpenSLO objects"]),
        Case(
            name: "no spec", text: "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\n", place: "1:1",
            says: ["an SLO without \"spec\""]),
        wrong("no name", "4:3", "metadata without \"name\"") { $0.metadata = "  displayName: x\n" },
        wrong("unknown key", "7:3", "unknown key \"budgetingMehtod\"", "did you mean \"budgetingMethod\"?") {
            $0.indicator = ""
            $0.timeWindow = ""
            $0.service += "  budgetingMehtod: Occurrences\n"
        },
        wrong("no service", "6:3", "an SLO's spec without \"service\"") { $0.service = "" },
        wrong("no method", "6:3", "without \"budgetingMethod\"") { $0.budgetingMethod = "" },
        wrong("no objectives", "6:3", "without \"objectives\"") { $0.objectives = "" },
        wrong("labels", "5:11", "the text \"x\"") { $0.metadata += "  labels: x\n" },
        wrong("a label", "6:12", "a list of more than texts for the label \"owner\"") {
            $0.metadata += "  labels:\n    owner: [{a: b}]\n"
        },
        wrong(
            "unknown annotation", "6:5", "unknown annotation \"waymark.dev/entyr\" on an SLO",
            "did you mean \"waymark.dev/entry\"?"
        ) { $0.metadata += "  annotations:\n    waymark.dev/entyr: service=a\n" },
        wrong("annotation of another shape", "6:24", "a list for \"waymark.dev/entry\"", "as one text") {
            $0.metadata += "  annotations:\n    waymark.dev/entry: [a]\n"
        },
        wrong("name of no journey", "4:9", "\"a|b\" as the name of a journey", "waymark.dev/journey") {
            $0.metadata = "  name: a|b\n"
        },
        wrong("journey", "6:26", "\"A B\" for \"journey\"") {
            $0.metadata += "  annotations:\n    waymark.dev/journey: A B\n"
        },
        wrong("runbook", "6:26", "\"ftp://x\" for \"runbook\"", "http") {
            $0.metadata += "  annotations:\n    waymark.dev/runbook: ftp://x\n"
        },
        wrong("alias", "6:12", "YAML anchors and aliases are refused") { $0.service = "  service: *a\n" },
    ]

    private static let indicators: [Case] = [
        wrong("no indicator", "6:3", "an SLO without \"indicator\"") { $0.indicator = "" },
        wrong("both indicators", "7:3", "with \"indicator\" and \"indicatorRef\"", "one of them") {
            $0.service += "  indicatorRef: x\n"
        },
        wrong("missing SLI", "7:17", "there is no SLI \"gone\" in these files", "in the same file or folder") {
            $0.indicator = "  indicatorRef: gone\n"
        },
        wrong(
            "Prometheus", "16:22", "the metric \"good\" of type \"Prometheus\" with the query \"sum(rate(",
            "cannot be evaluated from spans", "waymark.dev/entry: FILTER"
        ) { $0.indicator = TestSLO.prometheus },
        wrong("no metric", "10:7", "an SLI's spec", "unknown key \"x\"") {
            $0.indicator = "  indicator:\n    metadata: {name: a}\n    spec:\n      x: y\n"
        },
        wrong("neither metric", "9:11", "an SLI without \"ratioMetric\" or \"thresholdMetric\"") {
            $0.indicator = "  indicator:\n    metadata: {name: a}\n    spec: {description: x}\n"
        },
        wrong("only total", "10:7", "not \"total\" and one of \"good\" and \"bad\"") {
            $0.indicator =
                "  indicator:\n    metadata: {name: a}\n    spec:\n      ratioMetric: {total: {metricSource: {type: waymark}}}\n"
        },
        wrong("raw", "10:21", "a \"raw\" ratio that is not alone with its \"rawType\"") {
            $0.indicator =
                "  indicator:\n    metadata: {name: a}\n    spec:\n      ratioMetric: {raw: {metricSource: {type: Any}}}\n"
        },
        wrong("no type", "10:59", "a metricSource without \"type\"", "type: waymark") {
            $0.indicator =
                "  indicator:\n    metadata: {name: a}\n    spec:\n      thresholdMetric: {                    metricSource: {spec: {}}}\n"
        },
        wrong("missing DataSource", "14:30", "there is no DataSource \"gone\"") {
            $0.indicator = TestSLO.indicator().replacing(
                "            type: waymark\n            spec: {under",
                with: "            metricSourceRef: gone\n            spec: {under")
        },
        wrong("key of a spec", "19:20", "unknown key \"entyr\"", "did you mean \"entry\"?") {
            $0.indicator = TestSLO.indicator(total: "{entyr: service=a}")
        },
        wrong("filter of a spec", "19:27", "filter of \"entry\"", "did you mean \"service\"?") {
            $0.indicator = TestSLO.indicator(total: "{entry: servce=a}")
        },
        wrong("steps of a spec", "19:51", "for \"steps\"", "a list") {
            $0.indicator = TestSLO.indicator(total: "{entry: service=web-bff, steps: service=b}")
        },
        wrong("entries that differ", "19:27", "another \"entry\" for the same journey", "see f:15:27") {
            $0.indicator = TestSLO.indicator(good: "{entry: service=b}")
        },
        wrong("under in bad", "15:20", "\"under\" in a spec of \"bad\"", "good") {
            $0.indicator = TestSLO.indicator().replacing("good:", with: "bad:")
        },
        wrong("no entry", "1:1", "a journey without \"entry\"") {
            $0.indicator = TestSLO.indicator(total: "{failed: status=error}")
        },
        wrong("composite", "9:7", "a composite SLO", "the same waymark.dev/journey") {
            $0.indicator = ""
            $0.timeWindow = ""
            $0.objectives = objectives("{target: 0.9, indicatorRef: a, compositeWeight: 1}")
        },
        wrong("composite besides", "25:21", "\"compositeWeight\" in an objective: a composite SLO") {
            $0.objectives = objectives("{target: 0.9, compositeWeight: 1}")
        },
    ]

    private static let windows: [Case] = [
        wrong("two windows", "20:15", "2 elements in \"timeWindow\"", "exactly one") {
            $0.timeWindow = "  timeWindow: [{duration: 1d, isRolling: true}, {duration: 2d, isRolling: true}]\n"
        },
        wrong("no list", "20:15", "the text \"28d\" for \"timeWindow\"") { $0.timeWindow = "  timeWindow: 28d\n" },
        wrong("no duration", "21:7", "a time window without \"duration\"") {
            $0.timeWindow = "  timeWindow:\n    - {isRolling: true}\n"
        },
        wrong("duration", "21:18", "\"28 days\" for \"duration\"", "such as 5m, 28d or 1M") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 28 days, isRolling: true}\n"
        },
        wrong("no time", "21:18", "\"0d\" for \"duration\"", "more than nothing") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 0d, isRolling: true}\n"
        },
        wrong("too long", "21:18", "at most ten years") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 18446744073709551615Y, isRolling: true}\n"
        },
        wrong("a window of neither kind", "21:8", "neither rolls nor has a \"calendar\"") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 28d, isRolling: false}\n"
        },
        wrong("a window of both kinds", "21:39", "rolls and has a \"calendar\"") {
            $0.timeWindow =
                "  timeWindow:\n    - {duration: 1M, isRolling: true, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}\n"
        },
        wrong("rolling flag", "21:34", "\"maybe\" for \"isRolling\"", "true or false") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 28d, isRolling: maybe}\n"
        },
        wrong("a month spelled as a minute", "21:18", "a calendar window of \"1m\"", "did you mean \"1M\"?") {
            $0.timeWindow =
                "  timeWindow:\n    - {duration: 1m, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}\n"
        },
        wrong("a year", "21:18", "a calendar window of \"1Y\"", "1w, 1M or 1Q") {
            $0.timeWindow =
                "  timeWindow:\n    - {duration: 1Y, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}\n"
        },
        wrong("zone", "21:75", "\"Nowhere/X\" for \"timeZone\"", "Europe/Berlin") {
            $0.timeWindow =
                "  timeWindow:\n    - {duration: 1M, calendar: {startTime: 2024-01-01 00:00:00, timeZone: Nowhere/X}}\n"
        },
        wrong("no zone", "21:32", "a calendar without \"timeZone\"") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 1M, calendar: {startTime: 2024-01-01 00:00:00}}\n"
        },
        wrong("no start", "21:32", "a calendar without \"startTime\"") {
            $0.timeWindow = "  timeWindow:\n    - {duration: 1M, calendar: {timeZone: UTC}}\n"
        },
        wrong("start", "21:44", "\"2023-02-29 00:00:00\" for \"startTime\"", "2024-01-01 00:00:00") {
            $0.timeWindow =
                "  timeWindow:\n    - {duration: 1M, calendar: {startTime: 2023-02-29 00:00:00, timeZone: UTC}}\n"
        },
        wrong("exact", "6:25", "5h in \"waymark.dev/window\" beside 28d") {
            $0.metadata += "  annotations:\n    waymark.dev/window: 5h\n"
        },
    ]

    private static let promises: [Case] = [
        wrong("method", "23:20", "\"occurrences\" for \"budgetingMethod\"", "did you mean \"Occurrences\"?") {
            $0.budgetingMethod = "  budgetingMethod: occurrences\n"
        },
        wrong("ratio", "23:20", "RatioTimeslices", "Timeslices, which counts good slices") {
            $0.budgetingMethod = "  budgetingMethod: RatioTimeslices\n"
        },
        wrong("none", "24:3", "an SLO without an objective") { $0.objectives = "  objectives: []\n" },
        wrong("nothing promised", "24:3", "nothing for \"objectives\"") { $0.objectives = "  objectives:\n" },
        wrong("no method said", "23:3", "nothing for \"budgetingMethod\"") {
            $0.budgetingMethod = "  budgetingMethod:\n"
        },
        wrong("no target", "25:7", "an objective without \"target\"") {
            $0.objectives = objectives("{displayName: a}")
        },
        wrong("two targets", "25:21", "\"target\" and \"targetPercent\"") {
            $0.objectives = objectives("{target: 0.9, targetPercent: 90}")
        },
        wrong("target", "25:16", "\"99.5%\" for \"target\"", "such as 0.995") {
            $0.objectives = objectives("{target: 99.5%}")
        },
        wrong("whole target", "25:16", "\"1.0\" for \"target\"", "less than 1") {
            $0.objectives = objectives("{target: 1.0}")
        },
        wrong("no promise", "25:16", "\"0\" for \"target\"", "more than 0") {
            $0.objectives = objectives("{target: 0}")
        },
        wrong("precision", "25:23", "99.99999999", "at most 7 decimals") {
            $0.objectives = objectives("{targetPercent: 99.99999999}")
        },
        wrong("objective of several", "6:5", "on an SLO with 2 objectives") {
            $0.metadata += "  annotations:\n    waymark.dev/objective: a\n"
            $0.objectives += "    - target: 0.9\n"
        },
        wrong("no slices", "25:7", "without \"timeSliceWindow\" under budgetingMethod: Timeslices") {
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives = objectives("{target: 0.9, timeSliceTarget: 0.9}")
        },
        wrong("no slice target", "25:7", "without \"timeSliceTarget\"") {
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives = objectives("{target: 0.9, timeSliceWindow: 1m}")
        },
        wrong("slice", "25:60", "\"1s\" for \"timeSliceWindow\"", "a number of minutes") {
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives = objectives("{target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 1s}")
        },
        wrong("slice target", "25:38", "\"1.1\" for \"timeSliceTarget\"", "at most 1") {
            $0.budgetingMethod = "  budgetingMethod: Timeslices\n"
            $0.objectives = objectives("{target: 0.9, timeSliceTarget: 1.1, timeSliceWindow: 1m}")
        },
        wrong("ratio of less", "25:12", "\"lt\" with a \"ratioMetric\"", "more good runs are better") {
            $0.objectives = objectives("{op: lt, target: 0.9}")
        },
        wrong("threshold without value", "14:7", "without \"op\" or \"value\"", "value: 1.2") {
            $0.indicator = TestSLO.threshold().replacing("\n\n", with: "\n")
            $0.timeWindow = ""
            $0.objectives = objectives("{target: 0.9}")
        },
        wrong("threshold of slow", "14:12", "runs that take longer would be the good ones") {
            $0.indicator = TestSLO.threshold()
            $0.timeWindow = ""
            $0.objectives = objectives("{op: gt, value: 1, target: 0.9}")
        },
        wrong("value", "14:23", "\"fast\" for \"value\"") {
            $0.indicator = TestSLO.threshold()
            $0.timeWindow = ""
            $0.objectives = objectives("{op: lt, value: fast, target: 0.9}")
        },
        wrong("several thresholds", "13:3", "2 objectives of a \"thresholdMetric\"") {
            $0.indicator = TestSLO.threshold()
            $0.timeWindow = ""
            $0.objectives = objectives("{op: lt, value: 1, target: 0.9}") + "    - {op: lt, value: 2, target: 0.9}\n"
        },
    ]

    private static let alerts: [Case] = [
        wrong("missing policy", "28:23", "there is no AlertPolicy \"gone\"") {
            $0.alertPolicies = "  alertPolicies:\n    - alertPolicyRef: gone\n"
        },
        wrong("a policy of neither form", "28:7", "an alert policy without \"alertPolicyRef\" or \"spec\"") {
            $0.alertPolicies = "  alertPolicies:\n    - {kind: AlertPolicy}\n"
        },
        wrong("a policy of both forms", "28:8", "\"alertPolicyRef\" and a \"spec\" in one") {
            $0.alertPolicies =
                "  alertPolicies:\n    - {alertPolicyRef: a, metadata: {name: b}, spec: {conditions: []}}\n"
        },
        wrong("other kind", "28:14", "\"SLO\" where an alert policy stands", "expected AlertPolicy") {
            $0.alertPolicies = "  alertPolicies:\n    - {kind: SLO, metadata: {name: b}, spec: {conditions: []}}\n"
        },
        wrong("no condition", "28:39", "0 conditions in one AlertPolicy", "exactly one") {
            $0.alertPolicies = "  alertPolicies:\n    - {metadata: {name: b}, spec: {   conditions: []}}\n"
        },
        wrong("kind of condition", "37:33", "\"budget\" for \"kind\"", "burnrate") {
            $0.alertPolicies = TestSLO.policy(condition: "kind: budget, threshold: 2, lookbackWindow: 1h")
        },
        wrong("threshold", "37:38", "\"much\" for \"threshold\"", "14.4") {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: much, lookbackWindow: 1h")
        },
        wrong("no lookback", "37:26", "a condition without \"lookbackWindow\"") {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 2")
        },
        wrong("lookback", "37:57", "\"1 hour\" for \"lookbackWindow\"") {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 2, lookbackWindow: 1 hour")
        },
        wrong("after", "37:73", "a short window of 1h, which is not shorter", "less than 1h") {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 2, lookbackWindow: 1h, alertAfter: 1h")
        },
        wrong("unreachable", "26:3", "can never be reached", "a factor of at most 10") {
            $0.objectives = objectives("{target: 0.9}")
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 14.4, lookbackWindow: 1h")
        },
        wrong("policy flag", "32:26", "\"often\" for \"alertWhenNoData\"", "true or false") {
            $0.alertPolicies = TestSLO.policy(
                condition: "threshold: 2, lookbackWindow: 1h", more: "        alertWhenNoData: often\n")
        },
    ]

    @Test(arguments: structure + indicators + windows + promises + alerts)
    func wrongDocument_IsRefusedWhereItIsWrong(_ wrong: Case) {
        let set = JourneySet(text: wrong.text, file: "f")
        #expect(set.journeys.isEmpty, "\(set.report)")
        let found = set.diagnostics.filter { diagnostic in
            wrong.says.allSatisfy { diagnostic.description.contains($0) }
        }
        #expect(!found.isEmpty, "\(set.report)")
        #expect(found.contains { $0.severity == .error && $0.place.description == "f:\(wrong.place)" }, "\(set.report)")
    }

    @Test(arguments: [
        ("Service", "{descripton: x}", "did you mean \"description\"?"),
        ("DataSource", "{connectionDetails: {}}", "a DataSource's spec without \"type\""),
        ("AlertNotificationTarget", "{target: }", "nothing for \"target\""),
    ])
    func objectsThatNoJourneyNeeds_AreCheckedToo(_ kind: String, _ spec: String, _ words: String) {
        let lines = JourneySet.messages(
            TestSLO.make() + "---\napiVersion: openslo/v1\nkind: \(kind)\nmetadata: {name: a}\nspec: \(spec)\n")
        #expect(lines.count == 1 && lines[0].contains("error: ") && lines[0].contains(words), "\(lines)")
    }

    @Test func warnings_LeaveTheJourney() {
        let cases: [(TestSLO) -> (String, String)] = [
            { _ in
                (TestSLO.make { $0.objectives = Self.objectives("{target: 0.9, value: 3}") }, "\"value\" means nothing")
            },
            { _ in
                (
                    TestSLO.make { $0.objectives = Self.objectives("{target: 0.9, timeSliceWindow: 1m}") },
                    "means nothing with budgetingMethod: Occurrences"
                )
            },
            { _ in
                (
                    TestSLO.make {
                        $0.alertPolicies = TestSLO.policy(
                            condition: "threshold: 2, lookbackWindow: 1h, alertAfter: 5m", severity: "loud")
                    }, "the severity \"loud\" is read as page"
                )
            },
            { _ in
                (
                    TestSLO.make { $0.metadata += "  annotations: {waymark.dev/alerts: default}\n" },
                    "policies that are not waymark's own"
                )
            },
        ]
        for make in cases {
            let (text, words) = make(TestSLO())
            let set = JourneySet(text: text, file: "f")
            #expect(set.journeys.count == 1, "\(set.report)")
            #expect(set.diagnostics.contains { $0.severity == .warning && $0.problem.contains(words) }, "\(set.report)")
        }
    }

    @Test func objectsOfOneName_AreRefusedUnlessTheySayTheSame() {
        let slo = TestSLO.make { $0.indicator = "  indicatorRef: a\n" }
        func indicator(_ entry: String) -> String {
            "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: a}\nspec:\n  ratioMetric:\n"
                + "    good: {metricSource: {type: waymark, spec: {}}}\n"
                + "    total: {metricSource: {type: waymark, spec: {entry: \(entry)}}}\n"
        }
        let same = JourneySet(text: slo + indicator("service=a") + indicator("service=a"), file: "f")
        #expect(same.diagnostics.map(\.description) == [])
        let different = JourneySet.messages(slo + indicator("service=a") + indicator("service=b"))
        #expect(different.count == 1)
        #expect(different.first?.contains("the SLI \"a\" is there already") == true, "\(different)")
        #expect(different.first?.hasSuffix("see f:19:18") == true, "\(different)")
    }

    @Test func objectivesOfOneJourney_MustAgree() {
        func slo(_ name: String, _ change: (inout TestSLO) -> Void) -> String {
            TestSLO.make {
                $0.metadata = "  name: \(name)\n  annotations: {waymark.dev/journey: one}\n"
                change(&$0)
            }
        }
        let first = slo("a") { _ in }
        let other = slo("b") {
            $0.indicator = TestSLO.indicator(total: "{entry: service=web-bff, failed: status=error}")
            $0.timeWindow = "  timeWindow: [{duration: 7d, isRolling: true}]\n"
        }
        let set = JourneySet(text: first + "---\n" + other, file: "f")
        #expect(set.journeys.isEmpty)
        let lines = set.diagnostics.map(\.description)
        #expect(
            lines.allSatisfy { $0.hasPrefix("f:30:1: error: the SLO \"b\" ") && $0.hasSuffix("see f:1:1") }, "\(lines)")
        for words in [
            "says another \"failed\" than the SLO \"a\"", "says another \"timeWindow\"",
            "promises the objective \"fast\" again",
        ] {
            #expect(lines.contains { $0.contains(words) }, "\(lines)")
        }
        #expect(set.diagnostics.allSatisfy { $0.journey == "one" })
    }

    @Test func anyText_IsAnsweredWithoutACrash() {
        var numbers = SeededNumbers(seed: 11)
        let good = TestSLO.make {
            $0.alertPolicies = TestSLO.policy(condition: "threshold: 2, lookbackWindow: 1h, alertAfter: 5m")
        }
        let lines = good.split(separator: "\n").map(String.init)
        let words = [
            "", "{}", "[]", "- a", "x", "99999999999999999999", "-1", "1e9", "\"\"", "null", "~", "é", "&a", "*a",
        ]
        for _ in 0..<3_000 {
            var text = lines
            for _ in 0..<(1 + numbers.next() % 3) {
                let index = Int(numbers.next() % UInt64(text.count))
                switch numbers.next() % 4 {
                case 0: text.remove(at: index)
                case 1: text.insert(text[Int(numbers.next() % UInt64(text.count))], at: index)
                case 2:
                    let head = text[index].prefix { $0 != ":" }
                    text[index] = head + ": " + (words.randomElement(using: &numbers) ?? "")
                default: text[index] = String(text[index].dropFirst(Int(numbers.next() % 5)))
                }
            }
            let set = JourneySet(text: text.joined(separator: "\n"), file: "f")
            #expect(set.journeys.allSatisfy { !$0.name.isEmpty && !$0.objectives.isEmpty })
            #expect(!set.journeys.isEmpty || !set.diagnostics.isEmpty, "\(text.joined(separator: "\n"))")
        }
    }
}
