import Alerting
import Foundation
import History
import Yams

/// A setting's value and where it came from.
struct Setting<Value: Sendable>: Sendable {
    /// What is in force.
    let value: Value
    /// Such as `--memory`, `WAYMARK_MEMORY`, the configuration file's path or `default`.
    let origin: String
}

/// Settings from options, environment and configuration file: an option beats a variable, which beats the file.
struct Settings: Sendable {
    /// The keys that may stand in the configuration file.
    static let keys = ["journeys", "env", "theme", "color", "glyphs", "memory", "grpc-port", "http-port", "marks"]

    private let environment: [String: String]
    private let file: [String: String]
    /// Where the configuration file is looked for.
    let path: String
    /// What is wrong with the configuration file, if anything.
    let problem: String?

    /// Reads the configuration file that the environment points to.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
        path = Self.configurationFolder(environment) + "/config.yaml"
        var values: [String: String] = [:]
        var problem: String?
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            (values, problem) = Self.read(text, path: path)
        }
        file = values
        self.problem = problem
    }

    /// `$XDG_CONFIG_HOME/waymark`, or `~/.config/waymark`.
    static func configurationFolder(_ environment: [String: String]) -> String {
        folder(environment, variable: "XDG_CONFIG_HOME", fallback: ".config")
    }

    /// Where the history is, and the socket of a running waymark.
    var stateFolder: HistoryFolder { HistoryFolder(environment: environment) }

    private static func folder(_ environment: [String: String], variable: String, fallback: String) -> String {
        if let path = environment[variable], path.hasPrefix("/") { return path + "/waymark" }
        return (environment["HOME"] ?? "") + "/\(fallback)/waymark"
    }

    private static func read(_ text: String, path: String) -> ([String: String], String?) {
        do {
            guard let node = try Yams.compose(yaml: text) else { return ([:], nil) }
            guard let mapping = node.mapping else { return ([:], "\(path): expected a mapping such as theme: light") }
            var values: [String: String] = [:]
            for (key, value) in mapping {
                if let name = key.string, AlertingReader.keys.contains(name) { continue }
                guard let name = key.string, keys.contains(name) else {
                    let line = key.mark?.line ?? 1
                    return (
                        values,
                        "\(path):\(line): unknown key \"\(key.string ?? "")\"; known are \((keys + AlertingReader.keys).joined(separator: ", "))"
                    )
                }
                values[name] = value.string
            }
            return (values, nil)
        } catch {
            return ([:], "\(path): \(error)")
        }
    }

    /// The text of a setting, if anything sets it.
    func text(_ key: String, option: String?) -> Setting<String>? {
        if let option { return Setting(value: option, origin: "--\(key)") }
        let variable = "WAYMARK_" + key.uppercased().replacingOccurrences(of: "-", with: "_")
        if let value = environment[variable] { return Setting(value: value, origin: variable) }
        if let value = file[key] { return Setting(value: value, origin: path) }
        return nil
    }

    /// A setting that is read by `parse`, or its default.
    ///
    /// - Throws: ``Failure`` that names the setting's origin, what was read and what was expected.
    func value<Value>(
        _ key: String, option: String?, default standard: Value, expected: String, parse: (String) -> Value?
    ) throws -> Setting<Value> {
        guard let text = text(key, option: option) else { return Setting(value: standard, origin: "default") }
        guard let value = parse(text.value) else {
            throw Failure(message: "\(text.origin): \"\(text.value)\" is not \(expected)", code: Exit.usage)
        }
        return Setting(value: value, origin: text.origin)
    }
}
