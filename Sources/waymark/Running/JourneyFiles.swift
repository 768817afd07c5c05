import Foundation
import Journeys

/// Reads journey files for commands.
enum JourneyFiles {
    /// Reads journeys for a headless command: only from the option, and every error ends the command.
    ///
    /// - Throws: ``Failure`` with 66 when the path is not there and 65 when a file is wrong.
    static func definitions(_ path: String?) throws -> [JourneyDefinition] {
        guard let path else { return [] }
        let set = try load(path)
        let errors = set.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw Failure(message: errors.map(\.description).joined(separator: "\n"), code: Exit.badInput)
        }
        return set.journeys
    }

    /// Reads a file or folder of journeys with everything that is wrong in it.
    ///
    /// - Throws: ``Failure`` with 66 when the path is not there.
    static func load(_ path: String) throws -> JourneySet {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(message: "--journeys \(path): there is no such file or folder", code: Exit.noInput)
        }
        return JourneySet.load(from: path, files: DiskJourneyFiles())
    }

    /// The folder the dashboard reads: the setting, else `./journeys` when it is there.
    static func path(_ settings: Settings, option: String?) throws -> Setting<String>? {
        if let setting = settings.text("journeys", option: option) { return setting }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: "journeys", isDirectory: &isFolder), isFolder.boolValue else {
            return nil
        }
        return Setting(value: "journeys", origin: "default")
    }
}
