import Foundation
import Journeys
import Telemetry
import Testing

@Suite("Prometheus: rules of journeys")
struct PrometheusRulesTests {
    private func journeys(_ text: String) -> [JourneyDefinition] {
        let set = JourneySet(text: text, file: "f")
        #expect(set.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        return set.journeys
    }

    private static let promised =
        "slo: {ok: {target: 99%}}\nalerts: [{page: 10, long: 1h, short: 5m}]\ntraffic: never\n"

    @Test func rules_HaveTheUsualNames() throws {
        let text = """
            journey: checkout
            title: Check out
            owner: team-payments
            runbook: https://runbooks.example/checkout
            entry: service=web-bff name="POST /checkout" kind=server
            traffic: never
            slo: {window: 7d, fast: {target: 99.5%, under: 1.2s}, success: {target: 99.9%}}
            alerts: [{page: 14.4, long: 1h, short: 5m}]
            """
        let rules = PrometheusRules.write(journeys(text))
        #expect(rules.losses == [])
        let runs = "service_name=\"web-bff\",span_name=\"POST /checkout\",span_kind=\"SPAN_KIND_SERVER\""
        for part in [
            "  - name: waymark:checkout:fast", "record: waymark:error_ratio:1h", "record: waymark:runs:5m",
            "record: waymark:budget_left:7d",
            "sum by (deployment_environment_name) (increase(traces_span_metrics_calls_total{\(runs),"
                + "status_code=\"STATUS_CODE_ERROR\"}[1h]))",
            "increase(traces_span_metrics_duration_milliseconds_bucket{\(runs),status_code!=\"STATUS_CODE_ERROR\","
                + "le=~\"1200(\\\\.0)?\"}[5m])",
            "waymark:error_ratio:1h{journey=\"checkout\",objective=\"fast\"} >= 0.072 * (1 - 1e-9)",
            "waymark:error_ratio:5m{journey=\"checkout\",objective=\"success\"} >= 0.0144 * (1 - 1e-9)",
            "severity: page", "owner: team-payments", "rule: page 14.4× 1h/5m",
            "runbook_url: https://runbooks.example/checkout",
            "# The spanmetrics connector needs these dimensions: deployment.environment.name.",
            "# Its histogram needs buckets that end at 1.2s;",
        ] {
            #expect(rules.text.contains(part), "\(part)\n\(rules.text)")
        }
    }

