import CZstd
import Foundation
import Testing

/// What is shared beside the package: the trace generator and recorded faults. Tests are skipped where it is missing.
enum ReplayData {
    private static let package = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let shared = package.deletingLastPathComponent().appending(path: "shared")
    private static let generator = shared.appending(path: "tools/make_traces.py")

    /// The folder of recorded faults.
    static let faults = shared.appending(path: "data/faults")

    static let hasFaults = FileManager.default.fileExists(atPath: faults.appending(path: "cases.json").path)
    static let hasGenerator =
        FileManager.default.fileExists(atPath: generator.path) && (try? python(["-c", "import numpy"])) != nil

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// A file of the trace generator, as delimited OTLP requests.
    static func traces(_ arguments: [String]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "waymark-replay-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try python([generator.path, "--format", "otlp-proto", "--out", file.path] + arguments)
        return Array(try Data(contentsOf: file))
    }

    /// The contents of a compressed file.
    static func unpacked(_ file: URL) throws -> [UInt8] {
        let packed = Array(try Data(contentsOf: file))
        guard let context = ZSTD_createDCtx() else { throw Failure(description: "no memory for \(file.path)") }
        defer { ZSTD_freeDCtx(context) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        try packed.withUnsafeBytes { input in
            var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var produced = 0
            repeat {
                let status = buffer.withUnsafeMutableBytes { output in
                    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                    let status = ZSTD_decompressStream(context, &target, &source)
                    produced = target.pos
                    return status
                }
                if ZSTD_isError(status) != 0 { throw Failure(description: "\(file.path) is damaged") }
                result.append(contentsOf: buffer[..<produced])
            } while source.pos < source.size || produced == buffer.count
        }
        return result
    }

    /// Runs Python: `WAYMARK_PYTHON`, else the one that is prepared for tests, else the system's.
    private static func python(_ arguments: [String]) throws {
        let prepared = package.appending(path: ".venv-tests/bin/python3").path
        let fallback = FileManager.default.isExecutableFile(atPath: prepared) ? prepared : "python3"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["WAYMARK_PYTHON"] ?? fallback] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: String(decoding: complaint, as: UTF8.self))
        }
    }
}
