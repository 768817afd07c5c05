import Telemetry

/// Runs of one journey in one environment on their way into its ledger, fact by fact: runs that stand for themselves
/// alone and have a duration.
///
/// Facts lie in columns, so that a fact is worked on for all runs at once, and most runs never become a ``JourneyRun``.
/// The memory is lent for one call, and so are the columns of the table: a block does not outlive the call that has it.
struct RunBlock {
    /// How many runs a block has room for at most.
    static let size = 1_024
    /// Fewer runs are counted one by one: a block would cost more.
    static let fewest = 8

    private static let failed: UInt8 = 1
    private static let suspect: UInt8 = 2

    /// How many runs there are.
    private(set) var count = 0
    private let capacity: Int
    /// The instants that runs count at.
    let times: UnsafeMutablePointer<UInt64>
    let durations: UnsafeMutablePointer<UInt64>
    /// What decides about the sample; see ``RunSight``.
    let lots: UnsafeMutablePointer<UInt64>
    /// The bucket of the duration in the high half, the number of the version in the low; written by the ledger.
    let keys: UnsafeMutablePointer<UInt64>
    /// The rows of the runs, and their resources.
    let rows: UnsafeMutablePointer<UInt32>
    let resources: UnsafeMutablePointer<UInt32>
    private let flags: UnsafeMutablePointer<UInt8>

    private let traceHigh: UnsafeBufferPointer<UInt64>
    private let traceLow: UnsafeBufferPointer<UInt64>
    private let spanIDs: UnsafeBufferPointer<UInt64>
    private let starts: UnsafeBufferPointer<UInt64>
    private let chunk: UInt64?

    /// Lends a block with room for `capacity` runs, which are rows of a table.
    ///
    /// - Parameter chunk: the number of the store's chunk, if the rows stay there.
    static func with(_ capacity: Int, of columns: RunColumns, _ chunk: UInt64?, _ body: (inout RunBlock) -> Void) {
        let capacity = max(1, min(capacity, size))
        let bytes = capacity * (4 * 8 + 2 * 4 + 1)
        withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 8) { memory in
            guard let base = memory.baseAddress else { return }
            var block = RunBlock(base, capacity, columns, chunk)
            body(&block)
        }
    }

    /// - Parameter base: room for the columns one after another: four of eight bytes, two of four and one of one byte.
    private init(_ base: UnsafeMutableRawPointer, _ capacity: Int, _ columns: RunColumns, _ chunk: UInt64?) {
        self.capacity = capacity
        // The wider columns come first, so that each begins where its numbers may stand; nobody uses the memory as
        // anything else. All indices are below `count`, which is never above `capacity` (`append`).
        times = base.bindMemory(to: UInt64.self, capacity: 4 * capacity)
        durations = times + capacity
        lots = durations + capacity
        keys = lots + capacity
        rows = (base + 32 * capacity).bindMemory(to: UInt32.self, capacity: 2 * capacity)
        resources = rows + capacity
        flags = (base + 40 * capacity).bindMemory(to: UInt8.self, capacity: capacity)
        traceHigh = columns.traceHigh
        traceLow = columns.traceLow
        spanIDs = columns.spanIDs
        starts = columns.starts
        self.chunk = chunk
    }

    /// Whether there is no room for another run.
    var isFull: Bool { count == capacity }

    /// Takes in the run of a row of the table; there must be room.
    @inline(__always)
    mutating func append(_ row: Int, _ resource: UInt32, failed: Bool) {
        precondition(count < capacity, "the block is full")
        rows[count] = UInt32(truncatingIfNeeded: row)
        resources[count] = resource
        flags[count] = failed ? RunBlock.failed : 0
        count &+= 1
    }

    /// Reads the times of the runs that were taken in, and draws their lots.
    ///
    /// The loops are short, which is how many rows are on their way from memory at once.
    ///
    /// - Parameter left: is called with the rows of runs without a duration, which are taken out.
    /// - Returns: the first and the last instant; nil when no run is left.
    mutating func read(
        _ ends: UnsafeBufferPointer<UInt64>, _ clock: RunClock, _ arrival: UInt64, left: (Int) -> Void
    ) -> ClosedRange<UInt64>? {
        var kept = 0
        var low = UInt64.max
        var high: UInt64 = 0
        for index in 0..<count {
            let row = Int(rows[index])
            let reading = clock.read(start: starts[row], end: ends[row], arrival: arrival)
            guard let duration = reading.duration else {
                left(row)
                continue
            }
            low = min(low, reading.time)
            high = max(high, reading.time)
            times[kept] = reading.time
            durations[kept] = duration
            rows[kept] = rows[index]
            resources[kept] = resources[index]
            flags[kept] = flags[index] | (reading.isSuspect ? RunBlock.suspect : 0)
            kept &+= 1
        }
        count = kept
        for index in 0..<kept {
            let row = Int(rows[index])
            lots[index] = RunSight.lot(traceHigh: traceHigh[row], traceLow: traceLow[row], span: spanIDs[row])
        }
        return kept > 0 ? low...high : nil
    }

    /// Makes room for other runs.
    mutating func clear() { count = 0 }

    /// 1 for a failed run, else 0.
    @inline(__always) func failed(_ index: Int) -> UInt64 { UInt64(flags[index] & RunBlock.failed) }

    /// 1 for a run that counts at its arrival, else 0.
    @inline(__always) func suspect(_ index: Int) -> UInt64 { UInt64(flags[index] & RunBlock.suspect) >> 1 }

    /// Whether any run failed.
    var hasFailed: Bool {
        var all: UInt8 = 0
        for index in 0..<count { all |= flags[index] }
        return all & RunBlock.failed != 0
    }

    /// The trace of a run.
    func trace(_ index: Int) -> TraceID {
        TraceID(high: traceHigh[Int(rows[index])], low: traceLow[Int(rows[index])])
    }

    /// The first run from `first` to `end` that does not count within a second, or the end.
    func end(ofSecond begin: UInt64, from first: Int, _ end: Int) -> Int {
        var index = first
        while index < end, times[index] &- begin < 1_000_000_000 { index &+= 1 }
        return index
    }

    /// How many runs failed, of some.
    func failed(in part: Range<Int>) -> UInt64 { part.reduce(0) { $0 &+ failed($1) } }

    /// How many of some runs count at their arrival.
    func suspect(in part: Range<Int>) -> UInt64 { part.reduce(0) { $0 &+ suspect($1) } }

    /// How many of some runs failed, or took so long or longer; nil for no matter how long.
    func bad(in part: Range<Int>, from slow: UInt64?) -> UInt64 {
        guard let slow else { return failed(in: part) }
        return part.reduce(0) { $0 &+ (failed($1) | (durations[$1] >= slow ? 1 : 0)) }
    }

    /// How many runs count at an instant or later.
    func count(from time: UInt64) -> Int {
        var found = 0
        for index in 0..<count { found &+= times[index] >= time ? 1 : 0 }
        return found
    }

    /// A run with everything that is kept of it.
    @inline(__always)
    func run(_ index: Int, _ processes: UnsafeBufferPointer<RunProcess?>) -> JourneyRun {
        let row = Int(rows[index])
        return JourneyRun(
            trace: TraceID(high: traceHigh[row], low: traceLow[row]), span: SpanID(spanIDs[row]), time: times[index],
            start: starts[row], duration: durations[index], failed: failed(index) == 1, isSuspect: suspect(index) == 1,
            weight: .one, version: processes[Int(resources[index])]?.version ?? .empty,
            reference: chunk.map { SpanReference(chunk: $0, row: row) })
    }
}
