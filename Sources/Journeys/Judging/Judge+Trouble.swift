extension Judge {
    /// Follows silence: expected runs that did not come, as far as the data reaches.
    mutating func followSilence(
        _ view: JourneyView,
        _ verdict: inout JourneyVerdict,
        _ record: inout Record,
        _ context: JudgeContext,
        at second: UInt64,
        watchedSince: UInt64
    ) {
        let key = ActiveAlert.Key(journey: view.id.name, environment: view.environment, kind: .silence)
        let end = min(second, context.behindSince.map { JudgedTime.second(of: $0) } ?? second)
        let expectation = ExpectedTraffic(view: view, second: end, watchedSince: min(watchedSince, end))
        guard let silence = expectation.silence() else {
            resolve(key, &record, at: second, because: "runs came again")
            return
        }
        verdict.silence = (silence.length, silence.expected)
        let summary = JudgeWords.silence(silence.length, expected: silence.expected)
        if let before = record.firing[key], before.since == silence.since {
            record.firing[key]?.summary = summary
            return
        }
        // Between two seconds a run may have come: that is another silence.
        if let before = record.firing[key], silence.since > before.since {
            resolve(key, &record, at: silence.since, because: "runs came again")
        }
        let isKnown = record.firing[key] != nil
        record.firing[key] = Firing(since: silence.since, severity: .warn, summary: summary)
        guard !isKnown else { return }
        var event = event(.silent, key, at: silence.since)
        event.text = "entry spans stopped, \(JudgeWords.decimal(silence.expected)) were expected since"
        tell(event)
    }

    /// Follows a change-point: it is an alert of its own as long as no other says the same, for an hour at most.
    mutating func followOnset(_ view: JourneyView, _ onset: Onset?, _ record: inout Record, at second: UInt64) {
        let key = ActiveAlert.Key(journey: view.id.name, environment: view.environment, kind: .shift)
        guard let onset else {
            resolve(key, &record, at: second, because: nil)
            return
        }
        // A detector that makes up its mind again about the same change is not told twice.
        let isTold =
            record.toldOnset.map { max($0, onset.time) - min($0, onset.time) <= 5 * JudgedTime.minute } ?? false
        if !isTold {
            var event = event(.onset, key, at: onset.time)
            event.text = JudgeWords.onset(onset)
            tell(event)
        }
        record.toldOnset = onset.time
        let isBurning = record.firing.keys.contains { $0.kind == .burn || $0.kind == .tooManyBad }
        let isFresh = second - min(second, onset.time) < JudgeLimit.shift
        guard !isBurning, isFresh else {
            resolve(key, &record, at: second, because: nil)
            return
        }
        let since = record.firing[key]?.since ?? onset.time
        record.firing[key] = Firing(since: since, severity: nil, summary: JudgeWords.onset(onset))
    }
}
