import Telemetry

/// Reads the spans of joined runs from rows.
enum JoinReader {
    /// The text of the attribute that joins: of the span, else of its resource; nil where it is missing or empty.
    static func value(_ row: Int, of table: SpanTable, key: Symbol?) -> String? {
        guard let key else { return nil }
        let code =
            table.valueCode(table.attributes(row), key: key)
            ?? table.valueCode(table.resource(row).attributes, key: key)
        guard let code, code != .empty else { return nil }
        let text = table.values.text(code)
        return text.isEmpty ? nil : text
    }

    /// What a joined run needs of a row.
    ///
    /// A span whose clock cannot be right counts at its arrival; one that ends before it begins takes no time.
    static func event(
        stage: Int, _ facts: RunFacts, _ reading: RunClock.Reading, _ reference: SpanReference?
    ) -> JoinEvent {
        var start = min(facts.start, RunClock.latest)
        var end = max(start, min(facts.end, RunClock.latest))
        if reading.isSuspect {
            end = reading.time
            start = end - min(end, min(reading.duration ?? 0, RunClock.tolerance))
        }
        return JoinEvent(
            stage: stage, start: start, end: end, trace: facts.trace, span: facts.span, reference: reference,
            weight: facts.weight, service: facts.service, version: facts.version, failed: facts.failed,
            isBackwards: reading.isBackwards, isSuspect: reading.isSuspect, errorLabel: facts.errorLabel,
            counts: mask(facts.counts))
    }

    private static func mask(_ counts: [Bool]?) -> UInt64 {
        guard let counts else { return .max }
        return counts.prefix(64).enumerated().reduce(0) { $1.element ? $0 | 1 << UInt64($1.offset) : $0 }
    }
}

extension JoinEnding {
    /// The run as a run of its journey.
    ///
    /// It lasts from its first span's start to its last span's end, and belongs to the trace of the last one. It failed
    /// when one of the spans that count failed. It counts for the objectives that its first span counts for, and stands
    /// for as many runs as that one.
    func facts(objectives: Int) -> RunFacts? {
        guard let first = steps.first, let last = steps.last else { return nil }
        let failure = steps.last { $0.failed }
        return RunFacts(
            trace: last.trace, span: last.span, start: first.start, end: last.end, service: last.service,
            version: last.version, instance: 0, weight: first.weight, failed: failure != nil,
            errorLabel: failure?.errorLabel, counts: (0..<objectives).map { first.counts & 1 << UInt64($0) != 0 })
    }

    /// When the run counts, and how long it took.
    var reading: RunClock.Reading {
        let start = steps.first?.start ?? time
        return RunClock.Reading(
            time: time, duration: time >= start ? time - start : 0, isBackwards: false,
            isSuspect: steps.contains { $0.isSuspect })
    }
}