    @Test func names_AreOptions() throws {
        var names = PrometheusNames()
        names.calls = "calls_total"
        names.duration = "duration_seconds"
        names.durationUnit = try #require(PrometheusNames.unit(of: names.duration))
        names.labels = ["service": "svc", "env": "stage", "tenant.id": "tenant"]
        let text = """
            journey: a
            entry: service=a .tenant.id=7
            slo: {fast: {target: 99%, under: 1200ms}, finer: {target: 99%, under: 1500us}}
            alerts: []
            """
        let rules = PrometheusRules.write(journeys(text), names: names).text
        #expect(rules.contains("sum by (stage) (increase(duration_seconds_count{svc=\"a\",tenant=\"7\"}[28d]))"))
        #expect(
            rules.contains(
                "duration_seconds_bucket{svc=\"a\",tenant=\"7\",status_code!=\"STATUS_CODE_ERROR\",le=\"1.2\"}"))
        #expect(rules.contains("le=\"0.0015\""))
        #expect(PrometheusNames.unit(of: "latency") == nil)
        #expect(PrometheusNames.isLabel("a_1") && !PrometheusNames.isLabel("1a") && !PrometheusNames.isLabel("a:b"))
        #expect(PrometheusNames.isMetric("a:b") && !PrometheusNames.isMetric("") && !PrometheusNames.isMetric("a b"))
    }

    @Test(arguments: [
        ("name~\"a.c\"", "span_name=~\"(?s:.*)(?:a.c)(?s:.*)\""), ("name=~\"a.*\"", "span_name=~\"a.*\""),
        ("name:GET*", "span_name=~\"GET(?s:.*)\""), ("not name=\"a.b\"", "span_name!=\"a.b\""),
        ("service in (\"a\", \"b.c\")", "service_name=~\"a|b\\\\.c\""),
        ("status=error or status=ok", "status_code=~\"STATUS_CODE_ERROR|STATUS_CODE_OK\""),
        (".region!=eu", "region!=\"eu\",region!=\"\""), (".region exists", "region!=\"\""),
        ("not .region exists", "region=\"\""), (".region=nil", "region=\"\""),
        ("not .region!=eu", "region=~\"(?:eu)|\""),
        ("http.response.status_code=503", "http_response_status_code=\"503\""),
        ("name=\"é\\n\\\"\"", "span_name=\"\\u00e9\\u000a\\\"\""),
        ("not (.a=1 or .b=2)", "a!=\"1\",b!=\"2\""),
    ])
    func aFilter_IsASelector(_ filter: String, _ selector: String) throws {
        let text = "journey: j\nentry: '\(filter)'\n" + Self.promised
        let rules = PrometheusRules.write(journeys(text))
        #expect(rules.losses == [])
        #expect(rules.text.contains("calls_total{\(selector)}["), "\(rules.text)")
    }

    @Test(arguments: [
        ("entry: http.response.status_code>=500", "the journey, whose \"entry\" is no selector: labels are texts"),
        ("entry: service=a or name=b", "\"or\" between several fields"), ("entry: duration>1s", "no label"),
        ("entry: 'event.\"a\u{2028}b\"=x'", "event.\"a(U+2028)b\""),
        ("entry: event.name=x", "no label of span metrics holds \"event.name\""),
        ("entry: service=a\nfailed: status=error or http.response.status_code>=500", "whose \"failed\" is no selector"),
        ("entry: service=a\nignore: .a=1 .b=2", "whose \"ignore\" is no selector"),
        ("join: session.id\nsteps: [{a: service=a}]", "joined from several spans"),
        ("from: {latency: http.server.request.duration}", "a metric of its own"),
        ("entry: service=a\nmax-bad: 7", "max-bad: 7"), ("entry: service=a\ntraffic: 9/m", "silence (traffic: 9/m)"),
        ("entry: service=a\nsteps: [{b: service=b}]\nby: [tenant.id]", "steps, by"),
    ])
    func whatCannotBeSaid_IsSaid(_ keys: String, _ words: String) {
        let promised = "slo: {ok: {target: 99%}}\nalerts: []\n" + (keys.contains("traffic") ? "" : "traffic: never\n")
        let rules = PrometheusRules.write(journeys("journey: j\n\(keys)\n" + promised))
        #expect(rules.losses.count == 1, "\(rules.losses)")
        #expect(rules.losses.first?.hasPrefix("j: ") == true)
        #expect(rules.losses.first?.contains(words) == true, "\(rules.losses)")
        #expect(rules.text.contains("# Not written: \(rules.losses.first ?? "?")."))
    }

    @Test func aPartThatCannotBeSaid_LeavesTheRest() {
        let text = """
            journey: j
            entry: service=a
            traffic: never
            slo:
              window: {calendar: month, timezone: UTC}
              ok: {target: 99%}
              some: {target: 99%, of: duration>1s}
            alerts: [{page: 1, long: 1h, short: 1500us}, {page: 1, long: 1h, short: 5m}]
            """
        let rules = PrometheusRules.write(journeys(text))
        #expect(
            rules.losses == [
                "j: an alert of \"ok\" whose windows are no whole milliseconds",
                "j: what is left of the budget of \"ok\": rules know no calendar",
                "j: the objective \"some\", whose \"of\" is no selector: no label of span metrics holds \"duration\"",
            ])
        #expect(rules.text.contains("record: waymark:error_ratio:1h"))
        #expect(!rules.text.contains("budget_left"))
        #expect(PrometheusRules.write(journeys("journey: j\nentry: service=a\n")).text.hasSuffix("groups: []\n"))
    }

    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func theExamplesAndAnyJourneys_PassPromtool() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let examples = JourneySet.load(from: root + "/journeys", files: DiskJourneyFiles()).journeys
        var random = RandomJourneys(seed: 3)
        let any = (0..<300).map { random.next($0) }
        for journeys in [examples, any] {
            let rules = PrometheusRules.write(journeys)
            let answer = try Promtool.check(rules.text)
            #expect(answer.status == 0, "\(answer.output)")
            #expect(!answer.output.contains("duplicate"), "\(answer.output)")
        }
        #expect(try Promtool.check(PrometheusRules.write(examples).text).output.contains("SUCCESS: 210 rules found"))
    }

    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func templatesInTexts_AreTexts() throws {
        let text = """
            journey: j
            title: "{{ end }} {{ .Value }} {{{{"
            owner: "{{ $labels.x }}"
            entry: service=a
            traffic: never
            slo: {ok: {target: 99%}}
            alerts: [{page: 10, long: 10m, short: 5m}]
            """
        let cases = """
            rule_files: [rules.yaml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
                  - {series: 'traces_span_metrics_calls_total{service_name="a",status_code="STATUS_CODE_ERROR"}', values: '0+20x10'}
                alert_rule_test:
                  - eval_time: 10m
                    alertname: WaymarkBudgetBurn
                    exp_alerts:
                      - exp_labels: {severity: page, journey: j, objective: ok, rule: "page 10× 10m/5m", owner: "{{ $labels.x }}"}
                        exp_annotations:
                          summary: "{{ end }} {{ .Value }} {{{{ (): the budget of ok burns at least 10× too fast"
                          description: "Over 10m and 5m, at least 10× as many runs were bad as 99% over 28d allows."
            """
        let answer = try Promtool.test(PrometheusRules.write(journeys(text)).text, cases)
        #expect(answer.status == 0, "\(answer.output)")
    }

    /// Runs of every kind stand as powers of two in one sum, so that the sum tells which of them a selector took.
    @Test(.enabled(if: Promtool.isReady, Promtool.missing))
    func selectors_TakeTheSpansThatFiltersTake() throws {
        var spans: [TestSpan] = []
        for (service, name, kind) in [("web", "GET /a", SpanKind.server), ("cart", "POST /a.b", .client)] {
            for (region, code) in [(nil, "200"), ("eu", "503"), ("us", nil)] as [(String?, String?)] {
                for status in [StatusCode.unset, .error] {
                    var span = TestSpan.make(trace: UInt64(spans.count + 1), service: service, name: name, kind: kind)
                    span.status = status
                    if let region { span.attributes["cloud.region"] = region }
                    if let code { span.attributes["http.route"] = "/r\(code)" }
                    spans.append(span)
                }
            }
        }
        let filters = [
            "service=web", "service!=web", "kind=client", "status=error", "status!=error", "not status=error",
            "name:GET*", "name~\"a.b\"", "name!~\"a.b\"", "name=~\"GET .*\"", "name!=~\"GET .*\"",
            "cloud.region=eu", "cloud.region!=eu", "not cloud.region=eu", "not cloud.region!=eu", "cloud.region exists",
            "not cloud.region exists", "cloud.region=nil", "cloud.region!=nil", "cloud.region in (eu, us)",
            "not cloud.region in (eu, us)", "cloud.region=eu or cloud.region=us", "cloud.region:e*",
            "not (service=web or cloud.region=eu)", "not (cloud.region:e*)", "cloud.region~u", "not cloud.region~u",
            "cloud.region!~e", "not cloud.region!~e", "http.route=/r200 service=web", "cloud.region=~\"e.*|\"",
        ]
        var cases = "rule_files: []\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n"
        for (number, span) in spans.enumerated() {
            var labels = [
                "service_name=\"\(span.service)\"", "span_name=\"\(span.name)\"",
                "span_kind=\"SPAN_KIND_\(span.kind.word.uppercased())\"",
                "status_code=\"STATUS_CODE_\(span.status.word.uppercased())\"",
            ]
            if let region = span.attributes["cloud.region"] { labels.append("cloud_region=\"\(region)\"") }
            if let route = span.attributes["http.route"] { labels.append("http_route=\"\(route)\"") }
            cases +=
                "      - series: 'traces_span_metrics_calls_total{\(labels.joined(separator: ","))}'\n"
                + "        values: '0+\(1 << number)x5'\n"
        }
        cases += "    promql_expr_test:\n"
        let table = SpanTable.make(spans)
        for filter in filters {
            let journey = try #require(self.journeys("journey: j\nentry: '\(filter)'\n" + Self.promised).first)
            var matcher = JourneyMatcher([journey])
            let taken = matcher.match(table, rows: 0..<table.count).entries.map(\.row)
            let rules = PrometheusRules.write([journey])
            #expect(rules.losses == [], "\(filter)")
            let line = try #require(
                rules.text.split(separator: "\n").first { $0.contains("(increase(") && $0.hasSuffix("[5m]))") })
            let selector = try #require(line.split(separator: "{", maxSplits: 1).last?.split(separator: "}[").first)
            let sum = taken.reduce(0) { $0 + (1 << $1) }
            let escaped = selector.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            cases +=
                "      - expr: 'sum(traces_span_metrics_calls_total{\(escaped)}) or vector(0)'\n        eval_time: 1m\n"
                + "        exp_samples: [{labels: '{}', value: \(sum)}]\n"
        }
        let answer = try Promtool.test("groups: []\n", cases)
        #expect(answer.status == 0, "\(answer.output)")
    }
}
