import Dashboard
import Journeys
import Telemetry

/// The fictional night of the design: `payments 2.14.0` reaches 3 of 8 instances at 02:47, `checkout` turns slow at
/// 02:49, the burn alert fires at 03:09:36, it is 03:12:40.
///
/// Runs are made for the last five minutes at the design's rates (the largest at a tenth, so that tests stay quick) and
/// sparsely for the hour before; verdicts are the design's figures.
enum Night {
    static let end = Shop.end
    static let environment = "prod-eu"

    /// What a row of the mockup says.
    struct Row {
        var name: String
        var state: JourneyState
        /// Runs a second of the last five minutes.
        var rate: Double
        var errors: Double
        /// p50, p95 and p99 in milliseconds.
        var latency: (p50: Double, p95: Double, p99: Double)
        /// The threshold in milliseconds; 0 for none.
        var under: UInt64
        var target: String
        var attainment: Double
        var left: Double
        var burn: Double
        var trend = ObjectiveVerdict.Trend.steady
        var emptyIn: UInt64?
        var version: String
        /// From when until when the runs come, in seconds before the end.
        var until: UInt64 = 0
    }

    static let minute = 60 * Shop.second

    static let rows: [Row] = [
        Row(
            name: "checkout", state: .page, rate: 42.6, errors: 0.019, latency: (277, 1680, 2070), under: 1200,
            target: "99.5", attainment: 0.998025, left: 0.605, burn: 42.6, trend: .rising, emptyIn: 34_320,
            version: "8.1.0"),
        Row(
            name: "signup", state: .warn, rate: 3.18, errors: 0.0062, latency: (148, 402, 911), under: 900,
            target: "99.5", attainment: 0.9959, left: 0.179, burn: 2.1, emptyIn: 205_200, version: "5.2.1"),
        Row(
            name: "export", state: .noData, rate: 0, errors: 0, latency: (300, 400, 500), under: 2000,
            target: "99", attainment: 0.99882, left: 0.882, burn: 0, version: "1.19.4", until: 2480),
        Row(
            name: "refund", state: .few, rate: 0, errors: 0, latency: (1840, 1900, 1950), under: 4000,
            target: "99.9", attainment: 0.99971, left: 0.713, burn: 0, version: "2.14.0"),
        Row(
            name: "price.sync", state: .stale, rate: 12.2, errors: 0, latency: (9.4, 21.7, 38), under: 100,
            target: "99.5", attainment: 0.99970, left: 0.931, burn: 0.1, version: "0.32.0", until: 192),
        Row(
            name: "login", state: .ok, rate: 11.8, errors: 0.0004, latency: (38.2, 91, 164), under: 300,
            target: "99.9", attainment: 0.99983, left: 0.832, burn: 0.4, version: "3.9.0"),
        Row(
            name: "search", state: .ok, rate: 31, errors: 0.0011, latency: (64.1, 210, 402), under: 600,
            target: "99", attainment: 0.99920, left: 0.917, burn: 0.2, version: "0.32.0"),
        Row(
            name: "browse", state: .ok, rate: 26.2, errors: 0.0002, latency: (22.7, 88.4, 173), under: 400,
            target: "99.5", attainment: 0.99975, left: 0.95, burn: 0.1, version: "8.1.0"),
        Row(
            name: "cart.add", state: .ok, rate: 7.18, errors: 0.0008, latency: (41.3, 127, 288), under: 400,
            target: "99.9", attainment: 0.99970, left: 0.663, burn: 0.7, version: "4.0.3"),
        Row(
            name: "first.order", state: .ok, rate: 1.21, errors: 0.0055, latency: (94_000, 372_000, 848_000),
            under: 900_000, target: "95", attainment: 0.98945, left: 0.789, burn: 0.6, version: "2.14.0"),
        Row(
            name: "order.status", state: .ok, rate: 5.4, errors: 0.0003, latency: (18.9, 61, 140), under: 250,
            target: "99.9", attainment: 0.99990, left: 0.904, burn: 0.1, version: "4.0.3"),
        Row(
            name: "pw.reset", state: .ok, rate: 0.41, errors: 0, latency: (88.1, 190, 377), under: 900,
            target: "99", attainment: 0.99980, left: 0.977, burn: 0, version: "3.9.0"),
        Row(
            name: "gift.card", state: .muted, rate: 1.92, errors: 0.031, latency: (77, 241, 512), under: 700,
            target: "99.5", attainment: 0.9967, left: 0.34, burn: 6.2, emptyIn: 129_600, version: "1.4.0"),
    ]

    static func picture() -> DashboardPicture {
        var shop = Shop(seed: 11)
        for row in rows { shop.add(row) }
        var picture = shop.picture(live: true, journeys: definitions)
        picture.verdicts = verdicts(of: picture.journeys)
        return picture
    }

    static let definitions: [JourneyDefinition] = rows.flatMap { row in
        JourneySet(text: file(row), file: "\(row.name).yaml").journeys
    }

