import Foundation
import Journeys
import Telemetry
import Yams

/// Reads the keys `alerting` and `control` of the configuration file.
///
/// ```yaml
/// alerting:
///   - name: pager
///     command: [/usr/local/bin/page, --team, payments]
///     timeout: 10s
///     on: [page]
///     journeys: [checkout]
///   - webhook: https://hooks.example/waymark
///     headers: {X-Source: waymark}
///     token-file: pager.token
///     repeat: 4h
///   - alertmanager: http://127.0.0.1:9093
/// control:
///   listen: 127.0.0.1:7788
///   token-file: control.token
/// ```
///
/// `command` is a program with its arguments, never a line for a shell. A token is sent as `Authorization: Bearer …`.
/// A secret must not be readable by others, in a token file or in the configuration file itself, and does not travel
/// unencrypted to another machine.
package struct AlertingReader {
    /// What a file said.
    package struct Result: Sendable {
        /// What can be used: nothing that an error was reported for.
        package var configuration = AlertingConfiguration()
        /// What there is to say about the file.
        package var diagnostics: [JourneyDiagnostic] = []

        /// Whether something is refused.
        package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// The keys of the configuration file that this reader reads; the others are none of its business.
    package static let keys = ["alerting", "control"]
    static let longestTimeout: UInt64 = 300_000_000_000
    static let shortestRepeat: UInt64 = 60_000_000_000

    let folder: String
    let fileMode: SecretFile
    let files: any SecretFiles
    var nodes: ConfigurationNodes

    /// Reads a configuration file; one that is not there says nothing.
    package static func load(_ path: String, files: any SecretFiles = LocalSecretFiles()) -> Result {
        guard FileManager.default.fileExists(atPath: path) else { return Result() }
        do {
            return read(try files.read(path), file: path, files: files)
        } catch {
            var result = Result()
            result.diagnostics = [
                JourneyDiagnostic(
                    at: SourcePlace(file: path, line: 1, column: 1), problem: "the file \(error.text)",
                    expected: "a configuration that can be read")
            ]
            return result
        }
    }

    /// Reads the text of a configuration file.
    ///
    /// - Parameters:
    ///   - content: The text with the file's mode.
    ///   - file: Its path, for messages and for the folder that relative paths start from.
    ///   - files: Opens the token files.
    package static func read(_ content: SecretFile, file: String, files: any SecretFiles) -> Result {
        var result = Result()
        do {
            guard let root = try StrictYAML.root(of: content.text, file: file), case .mapping = root else {
                return result
            }
            var reader = AlertingReader(content, file: file, files: files)
            result.configuration = reader.configuration(root)
            result.diagnostics = reader.nodes.diagnostics
        } catch {
            result.diagnostics = [error.diagnostic]
        }
        return result
    }

    private init(_ content: SecretFile, file: String, files: any SecretFiles) {
        let end = file.lastIndex(of: "/")
        folder = end.map { String(file[..<$0]) } ?? "."
        fileMode = content
        self.files = files
        nodes = ConfigurationNodes(file: file)
    }

    private mutating func configuration(_ root: Node) -> AlertingConfiguration {
        var configuration = AlertingConfiguration()
        guard case .mapping(let mapping) = root else { return configuration }
        for (key, value) in mapping {
            switch key.scalar?.string {
            case "alerting": configuration.receivers = receivers(value, at: nodes.place(key))
            case "control": configuration.control = control(value)
            default: continue
            }
        }
        return configuration
    }

    private mutating func receivers(_ node: Node, at place: SourcePlace) -> [AlertReceiver] {
        guard case .sequence(let items) = node else {
            nodes.report(
                at: nodes.place(node, fallback: place), "\(ConfigurationNodes.words(node)) for \"alerting\"",
                expected: "a list of receivers, each with command, webhook or alertmanager")
            return []
        }
        var receivers: [AlertReceiver] = []
        for item in items {
            guard var receiver = receiver(item) else { continue }
            if receiver.name.isEmpty { receiver.name = Self.freeName(for: receiver, among: receivers) }
            if let other = receivers.first(where: { $0.name == receiver.name }) {
                nodes.report(
                    at: receiver.place, "a second receiver with the name \"\(receiver.name)\"",
                    expected: "another name than that of line \(other.place.line)")
                continue
            }
            receivers.append(receiver)
        }
        return receivers
    }

    private static func freeName(for receiver: AlertReceiver, among others: [AlertReceiver]) -> String {
        let taken = Set(others.map(\.name))
        guard taken.contains(receiver.kindName) else { return receiver.kindName }
        var number = 2
        while taken.contains("\(receiver.kindName)-\(number)") { number += 1 }
        return "\(receiver.kindName)-\(number)"
    }

    private mutating func control(_ node: Node) -> ControlListening? {
        guard let entries = nodes.entries(node, of: "control", keys: ["listen", "token-file", "insecure"]) else {
            return nil
        }
        let before = nodes.diagnostics.count
        var address: (host: String, port: Int)?
        var token: Secret?
        var insecure = false
        var listenPlace = nodes.place(node)
        for entry in entries {
            switch entry.name {
            case "listen":
                listenPlace = entry.valuePlace
                let expected = "an address and a port such as 127.0.0.1:7788"
                address = nodes.scalar(entry, expected: expected, Self.hostAndPort)
            case "token-file": token = self.token(entry)
            default: insecure = nodes.scalar(entry, expected: "true or false", Self.truth) ?? false
            }
        }
        guard nodes.diagnostics.count == before else { return nil }
        guard let address else {
            nodes.report(at: nodes.place(node), "control without \"listen\"", expected: "listen: 127.0.0.1:7788")
            return nil
        }
        if !AlertAddress.isLoopback(address.host), token == nil || !insecure {
            nodes.report(
                at: listenPlace, "control listens on \(address.host), where others can reach it, without TLS",
                expected: "a loopback address, or a token-file and insecure: true behind a proxy that speaks TLS")
            return nil
        }
        return ControlListening(host: address.host, port: address.port, token: token)
    }

    private static func hostAndPort(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let isClean = host.unicodeScalars.allSatisfy { $0.value > 32 && $0.value < 127 && $0 != "/" && $0 != "@" }
        return host.isEmpty || !isClean ? nil : (host.lowercased(), Int(port))
    }

    static func truth(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// The token in a file that nobody else may read.
    mutating func token(_ entry: ConfigurationEntry) -> Secret? {
        guard let name = nodes.text(entry, expected: "the path of a file that holds the token") else { return nil }
        let path = name.hasPrefix("/") ? name : "\(folder)/\(name)"
        do {
            let file = try files.read(path)
            guard !file.isOpenToOthers else {
                nodes.report(
                    at: entry.valuePlace, "others can read the token in \(path) (mode \(file.modeText))",
                    expected: "mode 0600: chmod 600 \(path)")
                return nil
            }
            let text = file.text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty, text.utf8.count <= 4_096,
                text.unicodeScalars.allSatisfy({ (33...126).contains($0.value) })
            else {
                nodes.report(
                    at: entry.valuePlace, "\(path) holds no token",
                    expected: "one line of up to 4096 visible ASCII characters without spaces")
                return nil
            }
            return Secret(text)
        } catch {
            nodes.report(
                at: entry.valuePlace, "\(path) \(error.text)", expected: "a file that holds the token, mode 0600")
            return nil
        }
    }
}
