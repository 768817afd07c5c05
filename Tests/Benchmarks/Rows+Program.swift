import Foundation
import Synchronization

/// The running program: its receivers, its dashboard on a terminal, its start and its rest.
enum ProgramRows {
    static func group(_ options: BenchmarkOptions) -> RowGroup {
        let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "waymark").path
        let path = options.program ?? own
        let seconds = options.seconds
        var group = RowGroup(rows: [
            Row(
                name: "ingest-http", title: "OTLP/HTTP to the index of `waymark serve`, two senders beside it",
                unit: "M spans/s", goal: .atLeast(2, beyond: 3),
                measure: { try ingest(path, $0, seconds) { try HTTPSender(port: $0.http) } }),
            Row(
                name: "ingest-grpc", title: "OTLP/gRPC to the index of `waymark serve`, two senders beside it",
                unit: "cpu ns/span", goal: .atMost(900, beyond: 600),
                measure: { data in
                    var sample = try ingest(path, data, seconds) { try GRPCSender(port: $0.grpc) }
                    sample.facts["M spans/s"] = sample.value
                    sample.value = sample.facts["server cpu ns/span"] ?? 0
                    return sample
                }),
            Row(
                name: "key-to-screen", title: "a key to the changed screen, 200x60, during full-rate ingest",
                unit: "ms p99", goal: .atMost(30, beyond: 16), measure: { try keys(path, $0, seconds) }),
            Row(
                name: "open-first-frame",
                title: "opening a file of JSON lines, to the first frame with a journey in it",
                unit: "ms", goal: .atMost(100), measure: { try open(path, $0) }),
            Row(
                name: "start", title: "start of the program to its first frame, no data", unit: "ms",
                goal: .atMost(50, beyond: 20), measure: { _ in try start(path) }),
            Row(
                name: "idle", title: "the dashboard open and nothing to do", unit: "% of a core", goal: .atMost(1),
                measure: { _ in try idle(path, seconds) }),
        ])
        if !FileManager.default.isExecutableFile(atPath: path) {
            group.obstacle = "needs the program; --waymark FILE says where it is (looked for \(path))"
        }
        return group
    }

    private struct Ports {
        let grpc: Int
        let http: Int
    }

    // MARK: Ingest

    /// Sends from two threads for so long, and looks at what it cost the program.
    private static func ingest(
        _ path: String, _ data: BenchmarkData, _ seconds: Double,
        sender: @escaping @Sendable (Ports) throws -> any Sender
    ) throws -> Sample {
        let program = try RunningProgram(
            path, ["serve", "--grpc-port", "0", "--http-port", "0", "--memory", "2GiB", "--log-level", "notice"])
        let numbers = try program.numbers(after: ["gRPC ", "HTTP "])
        let ports = Ports(grpc: numbers[0], http: numbers[1])
        let crowd = try SenderCrowd(protobuf: data.protobuf, count: 2) { try sender(ports) }
        let before = program.processorSeconds
        let watch = Stopwatch()
        let spans = try crowd.run(seconds: seconds)
        let elapsed = watch.stretch.seconds
        let cost = program.processorSeconds - before
        return Sample(
            value: Double(spans) / elapsed / 1e6, seconds: elapsed / Double(max(1, spans)),
            facts: [
                "server cpu ns/span": cost * 1e9 / Double(max(1, spans)),
                "sender cpu ns/span": watch.stretch.processorSeconds * 1e9 / Double(max(1, spans)),
                "server MB": program.residentBytes / 1e6,
            ])
    }

    // MARK: The dashboard

    private static let size: (columns: UInt16, rows: UInt16) = (200, 60)
    /// Less than a screen, and more than what a mere tick of the clock changes.
    private static let screenful = 1_000

    private static func start(_ path: String) throws -> Sample {
        let watch = Stopwatch()
        let program = try RunningProgram(path, ["--grpc-port", "0", "--http-port", "0"], terminal: size)
        var count = 0
        while count < screenful {
            let bytes = program.read(milliseconds: 5_000)
            guard !bytes.isEmpty else { throw BenchmarkError(reason: "the dashboard draws nothing") }
            count += bytes.count
        }
        return watch.stretch.milliseconds
    }

    /// Opens the file in a dashboard; also how long it takes until everything is read and the program rests.
    private static func open(_ path: String, _ data: BenchmarkData) throws -> Sample {
        let watch = Stopwatch()
        let file = URL(filePath: data.jsonLines).standardizedFileURL.path
        let program = try RunningProgram(path, ["open", file], terminal: size, hasJourneys: false)
        var written: [UInt8] = []
        // The names of all roots of the data begin with one of these.
        let signs = ["GET /", "POST /"].map { Array($0.utf8) }
        while !signs.contains(where: { sign in written.indices.contains { written[$0...].starts(with: sign) } }) {
            let bytes = program.read(milliseconds: 30_000)
            guard !bytes.isEmpty else { throw BenchmarkError(reason: "the dashboard shows no journey") }
            written = written.suffix(8) + bytes
        }
        let first = watch.stretch.milliseconds
        var read = watch.stretch.seconds
        var cost = program.processorSeconds
        var peak = program.residentBytes
        // It rests when it takes less than a tenth of a core for half a second.
        while watch.stretch.seconds < 600 {
            let pause = Stopwatch()
            while pause.stretch.seconds < 0.5 { _ = program.read(milliseconds: 20) }
            peak = max(peak, program.residentBytes)
            let now = program.processorSeconds
            if now - cost < 0.05 { break }
            cost = now
            read = watch.stretch.seconds
        }
        var sample = first
        sample.facts = [
            "read after s": read, "M spans/s": Double(data.wanted) / read / 1e6, "most MB": peak / 1e6,
            "cpu ns/span": cost * 1e9 / Double(data.wanted),
        ]
        return sample
    }

    private static func idle(_ path: String, _ seconds: Double) throws -> Sample {
        let program = try RunningProgram(path, ["--grpc-port", "0", "--http-port", "0"], terminal: size)
        let settling = Stopwatch()
        while settling.stretch.seconds < 2 { _ = program.read(milliseconds: 100) }
        let before = program.processorSeconds
        let watch = Stopwatch()
        var bytes = 0
        while watch.stretch.seconds < seconds { bytes += program.read(milliseconds: 100).count }
        let elapsed = watch.stretch.seconds
        let cost = program.processorSeconds - before
        return Sample(
            value: cost / elapsed * 100, seconds: cost,
            facts: ["bytes written/s": Double(bytes) / elapsed, "resident MB": program.residentBytes / 1e6])
    }

    /// Opens and closes the help while requests come as fast as they can.
    private static func keys(_ path: String, _ data: BenchmarkData, _ seconds: Double) throws -> Sample {
        let port = try RunningProgram.freePort()
        let program = try RunningProgram(
            path, ["--grpc-port", "0", "--http-port", String(port), "--memory", "1GiB"], terminal: size)
        let settling = Stopwatch()
        while settling.stretch.seconds < 1 { _ = program.read(milliseconds: 100) }
        let crowd = try SenderCrowd(protobuf: data.protobuf, count: 1) { try HTTPSender(port: port) }
        try crowd.start()
        var times: [Double] = []
        let whole = Stopwatch()
        while whole.stretch.seconds < seconds || times.count < 10 {
            let pause = Stopwatch()
            while pause.stretch.seconds < 0.05 { _ = program.read(milliseconds: 10) }
            let watch = Stopwatch()
            program.write("?")
            var count = 0
            while count < screenful, watch.stretch.seconds < 2 { count += program.read(milliseconds: 2_000).count }
            times.append(watch.stretch.seconds)
        }
        let spans = try crowd.stop()
        return Sample(
            value: Statistics.quantile(0.99, of: times) * 1e3, seconds: Statistics.median(times),
            facts: [
                "median ms": Statistics.median(times) * 1e3, "keys": Double(times.count),
                "M spans/s meanwhile": Double(spans) / whole.stretch.seconds / 1e6,
            ])
    }
}

