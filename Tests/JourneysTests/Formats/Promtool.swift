import Foundation
import Testing

/// Prometheus' own checker of rules, from the Debian package `prometheus`.
enum Promtool {
    /// Where it is: `WAYMARK_PROMTOOL`, else in the usual folders.
    static let path: String? = {
        let wanted = ProcessInfo.processInfo.environment["WAYMARK_PROMTOOL"]
        let places = ["/usr/bin/promtool", "/usr/local/bin/promtool"]
        return wanted ?? places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether it is there; where `.ci/setup` has run its lack is a failure instead.
    static let isReady: Bool = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return path != nil
            || FileManager.default.fileExists(atPath: root.appending(path: ".venv-tests/.installed").path)
    }()

    /// Why a test is left out.
    static let missing: Comment = "needs promtool: run .ci/setup"

    /// Checks rules; gives its exit status and what it printed.
    static func check(_ rules: String) throws -> (status: Int32, output: String) {
        try run("check", files: ["rules.yaml": rules], last: "rules.yaml")
    }

    /// Evaluates rules on series and compares; gives its exit status and what it printed.
    static func test(_ rules: String, _ cases: String) throws -> (status: Int32, output: String) {
        try run("test", files: ["rules.yaml": rules, "cases.yaml": cases], last: "cases.yaml")
    }

    private static func run(
        _ verb: String, files: [String: String], last: String
    ) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "waymark-promtool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        let log = folder.appending(path: "log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(filePath: path ?? "promtool")
        process.arguments = [verb, "rules", last]
        process.currentDirectoryURL = folder
        let output = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }
}
