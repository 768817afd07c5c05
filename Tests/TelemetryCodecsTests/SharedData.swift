import Foundation

/// Data and tools that stand beside the package; tests that need them are skipped where they are missing.
enum SharedData {
    private static let root: URL = {
        let package = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared")
    }()

    /// The real trace files of public projects.
    static let real = root.appending(path: "data/real")

    /// The generator of trace files with exact answers.
    static let generator = root.appending(path: "tools/make_traces.py")

    static let hasReal = FileManager.default.fileExists(atPath: real.appending(path: "README.md").path)
    static let hasGenerator = FileManager.default.fileExists(atPath: generator.path)
}