/// Threads that send as fast as they are answered.
final class SenderCrowd: Sendable {
    private struct State {
        var isStopped = false
        var running = 0
        var spans = 0
        var processorSeconds = 0.0
        var failure: String?
    }

    private let feeds: [MessageFeed]
    private let sender: @Sendable () throws -> any Sender
    private let state = Mutex(State())

    init(protobuf path: String, count: Int, sender: @escaping @Sendable () throws -> any Sender) throws {
        feeds = try (0..<count).map { number in
            try MessageFeed(protobuf: path, seed: UInt64(number) + UInt64.random(in: 1...1_000_000) * 64)
        }
        self.sender = sender
    }

    /// Sends for so long; gives how many spans were taken.
    func run(seconds: Double) throws -> Int {
        try start()
        usleep(UInt32(seconds * 1e6))
        return try stop()
    }

    /// Begins to send.
    func start() throws {
        for feed in feeds {
            let sender = try sender()
            state.withLock { $0.running += 1 }
            // Handed over whole: nobody else has it.
            nonisolated(unsafe) let handed = sender
            Thread.detachNewThread { self.send(feed, handed) }
        }
    }

    private func send(_ feed: MessageFeed, _ sender: any Sender) {
        var feed = feed
        var sender = sender
        let before = Processor.threadSeconds
        while !state.withLock({ $0.isStopped }) {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let message = feed.next(now: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
            do {
                try sender.export(message.bytes)
            } catch {
                state.withLock { $0.failure = "\(error)" }
                break
            }
            state.withLock { $0.spans += message.spans }
        }
        state.withLock {
            $0.processorSeconds += Processor.threadSeconds - before
            $0.running -= 1
        }
    }

    /// The processor time that the senders took, once they have stopped.
    var processorSeconds: Double { state.withLock { $0.processorSeconds } }

    /// Ends sending; gives how many spans were taken.
    ///
    /// - Throws: ``BenchmarkError`` when a request was not taken.
    func stop() throws -> Int {
        state.withLock { $0.isStopped = true }
        while state.withLock({ $0.running > 0 }) { usleep(1_000) }
        return try state.withLock { state in
            if let failure = state.failure { throw BenchmarkError(reason: failure) }
            return state.spans
        }
    }
}
