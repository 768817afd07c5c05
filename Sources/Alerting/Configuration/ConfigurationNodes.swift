import Journeys
import Telemetry
import Yams

/// One key of a mapping in the configuration file, with its value and their places.
struct ConfigurationEntry {
    let name: String
    let place: SourcePlace
    let value: Node
    let valuePlace: SourcePlace
}

/// Reads the nodes of a configuration file and collects what is wrong with them.
///
/// Every method returns nil after it has reported a problem.
struct ConfigurationNodes {
    let file: String
    var diagnostics: [JourneyDiagnostic] = []

    init(file: String) {
        self.file = file
    }

    func place(_ node: Node, fallback: SourcePlace? = nil) -> SourcePlace {
        guard let mark = node.mark else { return fallback ?? SourcePlace(file: file, line: 1, column: 1) }
        return SourcePlace(file: file, line: mark.line, column: mark.column)
    }

    mutating func report(
        _ severity: JourneyDiagnostic.Severity = .error, at place: SourcePlace, _ problem: String, expected: String,
        suggestion: String? = nil
    ) {
        diagnostics.append(
            JourneyDiagnostic(severity, at: place, problem: problem, expected: expected, suggestion: suggestion))
    }

    /// The entries of a mapping, after reporting keys that are not among the known ones.
    mutating func entries(_ node: Node, of title: String, keys: [String]) -> [ConfigurationEntry]? {
        let list = keys.joined(separator: ", ")
        guard case .mapping(let mapping) = node else {
            report(
                at: place(node), "\(Self.words(node)) where \(title) begins", expected: "a mapping with \(list)")
            return nil
        }
        var entries: [ConfigurationEntry] = []
        for (key, value) in mapping {
            let keyPlace = place(key)
            guard let name = key.scalar?.string, keys.contains(name) else {
                let name = key.scalar?.string ?? Self.words(key)
                report(
                    at: keyPlace, "unknown key \"\(name.prefix(60))\" in \(title)", expected: list,
                    suggestion: EditDistance.nearest(to: name, among: keys))
                continue
            }
            entries.append(
                ConfigurationEntry(
                    name: name, place: keyPlace, value: value, valuePlace: place(value, fallback: keyPlace)))
        }
        return entries
    }

    /// The text of a scalar that is not empty.
    mutating func text(_ node: Node, at place: SourcePlace, name: String, expected: String) -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            report(at: place, "\(Self.words(node)) for \"\(name)\"", expected: expected)
            return nil
        }
        return text
    }

    mutating func text(_ entry: ConfigurationEntry, expected: String) -> String? {
        text(entry.value, at: entry.valuePlace, name: entry.name, expected: expected)
    }

    /// The value of a scalar, read by `parse`.
    mutating func scalar<Value>(
        _ entry: ConfigurationEntry, expected: String, _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = text(entry, expected: expected) else { return nil }
        guard let value = parse(text) else {
            report(at: entry.valuePlace, "\"\(text.prefix(60))\" for \"\(entry.name)\"", expected: expected)
            return nil
        }
        return value
    }

    /// The texts of a list that is not empty, each with its place; a single text is a list of one where that is allowed.
    mutating func texts(
        _ entry: ConfigurationEntry, expected: String, orOne: Bool = false
    ) -> [(text: String, place: SourcePlace)]? {
        if orOne, case .scalar = entry.value {
            return text(entry, expected: expected).map { [($0, entry.valuePlace)] }
        }
        guard case .sequence(let items) = entry.value, !items.isEmpty else {
            let words = entry.value.sequence == nil ? Self.words(entry.value) : "an empty list"
            report(at: entry.valuePlace, "\(words) for \"\(entry.name)\"", expected: expected)
            return nil
        }
        var texts: [(String, SourcePlace)] = []
        for item in items {
            let itemPlace = place(item, fallback: entry.valuePlace)
            guard let text = item.scalar?.string else {
                report(at: itemPlace, "\(Self.words(item)) in \"\(entry.name)\"", expected: expected)
                return nil
            }
            texts.append((text, itemPlace))
        }
        return texts
    }

    /// What was read, in words; never the text of a scalar, which may be a secret in the wrong place.
    static func words(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "a text"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
