import Foundation
import Testing

/// The program under test, the tools that drive it, and where they are.
enum Program {
    /// The root of the package.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is shared beside the package: designs, data and tools.
    static let shared = root.deletingLastPathComponent().appending(path: "shared")

    /// Real trace files of public projects.
    static let realFiles = shared.appending(path: "data/real")

    /// The release binary: `WAYMARK_BINARY`, else what the release build made.
    static let binary =
        ProcessInfo.processInfo.environment["WAYMARK_BINARY"] ?? root.appending(path: ".build/release/waymark").path

    /// The Python that `.ci/setup` prepares, or `WAYMARK_PYTHON`.
    static let python =
        ProcessInfo.processInfo.environment["WAYMARK_PYTHON"] ?? root.appending(path: ".venv-tests/bin/python").path

    /// Whether the release binary and the Python tools are there.
    ///
    /// Where somebody said that they are, by a variable or by running `.ci/setup`, their lack is a failure instead.
    static let isReady: Bool = {
        let environment = ProcessInfo.processInfo.environment
        if environment["WAYMARK_BINARY"] != nil || environment["CI"] != nil { return true }
        let files = FileManager.default
        return files.isExecutableFile(atPath: binary) && files.isExecutableFile(atPath: python)
    }()

    /// Whether the shared data and tools are there.
    static let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "tools/make_traces.py").path)

    /// Why tests are left out.
    static let missing: Comment = "needs a release build (swift build -c release) and .ci/setup"
    /// Why tests with shared data are left out.
    static let missingData: Comment = "needs the data and tools beside the package"

    /// Runs a scenario of a driver script and records what it found as an issue.
    ///
    /// - Parameter weight: how many of the places for drivers it takes; see ``Gate``.
    static func drive(
        _ script: String, _ arguments: [String], weight: Int = 1, seconds: Double = 420,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await Gate.shared.enter(weight)
        let answer = await outcome(script, arguments, seconds: seconds)
        await Gate.shared.leave(weight)
        let (status, text) = try answer.get()
        let name = ([script] + arguments).joined(separator: " ")
        #expect(status == 0, "\(name) ended with \(status)\n\(text)", sourceLocation: sourceLocation)
    }

    private static func outcome(
        _ script: String, _ arguments: [String], seconds: Double
    ) async -> Result<(Int32, String), any Error> {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "Tests/EndToEnd/Drivers/\(script).py").path] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["WAYMARK_BINARY"] = binary
        environment["WAYMARK_ROOT"] = root.path
        environment["WAYMARK_TOOLS"] = shared.appending(path: "tools").path
        environment["WAYMARK_REAL_FILES"] = realFiles.path
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        process.environment = environment
        let folder = FileManager.default.temporaryDirectory.appending(path: "waymark-drive-\(UUID().uuidString)")
        let log = folder.appending(path: "log")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try Data().write(to: log)
            let output = try FileHandle(forWritingTo: log)
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            let status = try await finish(process, within: seconds)
            return .success((status, String(decoding: try Data(contentsOf: log), as: UTF8.self)))
        } catch {
            return .failure(error)
        }
    }

    /// Runs a process to its end; one that takes too long is ended.
    private static func finish(_ process: Process, within seconds: Double) async throws -> Int32 {
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = {
            end.yield($0.terminationStatus)
            end.finish()
        }
        try process.run()
        let number = process.processIdentifier
        let watch = Task {
            try await Task.sleep(for: .seconds(seconds))
            kill(number, SIGTERM)
        }
        defer { watch.cancel() }
        for await status in ends { return status }
        return -1
    }
}

/// Lets so many drivers run at once that two cores are busy and none waits for too long.
actor Gate {
    static let shared = Gate(places: max(3, ProcessInfo.processInfo.activeProcessorCount + 1))

    private let places: Int
    private var taken = 0
    private var waiting: [(weight: Int, go: CheckedContinuation<Void, Never>)] = []

    init(places: Int) { self.places = places }

    func enter(_ weight: Int) async {
        let weight = min(weight, places)
        if waiting.isEmpty, taken + weight <= places {
            taken += weight
        } else {
            await withCheckedContinuation { waiting.append((weight, $0)) }
        }
    }

    func leave(_ weight: Int) {
        taken -= min(weight, places)
        while let next = waiting.first, taken + next.weight <= places {
            waiting.removeFirst()
            taken += next.weight
            next.go.resume()
        }
    }
}
