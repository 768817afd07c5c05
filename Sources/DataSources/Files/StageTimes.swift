import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the processor time of a run went, added up over all threads, for `--timings`.
///
/// Stages are measured where they run, between two suspensions, so that waiting costs nothing; a run that nobody asks
/// about measures nothing.
package final class StageTimes: Sendable {
    /// What a run consists of.
    package enum Stage: String, CaseIterable, Sendable {
        /// Bytes from the file into memory, unpacked.
        case read
        /// Bytes to columns.
        case decode
        /// Columns to answers.
        case count
    }

    private let spent = Mutex([UInt64](repeating: 0, count: Stage.allCases.count))
    private let clock: @Sendable () -> UInt64

    /// Makes times that are all zero.
    ///
    /// - Parameter clock: The processor time of the calling thread in nanoseconds.
    package init(clock: @escaping @Sendable () -> UInt64 = StageTimes.threadTime) { self.clock = clock }

    /// The processor time of the calling thread in nanoseconds.
    package static func threadTime() -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The processor time of a stage so far, in nanoseconds.
    package func spent(_ stage: Stage) -> UInt64 { spent.withLock { $0[index(of: stage)] } }

    /// Does something and counts the time it takes.
    package func measure<Value, Fault: Error>(
        _ stage: Stage, _ body: () throws(Fault) -> Value
    ) throws(Fault) -> Value {
        let start = clock()
        defer {
            let end = clock()
            spent.withLock { $0[index(of: stage)] &+= end &- min(start, end) }
        }
        return try body()
    }

    private func index(of stage: Stage) -> Int { Stage.allCases.firstIndex(of: stage) ?? 0 }
}

extension StageTimes? {
    /// Does something, and counts the time it takes where somebody asked.
    package func measure<Value, Fault: Error>(
        _ stage: StageTimes.Stage, _ body: () throws(Fault) -> Value
    ) throws(Fault) -> Value {
        guard let times = self else { return try body() }
        return try times.measure(stage, body)
    }
}