    private static func file(_ row: Row) -> String {
        let under = row.under > 0 ? ", under: \(row.under)ms" : ""
        var text = "journey: \(row.name)\nentry: service=\"\(row.name)\" name=\"run\"\n"
        if row.name == "checkout" {
            text += "owner: team-payments\nrunbook: https://runbooks.example/checkout\n"
            text += "steps:\n  - pay: service=payments name=\"POST /charge\"\n"
        }
        text += "slo:\n  window: 28d\n  fast: {target: \(row.target)%\(under)}\n"
        if row.name == "checkout" { text += "  success: {target: 99.5%}\n" }
        return text
    }

    // MARK: Verdicts

    static func verdicts(of journeys: JourneysPicture) -> JourneyVerdicts {
        let verdicts = journeys.journeys.compactMap { view -> JourneyVerdict? in
            guard let row = rows.first(where: { $0.name == view.name }), let definition = view.definition else {
                return nil
            }
            return verdict(row, definition, view.id)
        }
        return JourneyVerdicts(now: end, journeys: verdicts, timeline: timeline)
    }

    private static func verdict(_ row: Row, _ definition: JourneyDefinition, _ id: JourneyView.ID) -> JourneyVerdict {
        var verdict = JourneyVerdict(id: id, state: row.state)
        verdict.objectives = definition.objectives.map { objective(row, $0, definition) }
        verdict.worst = 0
        switch row.name {
        case "checkout": page(&verdict, definition)
        case "signup":
            verdict.alerts = [alert(row.name, .burn, .warn, since: end - 95 * minute)]
            verdict.objectives[0].alerts = [
                AlertVerdict(
                    alert: JourneyDefinition.defaultAlerts[3], long: reading(259_200, 1.2), short: reading(21_600, 2.1),
                    isFiring: true, firedAt: end - 95 * minute)
            ]
        case "export":
            verdict.silence = (41 * minute, 369)
            verdict.alerts = [alert(row.name, .silence, .warn, since: end - 30 * minute)]
        case "price.sync":
            verdict.staleSince = end - 192 * Shop.second
            verdict.beneath = .ok
        case "gift.card":
            verdict.mutedUntil = end + 287 * minute
            verdict.beneath = .page
        default: break
        }
        return verdict
    }

    private static func page(_ verdict: inout JourneyVerdict, _ definition: JourneyDefinition) {
        let fired = end - 184 * Shop.second
        verdict.onset = Onset(
            time: end - 1420 * Shop.second, uncertainty: 20 * Shop.second, signals: [.latency, .errors],
            p95Before: 371_000_000, p95After: 1_680_000_000, errorsBefore: 0.0021, errorsAfter: 0.019)
        verdict.alerts = [alert("checkout", .burn, .page, since: fired)]
        verdict.objectives[0].alerts = JourneyDefinition.defaultAlerts.enumerated().map { number, alert in
            AlertVerdict(
                alert: alert, long: reading(3600, number == 0 ? 17.1 : 0.9),
                short: reading(300, number == 0 ? 42.6 : 3.1), isFiring: number == 0, firedAt: number == 0 ? fired : nil
            )
        }
        // The promise about failures is the lesser trouble.
        verdict.objectives[1].burn = 3.8
        verdict.objectives[1].emptyIn = nil
        verdict.objectives[1].budgetLeft = 0.92
        verdict.objectives[1].attainment = 0.9996
        verdict.objectives[1].burns = [
            reading(300, 3.8), reading(3600, 1.6), reading(21_600, 0.4), reading(259_200, 0.2),
        ]
    }

    static func alert(
        _ name: String, _ kind: ActiveAlert.Key.Kind, _ severity: JourneyDefinition.Alert.Severity, since: UInt64
    ) -> ActiveAlert {
        ActiveAlert(
            key: ActiveAlert.Key(
                journey: name, environment: environment, kind: kind, objective: kind == .burn ? "fast" : nil),
            severity: severity, since: since,
            summary: kind == .burn ? "fast burn >14.4×/1h and /5m" : "entry spans stopped")
    }

    static func reading(_ seconds: UInt64, _ burn: Double) -> BurnReading {
        BurnReading(window: seconds * Shop.second, total: 10_000, bad: 10, burn: burn)
    }

    private static func objective(
        _ row: Row, _ objective: JourneyDefinition.Objective, _ definition: JourneyDefinition
    ) -> ObjectiveVerdict {
        let length: UInt64 = 28 * 1440 * minute
        var verdict = ObjectiveVerdict(
            objective: objective, window: TimeWindow(from: end - length, to: end), fullLength: length)
        verdict.covered = length
        // refund: 7 bad are allowed, 2 are used, one more burns 14 %.
        verdict.total = row.name == "refund" ? 7000 : 1_000_000
        verdict.good = row.name == "refund" ? 6998 : UInt64(1_000_000 * row.attainment)
        verdict.attainment = row.attainment
        verdict.allowedBad = row.name == "refund" ? 7 : 1_000_000 * (1 - objective.target.fraction)
        verdict.budgetLeft = row.left
        verdict.nextBadCost = row.name == "refund" ? 1.0 / 7 : 0.0002
        verdict.burn = row.burn
        verdict.trend = row.trend
        verdict.emptyIn = row.emptyIn.map { $0 * Shop.second }
        verdict.burns = [
            reading(300, row.burn), reading(3600, row.name == "checkout" ? 17.1 : row.burn * 0.4), reading(21_600, 3.1),
            reading(259_200, 0.9),
        ]
        return verdict
    }

