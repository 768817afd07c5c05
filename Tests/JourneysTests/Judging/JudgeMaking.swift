import Journeys
import Telemetry

let judgedSecond: UInt64 = 1_000_000_000

extension JourneyDefinition {
    /// The journey that judging is tested with.
    static func judged(_ slo: String, more: String = "traffic: never") -> JourneyDefinition {
        let text = "journey: checkout\nentry: name=\"POST /checkout\"\n\(more)\nslo: \(slo)\n"
        let set = JourneySet(text: text, file: "judged.yaml")
        guard let journey = set.journeys.first, !set.hasErrors else { preconditionFailure(set.report) }
        return journey
    }
}

/// An engine and a judge side by side.
final class Court {
    var engine: JourneyEngine
    var judge = Judge()
    private var taken = 0

    init(_ definition: JourneyDefinition, base: RunClock.Base = .stream) {
        engine = JourneyEngine(journeys: [definition], options: .init(base: base))
    }

    func take(_ runs: [PlainRun]) {
        engine.take(runs, firstNumber: taken)
        taken += runs.count
    }

    /// `count` runs, evenly over `seconds` before `end`, every `badEach`-th of them failed.
    static func runs(_ count: Int, over seconds: Int, before end: UInt64, badEach: Int = 0) -> [PlainRun] {
        let length = UInt64(seconds) * judgedSecond
        return (0..<count).map { number in
            let time = end - length + length / UInt64(count) * UInt64(number)
            return PlainRun(time, failed: badEach > 0 && number % badEach == badEach - 1)
        }
    }

    func verdicts(
        at now: UInt64,
        base: RunClock.Base = .stream,
        stale: UInt64? = nil,
        behind: UInt64? = nil,
        late: Double = 0,
        dropped: UInt64 = 0,
        changes: [TimelineEvent] = [],
        onset: Onset? = nil
    ) -> JourneyVerdicts {
        judge.judge(
            engine.picture(),
            JudgeContext(
                now: now, base: base, staleSince: stale, behindSince: behind, lateShare: late, dropped: dropped,
                changes: changes),
            onsets: { _, _ in onset })
    }

    /// The verdict on the only journey.
    func verdict(
        at now: UInt64,
        base: RunClock.Base = .stream,
        stale: UInt64? = nil,
        late: Double = 0,
        dropped: UInt64 = 0,
        onset: Onset? = nil
    ) -> JourneyVerdict {
        verdicts(at: now, base: base, stale: stale, late: late, dropped: dropped, onset: onset).journeys[0]
    }
}
