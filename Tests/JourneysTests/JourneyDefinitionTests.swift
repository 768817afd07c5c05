import Journeys
import Testing

@Suite("Journey files: what is read")
struct JourneyDefinitionTests {
    private func journey(_ text: String) throws -> JourneyDefinition {
        let set = JourneySet(text: text, file: "j.yaml")
        #expect(set.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        return try #require(set.journeys.first)
    }

    @Test func checkout_OfTheDesign_IsReadWhole() throws {
        let checkout = try journey(checkoutYAML)
        #expect(checkout.name == "checkout")
        #expect(checkout.title == "Check out a basket")
        #expect(checkout.entry?.text == "service=web-bff name=\"POST /checkout\" kind=server")
        #expect(checkout.steps.map(\.name) == ["cart.review", "pay"])
        #expect(checkout.window == .rolling(nanoseconds: 28 * 86_400_000_000_000))
        #expect(checkout.objectives.map(\.name) == ["fast", "success"])
        #expect(checkout.objectives.map(\.target.partsPerBillion) == [995_000_000, 995_000_000])
        #expect(checkout.tightestUnder == 1_200_000_000)
        #expect(checkout.traffic == .usual)
        #expect(checkout.alerts(for: checkout.objectives[0]).count == 4)
    }

    static let everyKey = """
        journey: buy.all-keys_1
        title: "Buy: everything"
        owner: team-payments
        runbook: docs/buy.md
        entry: service=web name="GET /a b" kind=server
        scope: tenant.region
        by: [cloud.region, tenant]
        links:
          grafana: https://grafana.example/explore?trace={trace_id}&from={from}&to={to}
        failed: status=error or http.response.status_code>=500
        ignore: '{ span.user_agent.original =~ "probe.*" }'
        steps:
          - first: service=a
          - second one: service=b name=Two
        join: session.id
        again: true
        within: 1h30m
        slo:
          window: {calendar: month, timezone: Europe/Berlin}
          fast: {target: 99.95%, under: 500ms, of: kind=server}
          sliced: {target: 99%, slices: 1m, slice-target: 95%, complete: true}
        alerts:
          - {page: 14.4, long: 1h, short: 5m}
          - {warn: 1, long: 3d, short: 6h}
        max-bad: 7
        traffic: 9/m
        from: spans
        """

    @Test func everyKey_IsKept() throws {
        let set = JourneySet.load(
            from: "d", files: MemoryJourneyFiles(["d/a.yaml": Self.everyKey, "d/docs/buy.md": "# Buy"]))
        #expect(set.report == "1 journey in 1 file, 0 errors, 0 warnings")
        let all = try #require(set["buy.all-keys_1"])
        #expect(all.runbook == .markdown("docs/buy.md"))
        #expect(all.scope == ["tenant.region"])
        #expect(all.breakdowns == ["cloud.region", "tenant"])
        #expect(all.links.map(\.name) == ["grafana"])
        #expect(
            all.links.first?.filled(["trace_id": "a/b", "from": "1", "to": "2"])
                == "https://grafana.example/explore?trace=a%2Fb&from=1&to=2")
        #expect(all.failed != nil && all.ignore != nil)
        #expect(all.steps.map(\.name) == ["first", "second one"])
        #expect(all.join == "session.id" && all.again && all.within == 5_400_000_000_000)
        #expect(all.window == .calendar(unit: "month", timeZone: "Europe/Berlin"))
        #expect(all.objectives[0].target.partsPerBillion == 999_500_000)
        #expect(all.objectives[0].of?.text == "kind=server")
        #expect(all.objectives[1].slices == 60_000_000_000 && all.objectives[1].complete)
        #expect(all.objectives[1].sliceTarget?.partsPerBillion == 950_000_000)
        #expect(all.alerts?.map(\.factor.thousandths) == [14_400, 1_000])
        #expect(all.maxBad == 7)
        #expect(all.traffic == .rate(thousandths: 9_000, per: 60_000_000_000))
    }

    @Test func metricJourney_NeedsNoEntry() throws {
        let metric = try journey(
            "journey: m\nfrom: {latency: http.server.request.duration, filter: http.route=\"/a\"}")
        guard case .metric(let latency, let filter) = metric.source else {
            Issue.record("not a metric")
            return
        }
        #expect(latency == "http.server.request.duration")
        #expect(filter?.text == "http.route=\"/a\"")
    }

    @Test(arguments: [checkoutYAML, everyKey, "journey: m\nfrom: {latency: a.b, filter: service=x}\ntraffic: never"])
    func writtenAndReadAgain_SaysTheSame(_ text: String) throws {
        let first = try journey(text)
        let second = try journey(first.yaml)
        #expect(first == second, "\(first.yaml)")
    }

    @Test func foundJourney_BecomesAFile() throws {
        let name = FoundJourney.journeyName(service: "web-gateway", name: "POST /api/checkout")
        #expect(name == "web-gateway-post-api-checkout")
        #expect(FoundJourney.journeyName(service: "Ünï", name: "//") == "n")
        #expect(FoundJourney.journeyName(service: "", name: "…") == "journey")
        for strange in ["GET /products/{id}", "a \"quoted\" \\ name: # x", "error", "12", "tab\there", "ünï", ""] {
            let definition = try FoundJourney.definition(service: strange, name: strange, kind: .server)
            #expect(try journey(definition.yaml).entry?.expression == definition.entry?.expression, "\(strange)")
        }
    }

    @Test func documentsOfOneFile_AreJourneysOfTheirOwn() {
        let set = JourneySet(
            text: "# two\njourney: a\nentry: service=a\n---\njourney: b\nentry: service=b\n...\n---\n# nothing\n",
            file: "j.yaml")
        #expect(set.journeys.map(\.name) == ["a", "b"])
        #expect(set.diagnostics.isEmpty)
        #expect(set["b"]?.place.line == 5)
    }
}