    // MARK: What happened

    static let timeline: [TimelineEvent] = {
        func at(_ hour: UInt64, _ minute: UInt64, _ second: UInt64 = 0) -> UInt64 {
            end / (86_400 * Shop.second) * (86_400 * Shop.second) + ((hour * 60 + minute) * 60 + second) * Shop.second
        }
        func event(
            _ time: UInt64, _ kind: TimelineEvent.Kind, _ journey: String? = nil,
            _ change: (inout TimelineEvent) -> Void
        ) -> TimelineEvent {
            var event = TimelineEvent(time: time, kind: kind, journey: journey, environment: environment)
            change(&event)
            return event
        }
        return [
            event(at(2, 21), .version, "search") {
                ($0.service, $0.before, $0.after) = ("pricing", "0.31.2", "0.32.0")
            },
            event(at(2, 31), .silent, "export") { $0.text = "entry spans stopped (9/m expected)" },
            event(at(2, 47), .version) {
                ($0.service, $0.before, $0.after, $0.count, $0.total) = ("payments", "2.13.4", "2.14.0", 3, 8)
            },
            event(at(2, 47, 5), .config) {
                ($0.service, $0.subject, $0.before, $0.after) = ("payments", "db.pool.max", "50", "10")
            },
            event(at(2, 49), .onset, "checkout") { $0.text = "p95 ×4.5, errors ×9" },
            event(at(3, 9, 28), .stale, "price.sync") { $0.text = "tempo-eu behind 3m12s" },
            event(at(3, 9, 36), .fired, "checkout") {
                ($0.severity, $0.objective, $0.text) = ("page", "fast", "fast burn >14.4×/1h and /5m")
            },
            event(at(3, 10), .muted, "gift.card") {
                ($0.until, $0.by) = (at(8, 0), "on-call")
            },
        ]
    }()
}

extension Shop {
    /// The runs of a row: at its rate in the last five minutes it has, and one in 20 s in the hour before.
    fileprivate mutating func add(_ row: Night.Row) {
        let last = Night.end - row.until * Shop.second
        if row.name == "refund" {
            for step: UInt64 in 1...7 {
                run(row, at: Night.end - (step * 500 + 20) * Shop.second, took: row.latency.p50, fails: false)
            }
            return
        }
        let count = Int((row.rate * 300).rounded())
        for number in 0..<count {
            let time = last - UInt64(Double(number) * 299.9e9 / Double(count))
            let place = Double((number * 7919) % count) / Double(count)
            let fails = Int(Double(number + 1) * row.errors + 0.5) > Int(Double(number) * row.errors + 0.5)
            run(row, at: time, took: Night.duration(at: place, row.latency), fails: fails)
        }
        var time = last - 301 * Shop.second
        while time > Night.end - 3640 * Shop.second {
            let isCalm = row.name == "checkout" && time < Night.end - 1420 * Shop.second
            run(row, at: time, took: isCalm ? 371 : row.latency.p95, fails: false)
            time -= 20 * Shop.second
        }
    }

    private mutating func run(_ row: Night.Row, at end: UInt64, took milliseconds: Double, fails: Bool) {
        let length = UInt64(milliseconds * 1e6)
        let id = trace()
        let root = add(
            id, in: nil, row.name, "run", at: end - length, took: length, kind: .server, version: row.version
        ) { span in
            guard fails else { return }
            span.fields.status = .error
            span.attributes = [("error.type", .string("timeout"))]
        }
        guard row.name == "checkout" else { return }
        let isNew = end > Night.end - 1540 * Shop.second && ids % 8 < 3
        add(
            id, in: root, "payments", "POST /charge", at: end - length + 1_000_000, took: length - 2_000_000,
            kind: .server, version: isNew ? "2.14.0" : "2.13.4")
    }
}

extension Night {
    /// A duration in milliseconds whose quantiles are those of the row: flat around each of them.
    fileprivate static func duration(at place: Double, _ latency: (p50: Double, p95: Double, p99: Double)) -> Double {
        switch place {
        case ..<0.45: latency.p50 * (0.6 + 0.4 * place / 0.45)
        case ..<0.55: latency.p50
        case ..<0.94: latency.p50 + (latency.p95 - latency.p50) * (place - 0.55) / 0.39
        case ..<0.97: latency.p95
        case ..<0.985: latency.p95 + (latency.p99 - latency.p95) * (place - 0.97) / 0.015
        default: latency.p99
        }
    }
}
