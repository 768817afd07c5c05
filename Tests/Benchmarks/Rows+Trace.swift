import Analysis
import Dashboard
import Telemetry
import TerminalKit

/// One very large trace on the screen: a tenth as many spans as there are in all.
enum TraceRows {
    static var group: RowGroup {
        RowGroup(rows: [
            Row(
                name: "big-trace-open", title: "opening a trace of 100,000 spans, up to the drawn screen", unit: "ms",
                goal: .atMost(16), goalSpans: million, measure: open),
            Row(
                name: "big-trace-fold", title: "folding or unfolding all of it, up to the drawn screen", unit: "ms",
                goal: .atMost(16), goalSpans: million, measure: fold),
            Row(
                name: "big-trace-find", title: "finding a value in it, up to the drawn screen", unit: "ms",
                goal: .atMost(16), goalSpans: million, measure: find),
        ])
    }

    private static let million = 900_000...1_100_000

    private static func open(_ data: BenchmarkData) async throws -> Sample {
        let trace = data.trace()
        var state = trace.dashboard()
        let whole = Stopwatch()
        let effects = state.openTrace(BigTrace.id)
        guard effects.contains(.loadTrace(BigTrace.id)) else { throw BenchmarkError(reason: "no trace is loaded") }
        let (linking, found) = Stretch.of { trace.snapshot.trace(BigTrace.id) }
        let (looking, picture) = Stretch.of { found.map { TracePicture($0) } }
        Sink.take(load(picture, into: &state))
        var sample = whole.stretch.milliseconds
        sample.facts = ["putting together ms": linking.seconds * 1e3, "critical path … ms": looking.seconds * 1e3]
        return sample
    }

    private static func load(_ picture: TracePicture?, into state: inout AppState) -> Int {
        _ = state.handle(.traceLoaded(BigTrace.id, picture))
        return state.draw().size.width
    }

    private static func shown(_ trace: BigTrace) -> AppState {
        var state = trace.dashboard()
        _ = state.openTrace(BigTrace.id)
        Sink.take(load(trace.snapshot.trace(BigTrace.id).map { TracePicture($0) }, into: &state))
        return state
    }

    private static func fold(_ data: BenchmarkData) async throws -> Sample {
        var state = shown(data.trace())
        let folding = press(["H"], &state)
        let unfolding = press(["L"], &state)
        let slower = max(folding.seconds, unfolding.seconds)
        return Sample(
            value: slower * 1e3, seconds: slower,
            facts: ["fold ms": folding.seconds * 1e3, "unfold ms": unfolding.seconds * 1e3])
    }

    private static func find(_ data: BenchmarkData) async throws -> Sample {
        var state = shown(data.trace())
        Sink.take(state.draw().size.width)
        _ = press(["f"] + BigTrace.needle.map(String.init), &state)
        return press(["Enter"], &state).milliseconds
    }

    /// The time from keys to the drawn screen.
    private static func press(_ keys: [String], _ state: inout AppState) -> Stretch {
        let watch = Stopwatch()
        for key in keys {
            if let chord = KeyChord(spelling: key) { _ = state.handle(.input(.key(chord))) }
        }
        Sink.take(state.draw().size.width)
        return watch.stretch
    }
}