@Suite("Journey files: exact numbers")
struct ExactNumberTests {
    @Test(
        arguments: [
            ("1.2s", 1_200_000_000), ("500ms", 500_000_000), ("1h30m", 5_400_000_000_000),
            ("28d", 2_419_200_000_000_000),
            ("0.1us", 100), ("2µs", 2_000), ("1ns", 1), ("0.000000001s", 1),
        ] as [(String, UInt64)])
    func duration_IsExact(_ text: String, _ nanoseconds: UInt64) {
        #expect(DurationText.nanoseconds(text) == nanoseconds)
        #expect(DurationText.nanoseconds(DurationText.text(nanoseconds)) == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "1.s", ".5s", "1,2s", "-1s", "1 s", "0.5ns", "99999999999w", "1S", "1h 2m", "٣s"])
    func duration_ThatIsNone_IsRefused(_ text: String) {
        #expect(DurationText.nanoseconds(text) == nil)
    }

    @Test func percentage_HasNoBinaryError() throws {
        #expect(try ExactShare(percentage: "99.95%").rest.partsPerBillion == 500_000)
        #expect(try ExactShare(percentage: "99.9999999%").description == "99.9999999%")
        #expect(try ExactShare(percentage: "99.50%").description == "99.5%")
        #expect(try ExactShare(percentage: "100%").partsPerBillion == ExactShare.whole)
        for bad in ["99.5", "101%", "%", "99.99999999%", "-1%", "1e2%", "99.5 %"] {
            #expect(throws: DecimalText.Failure.self, "\(bad)") { try ExactShare(percentage: bad) }
        }
    }

    @Test func burnFactor_IsReachableUpToAllRuns() throws {
        let tenth = try ExactShare(percentage: "90%")
        #expect(try BurnFactor(text: "10").isReachable(for: tenth))
        #expect(try !BurnFactor(text: "10.001").isReachable(for: tenth))
        #expect(try BurnFactor(text: "14.4×").description == "14.4×")
        #expect(try BurnFactor(text: "14.4").isReachable(for: ExactShare(percentage: "99.5%")))
    }

    @Test func durationRoundTrip_OfRandomValues() {
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<20_000 {
            let value = numbers.next() >> (numbers.next() % 64)
            #expect(DurationText.nanoseconds(DurationText.text(value)) == value)
        }
    }
}
