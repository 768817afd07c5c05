import Foundation
import History
import HistoryMaking
import Journeys
import Telemetry
import Testing

/// Processes that end in the middle of whatever they do.
@Suite(.serialized) struct KillTests {
    /// How many processes are killed: `WAYMARK_KILLS`, or a few.
    private static let kills = Int(ProcessInfo.processInfo.environment["WAYMARK_KILLS"] ?? "") ?? 20

    /// The program that is killed lies where this one does.
    private static var program: String {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return own.appendingPathComponent("HistoryCrasher").path
    }

    @Test("kill -9 while it writes: what was committed is there once, and at most one commit that was not said yet")
    func killed() throws {
        var numbers = SeededNumbers(seed: 77)
        var scratch = Scratch()
        var acknowledged: UInt64 = 0
        for round in 0..<KillTests.kills {
            if round % 25 == 0 {
                scratch = Scratch()
                acknowledged = 0
            }
            acknowledged = max(
                acknowledged, try run(scratch.folder, round: round, milliseconds: .random(in: 0...40, using: &numbers)))
            let restored = JourneyEngine.make(restoredFrom: scratch.folder, now: TestRun.midnight)
            let counted = restored.picture().countedRuns
            #expect(counted >= acknowledged && counted <= acknowledged + TestRun.largestCrashBatch)
            var expected = JourneyEngine.make()
            expected.take((0..<counted).map { .numbered($0) })
            #expect(restored.picture().durable.series == expected.picture().durable.series, "round \(round)")
            #expect(scratch.names().allSatisfy { !$0.contains("corrupt") })
        }
    }

    /// Runs the program for a while and kills it; the number of runs that it said last were committed.
    private func run(_ folder: HistoryFolder, round: Int, milliseconds: UInt32) throws -> UInt64 {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: KillTests.program)
        process.arguments = [folder.path, String(round)]
        process.standardOutput = pipe
        try process.run()
        // Once it has said something it is past its beginning.
        var said = pipe.fileHandleForReading.availableData
        usleep(milliseconds * 1_000)
        kill(process.processIdentifier, SIGKILL)
        said += (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // The last line may be cut.
        return lines.dropLast().compactMap { UInt64($0) }.max() ?? 0
    }

    @Test(
        "A log cut or scribbled over anywhere gives the state of one of the commits, never a mixture", arguments: 0..<8)
    func torn(seed: Int) throws {
        let scratch = Scratch()
        var numbers = SeededNumbers(seed: UInt64(seed))
        let history = History.open(folder: scratch.folder, now: TestRun.midnight)
        var engine = JourneyEngine.make()
        var states: [[RestoredHistory.Series]] = [[]]
        var counted: UInt64 = 0
        for _ in 0..<6 {
            let next = counted + UInt64.random(in: 1...30, using: &numbers)
            engine.take((counted..<next).map { .numbered($0) })
            counted = next
            history.commit(engine.picture(), events: [], now: TestRun.numbered(next).end)
            states.append(engine.picture().durable.series)
        }
        let names = ["history.sqlite", "history.sqlite-wal"]
        let files = try names.map { try Data(contentsOf: URL(fileURLWithPath: scratch.folder.path + "/" + $0)) }
        let log = files[1]
        #expect(log.count > 4_096)
        for _ in 0..<40 {
            let copy = Scratch()
            try FileManager.default.createDirectory(atPath: copy.folder.path, withIntermediateDirectories: true)
            let length = Int.random(in: 0...log.count, using: &numbers)
            var torn = Data(log.prefix(length))
            if Bool.random(using: &numbers) {
                torn += Data((0..<100).map { _ in UInt8.random(in: 0...255, using: &numbers) })
            }
            try files[0].write(to: URL(fileURLWithPath: copy.folder.path + "/" + names[0]))
            try torn.write(to: URL(fileURLWithPath: copy.folder.path + "/" + names[1]))
            let restored = JourneyEngine.make(restoredFrom: copy.folder, now: TestRun.midnight)
            #expect(states.contains(restored.picture().durable.series), "cut at \(length) of \(log.count)")
        }
        history.close()
    }
}
