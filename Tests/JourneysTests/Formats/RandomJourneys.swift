import Journeys

/// Journeys of every shape that a journey file can give them.
struct RandomJourneys {
    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private static let filters = [
        "service=web-bff", "service=web-bff name=\"POST /checkout\" kind=server", "name:GET*", "status=error",
        "http.response.status_code>=500", "status=error or http.response.status_code=503",
        "'{ span.user_agent.original =~ \"probe.*\" }'", "{ name = \"Quote\" && duration > 300ms }",
        "tenant.id in (\"a b\", \"c: d\")", "not .x exists", "service=\"a\\\"b\" name=\"# it's\"", "name=\"é\\n\\tü\"",
    ]
    private static let texts = [
        "Check out", "a: b", "- x", "'quoted'", "\"q\"", "true", "null", "~", "12", "# no", "é 漢字", "x #y", "a\nb",
        "{a}",
        "[b]", "*c", "&d", "!e", "%f", "@g", "`h", " lead", "trail ", "tab\there", "\u{1F600}", "k: 'v' \"w\"",
    ]
    private static let durations: [UInt64] = [
        1, 999, 1_500, 250_000_000, 1_200_000_000, 90_000_000_000, 60_000_000_000, 3_600_000_000_000,
        86_400_000_000_000,
        7 * 86_400_000_000_000, 28 * 86_400_000_000_000, 5_400_000_000_001,
    ]

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(numbers.next() % UInt64(elements.count))]
    }

    private mutating func chance(_ percent: UInt64) -> Bool { numbers.next() % 100 < percent }

    private mutating func text() -> String { pick(Self.texts) }

    private mutating func filter() -> JourneyFilter? {
        try? JourneyFilter(pick(Self.filters))
    }

    private mutating func share() -> ExactShare {
        ExactShare(partsPerBillion: 1 + numbers.next() % (ExactShare.whole - 1))
    }

    /// A journey with a number in its name.
    mutating func next(_ number: Int) -> JourneyDefinition {
        var journey = JourneyDefinition(
            name: pick(["checkout", "a.b_c", "a-b-c", "0", String(repeating: "long-", count: 20)]) + "\(number)",
            entry: try? JourneyFilter("service=web-bff"), place: SourcePlace(file: "f", line: 1, column: 1))
        if chance(80), let entry = filter() { journey.entry = entry }
        if chance(50) { journey.title = text() }
        if chance(50) { journey.owner = text() }
        if chance(30) { journey.runbook = .address("https://runbooks.example/\(number)?a=b#c") }
        if chance(10) { journey.runbook = .markdown("docs/a b.md") }
        if chance(20) { journey.scope = ["tenant.region"] }
        if chance(20) { journey.breakdowns = ["cloud.region", "tenant"] }
        if chance(20) {
            journey.links = [JourneyDefinition.Link(name: text(), address: "https://x.example/?t={trace_id}&f={from}")]
        }
        if chance(30) { journey.failed = filter() }
        if chance(30) { journey.ignore = filter() }
        addSteps(&journey)
        addPromises(&journey)
        if chance(30) { journey.maxBad = numbers.next() % 1_000 }
        if chance(20) { journey.traffic = .never }
        if chance(20) { journey.traffic = .rate(thousandths: 1 + numbers.next() % 99_999, per: 60_000_000_000) }
        return journey
    }

    private mutating func addSteps(_ journey: inout JourneyDefinition) {
        let wanted = Array(Set((0..<(numbers.next() % 4)).map { _ in text() })).sorted()
        for name in wanted {
            if let filter = filter() { journey.steps.append(JourneyDefinition.Step(name: name, filter: filter)) }
        }
        if !journey.steps.isEmpty, chance(30) {
            journey.join = "session.id"
            journey.again = chance(50)
            journey.within = pick(Self.durations)
            if chance(50) { journey.entry = nil }
        } else if chance(10) {
            journey.source = .metric(latency: "http.server.request.duration", filter: filter())
            if chance(50) { journey.entry = nil }
        }
    }

    private mutating func addPromises(_ journey: inout JourneyDefinition) {
        let names = ["fast", "success", "a.b", "0_x"].filter { _ in chance(50) }
        for name in names {
            var objective = JourneyDefinition.Objective(name: name, target: share())
            if chance(20) { objective.target = ExactShare(partsPerBillion: 995_000_000) }
            if chance(50) { objective.under = pick(Self.durations) }
            if chance(20) { objective.of = filter() }
            if chance(30) {
                objective.slices = (1 + numbers.next() % 7_200) * 1_000_000_000
                objective.sliceTarget = chance(20) ? ExactShare(partsPerBillion: ExactShare.whole) : share()
            }
            objective.complete = journey.join != nil && chance(30)
            journey.objectives.append(objective)
        }
        guard !journey.objectives.isEmpty else { return }
        if chance(60) { journey.window = .rolling(nanoseconds: pick(Self.durations)) }
        if chance(20) {
            journey.window = .calendar(
                unit: pick(["week", "month", "quarter"]), timeZone: pick(["UTC", "Europe/Berlin", "Asia/Kathmandu"]))
        }
        guard chance(50) else { return }
        var alerts: [JourneyDefinition.Alert] = []
        for _ in 0..<(numbers.next() % 4) {
            let long = pick(Self.durations.filter { $0 > 1 })
            let factor = BurnFactor(thousandths: 1 + numbers.next() % 15_000)
            // An alert that nothing can reach is an error of its own.
            guard journey.objectives.contains(where: { factor.isReachable(for: $0.target) }) else { continue }
            alerts.append(
                JourneyDefinition.Alert(
                    severity: chance(50) ? .page : .warn, factor: factor, long: long,
                    short: 1 + numbers.next() % (long - 1)))
        }
        journey.alerts = alerts
    }
}
