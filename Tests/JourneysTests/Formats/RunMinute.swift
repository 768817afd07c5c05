import Journeys
import Telemetry

/// The runs of one minute, by what became of them.
struct RunMinute: Sendable {
    var good = 0
    var slow = 0
    var failed = 0
    /// Slow and failed.
    var both = 0

    static let length: UInt64 = 60_000_000_000

    var total: Int { good + slow + failed + both }

    /// Minutes in which nothing is wrong.
    static func calm(_ count: Int, runs: Int) -> [RunMinute] {
        Array(repeating: RunMinute(good: runs), count: count)
    }

    /// Minutes in which trouble comes and goes.
    static func random(_ count: Int, _ numbers: inout SeededNumbers) -> [RunMinute] {
        var result: [RunMinute] = []
        var slow: UInt64 = 2
        var failed: UInt64 = 3
        for number in 0..<count {
            if number % 15 == 0 {
                slow = [0, 1, 5, 20, 80, 150].randomElement(using: &numbers) ?? 0
                failed = [0, 2, 8, 30, 100, 250].randomElement(using: &numbers) ?? 0
            }
            var minute = RunMinute()
            for _ in 0..<(20 + numbers.next() % 30) {
                switch (numbers.next() % 1_000 < slow, numbers.next() % 1_000 < failed) {
                case (false, false): minute.good += 1
                case (true, false): minute.slow += 1
                case (false, true): minute.failed += 1
                case (true, true): minute.both += 1
                }
            }
            result.append(minute)
        }
        return result
    }

    /// The runs as spans of a minute, counted from noon.
    ///
    /// They end in the middle of the minute, so that no window's edge meets a run, neither one of waymark's, which are
    /// rounded, nor one of Prometheus', which sees counters once a minute.
    func spans(_ number: Int, _ environment: String) -> [TestSpan] {
        let kinds = [(good, 100.0, false), (slow, 2_000, false), (failed, 100, true), (both, 2_000, true)]
        var spans: [TestSpan] = []
        for (count, took, failed) in kinds {
            for _ in 0..<count {
                let id = UInt64(number * 10_000 + spans.count + 1)
                var span = TestSpan.make(
                    trace: id, span: id, endsAt: Double(number * 60 + 30), took: took, failed: failed)
                span.environment = environment
                spans.append(span)
            }
        }
        return spans
    }
}
