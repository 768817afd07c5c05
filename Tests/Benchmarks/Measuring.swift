import Foundation
import Synchronization

/// What one run of a row gave.
struct Sample {
    /// The number that is told, in the row's unit.
    var value: Double
    /// How long the measured work took as a whole, or one piece of it where its length does not depend on the data.
    var seconds: Double
    /// Further numbers, by name with unit.
    var facts: [String: Double] = [:]
}

/// A stretch of time on the wall and on the processors.
struct Stretch {
    /// Seconds on the wall.
    let seconds: Double
    /// Seconds of processor time of all threads.
    let processorSeconds: Double

    /// Measures work, and keeps its answer from being left out.
    static func of<Answer>(_ work: () throws -> Answer) rethrows -> (Stretch, Answer) {
        let watch = Stopwatch()
        let answer = try work()
        return (watch.stretch, answer)
    }

    /// Measures work that waits.
    static func of<Answer>(waiting work: () async throws -> Answer) async rethrows -> (Stretch, Answer) {
        let watch = Stopwatch()
        let answer = try await work()
        return (watch.stretch, answer)
    }

    /// A sample in spans a second.
    func rate(of spans: Int, bytes: Int = 0) -> Sample {
        var facts = ["cpu ns/span": processorSeconds * 1e9 / Double(max(1, spans))]
        if bytes > 0 { facts["MB/s"] = Double(bytes) / seconds / 1e6 }
        return Sample(value: Double(spans) / seconds / 1e6, seconds: seconds, facts: facts)
    }

    /// A sample in nanoseconds a span.
    func nanoseconds(a spans: Int) -> Sample {
        Sample(value: seconds * 1e9 / Double(max(1, spans)), seconds: seconds)
    }

    /// A sample in nanoseconds of processor time a span.
    func processorNanoseconds(a spans: Int) -> Sample {
        Sample(value: processorSeconds * 1e9 / Double(max(1, spans)), seconds: processorSeconds)
    }

    /// A sample in milliseconds.
    var milliseconds: Sample { Sample(value: seconds * 1e3, seconds: seconds) }
}

/// Tells how much time has passed since it was made.
struct Stopwatch {
    private let began = ContinuousClock.now
    private let processor = Processor.seconds

    /// The time since the beginning.
    var stretch: Stretch {
        let elapsed = (ContinuousClock.now - began).components
        return Stretch(
            seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18,
            processorSeconds: Processor.seconds - processor)
    }
}

/// This process as the system sees it.
enum Processor {
    /// The processor time of all threads so far, in seconds.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The processor time of the thread that asks so far, in seconds.
    static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Gives freed memory back to the system, so that only what is held is counted.
    static func giveBackFreeMemory() {
        // The C library has it, but does not show it to Swift.
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    /// The memory in use, in bytes.
    static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Numbers about numbers.
enum Statistics {
    /// The value at a share of the sorted values, by nearest rank; 0 when there are none.
    static func quantile(_ share: Double, of values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(values.count - 1, max(0, rank - 1))]
    }

    /// The middle value; the mean of the two in the middle where there is an even number.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// The exponent k of time ~ size^k, by least squares over the logarithms; nil for fewer than two sizes.
    static func exponent(_ points: [(size: Double, seconds: Double)]) -> Double? {
        let logs = points.filter { $0.size > 0 && $0.seconds > 0 }.map { (log($0.size), log($0.seconds)) }
        guard logs.count > 1 else { return nil }
        let count = Double(logs.count)
        let meanX = logs.reduce(0) { $0 + $1.0 } / count
        let meanY = logs.reduce(0) { $0 + $1.1 } / count
        let spread = logs.reduce(0) { $0 + ($1.0 - meanX) * ($1.0 - meanX) }
        guard spread > 0 else { return nil }
        return logs.reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    }
}

/// Takes answers, so that no work is left out because nobody looks at them.
enum Sink {
    private static let total = Mutex(0)

    static func take(_ value: Int) { total.withLock { $0 &+= value } }
}
