import Journeys
import Telemetry

let second: UInt64 = 1_000_000_000

/// Spans fed one by one in the order of their arrival, while a simulated clock asks for onsets every ten seconds.
struct JourneyReplay {
    /// Something that was seen to begin or to end.
    struct Sighting: Sendable {
        let journey: String
        /// When it was asked.
        let asked: UInt64
        /// What was answered: nil when an onset is gone.
        let onset: Onset?
    }

    private var engine: JourneyEngine
    private var detector = OnsetDetector()
    private var judge = Judge()
    private var arrival: UInt64 = 0
    private var nextAsk: UInt64 = 0
    private var standing: [String: Onset] = [:]
    private(set) var sightings: [Sighting] = []
    /// When each journey was in which state, as far as it changed.
    private(set) var states: [(journey: String, asked: UInt64, state: JourneyState)] = []
    /// When each journey's burn alerts fired first.
    private(set) var fired: [String: UInt64] = [:]

    /// When it was asked last.
    private(set) var asked: UInt64 = 0
    /// What changed in the services, as far as the spans say so.
    private(set) var changes: [TimelineEvent] = []
    private var observer = ChangeObserver()

    /// A replay for the journeys of a text.
    init(_ yaml: String) {
        let set = JourneySet(text: yaml, file: "replay.yaml")
        precondition(!set.hasErrors, set.report)
        engine = JourneyEngine(journeys: set.journeys)
    }

    /// Feeds spans that arrive at a moment, one after another.
    mutating func feed(_ table: SpanTable, rows: Range<Int>, arrival moment: UInt64) {
        arrival = max(arrival, moment)
        if nextAsk == 0 { nextAsk = arrival / (10 * second) * 10 * second + 10 * second }
        while nextAsk <= arrival { ask() }
        observer.observe(table, rows: rows, arrival: arrival)
        for row in rows { _ = engine.ingest(table, rows: row..<row + 1, chunk: nil, arrival: arrival) }
    }

    /// Lets the clock run on until a moment.
    mutating func wait(until moment: UInt64) { while nextAsk <= moment { ask() } }

    private mutating func ask() {
        let now = nextAsk
        nextAsk += 10 * second
        asked = now
        changes += observer.settle(now: now)
        var onsets: [String: Onset] = [:]
        var detector = self.detector
        let verdicts = judge.judge(engine.picture(), JudgeContext(now: now)) { view, moment in
            let onset = detector.onset(of: view, now: moment)
            onsets[view.name] = onset
            return onset
        }
        self.detector = detector
        for verdict in verdicts.journeys { note(verdict, onsets[verdict.id.name], now) }
        for event in verdicts.timeline where event.kind == .fired && event.objective != nil {
            let name = event.journey ?? ""
            fired[name] = min(fired[name] ?? .max, event.time)
        }
    }

    private mutating func note(_ verdict: JourneyVerdict, _ onset: Onset?, _ now: UInt64) {
        let name = verdict.id.name
        if onset?.time != standing[name]?.time {
            standing[name] = onset
            sightings.append(Sighting(journey: name, asked: now, onset: onset))
        }
        if states.last(where: { $0.journey == name })?.state != verdict.state {
            states.append((name, now, verdict.state))
        }
    }

    /// The onsets of a journey, oldest first.
    func onsets(of journey: String) -> [Sighting] { sightings.filter { $0.journey == journey && $0.onset != nil } }

    /// What was seen, in lines of seconds since a moment.
    func report(since moment: UInt64) -> String {
        sightings.map { sighting in
            func seconds(_ time: UInt64) -> Double { (Double(time) - Double(moment)) / 1e9 }
            guard let onset = sighting.onset else { return "\(sighting.journey) gone \(seconds(sighting.asked))" }
            return "\(sighting.journey) seen \(seconds(sighting.asked)) onset \(seconds(onset.time)) "
                + "±\(onset.uncertainty / second) \(onset.signals.map(\.rawValue)) "
                + "p95 \(onset.p95Before ?? 0) → \(onset.p95After ?? 0) "
                + "errors \(onset.errorsBefore ?? -1) → \(onset.errorsAfter ?? -1)"
        }.joined(separator: "\n")
    }
}
