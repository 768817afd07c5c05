import Foundation
import Testing

/// Runs Python programs that know better than we do: the official protobuf classes, the trace generator.
enum Oracle {
    /// The root of the package.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is shared beside the package, such as the trace generator.
    static let shared = root.deletingLastPathComponent().appending(path: "shared")

    /// The trace generator.
    static let generator = shared.appending(path: "tools/make_traces.py")

    private static let script = root.appending(path: "Tests/TelemetryCodecsTests/Fixtures/otlp_oracle.py")

    /// The Python to use: `WAYMARK_PYTHON`, else the one that `.ci/setup` prepares, else the system's.
    static let python: String = {
        if let wanted = ProcessInfo.processInfo.environment["WAYMARK_PYTHON"] { return wanted }
        let prepared = root.appending(path: ".venv-tests/bin/python3").path
        return FileManager.default.isExecutableFile(atPath: prepared) ? prepared : "python3"
    }()

    /// Whether the official classes can be imported.
    static let isAvailable: Bool = (try? run(script.path, ["check"])) != nil

    /// Whether somebody said that the official classes are there; then their lack is a failure.
    static let isPromised: Bool =
        ProcessInfo.processInfo.environment["WAYMARK_PYTHON"] != nil
        || FileManager.default.fileExists(atPath: root.appending(path: ".venv-tests/.installed").path)

    /// Whether the trace generator is there and can run.
    static let hasGenerator: Bool =
        FileManager.default.fileExists(atPath: generator.path) && (try? run("-c", ["import numpy"])) != nil

    /// Why a test is left out.
    static let missing: Comment = "needs Python with opentelemetry-proto: run .ci/setup or set WAYMARK_PYTHON"

    /// Runs a mode of the oracle that takes input records and gives output records.
    static func convert(_ mode: String, _ records: [[UInt8]]) throws -> [[UInt8]] {
        try inFolder { folder in
            let input = folder.appending(path: "in")
            let output = folder.appending(path: "out")
            var data = Data()
            for record in records {
                for shift in [24, 16, 8, 0] { data.append(UInt8(truncatingIfNeeded: record.count >> shift)) }
                data.append(contentsOf: record)
            }
            try data.write(to: input)
            try run(script.path, [mode, input.path, output.path])
            return split(try Data(contentsOf: output))
        }
    }

    /// Random requests of a signal, each with what the oracle says about it.
    static func generate(_ signal: String, seed: Int, count: Int) throws -> [(wire: [UInt8], answer: String)] {
        try inFolder { folder in
            let output = folder.appending(path: "out")
            try run(script.path, [signal, "\(seed)", "\(count)", output.path])
            let records = split(try Data(contentsOf: output))
            return stride(from: 0, to: records.count - 1, by: 2).map {
                (records[$0], String(decoding: records[$0 + 1], as: UTF8.self))
            }
        }
    }

    /// A file of the trace generator, and the truth about it.
    static func traces(_ arguments: [String]) throws -> (file: [UInt8], truth: [String: Any]) {
        try inFolder { folder in
            let output = folder.appending(path: "traces")
            let truth = folder.appending(path: "truth.json")
            try run(generator.path, arguments + ["--out", output.path, "--truth", truth.path])
            let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: truth))
            return (Array(try Data(contentsOf: output)), object as? [String: Any] ?? [:])
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static func run(_ script: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, script] + arguments
        process.standardInput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(python) \(script): " + String(decoding: complaint, as: UTF8.self))
        }
    }

    private static func inFolder<R>(_ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "waymark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    private static func split(_ data: Data) -> [[UInt8]] {
        let bytes = Array(data)
        var records: [[UInt8]] = []
        var position = 0
        while bytes.count - position >= 4 {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            records.append(Array(bytes[position + 4..<position + 4 + length]))
            position += 4 + length
        }
        return records
    }
}
