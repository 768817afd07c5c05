import Telemetry
import Yams

/// One key of a YAML mapping with its value and their places.
struct MappingEntry {
    let key: JourneyKey
    /// The key as written, which differs from `key.name` where the author chooses keys.
    let name: String
    let keyPlace: SourcePlace
    let value: Node
    let place: SourcePlace
}

/// Reads YAML nodes by the key tables and collects what is wrong with them.
///
/// Every method returns nil after it has reported a problem; a reader that has reported an error yields no journey.
struct NodeReader {
    let file: String
    let linesBefore: Int
    var diagnostics: [JourneyDiagnostic] = []

    init(file: String, linesBefore: Int) {
        self.file = file
        self.linesBefore = linesBefore
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    func place(_ node: Node, fallback: SourcePlace? = nil) -> SourcePlace {
        guard let mark = node.mark else { return fallback ?? SourcePlace(file: file, line: linesBefore + 1, column: 1) }
        return SourcePlace(file: file, line: linesBefore + mark.line, column: mark.column)
    }

    mutating func report(
        _ severity: JourneyDiagnostic.Severity = .error,
        at place: SourcePlace,
        _ problem: String,
        expected: String? = nil,
        suggestion: String? = nil
    ) {
        diagnostics.append(
            JourneyDiagnostic(severity, at: place, problem: problem, expected: expected, suggestion: suggestion))
    }

    mutating func refuseAlias(_ token: String, at place: SourcePlace) {
        report(
            at: place, "\(token)YAML anchors and aliases are refused",
            expected: "the value itself, or the text in quotes")
    }

    /// The entries of a mapping in their order, after reporting keys that its table does not know or misses.
    mutating func entries(_ node: Node, of table: JourneyKeyTable) -> [MappingEntry]? {
        guard case .mapping(let mapping) = node else {
            report(
                at: place(node), "\(NodeReader.read(node)) where \(table.title) begins",
                expected: "a mapping with \(table.keyList)")
            return nil
        }
        var entries: [MappingEntry] = []
        for (key, value) in mapping {
            let keyPlace = place(key)
            guard let name = key.scalar?.string else {
                report(at: keyPlace, "\(NodeReader.read(key)) as a key", expected: table.keyList)
                continue
            }
            guard let known = table.keys.first(where: { $0.name == name }) ?? table.others else {
                let suggestion = EditDistance.nearest(to: name, among: table.keys.map(\.name))
                report(
                    at: keyPlace, "unknown key \"\(name)\" in \(table.title)", expected: table.keyList,
                    suggestion: suggestion)
                continue
            }
            entries.append(
                MappingEntry(
                    key: known, name: name, keyPlace: keyPlace, value: value, place: place(value, fallback: keyPlace)))
        }
        for key in table.keys where key.isRequired && !entries.contains(where: { $0.name == key.name }) {
            report(
                at: place(node), "\(table.title) without \"\(key.name)\"",
                expected: "\(key.name): \(key.value.expectation)")
        }
        return entries
    }

    /// The text of a scalar that is not empty.
    mutating func text(_ entry: MappingEntry) -> String? {
        text(entry.value, at: entry.place, name: entry.name, expected: entry.key.value.expectation)
    }

    mutating func text(_ node: Node, at place: SourcePlace, name: String, expected: String) -> String? {
        guard let scalar = node.scalar else {
            report(at: place, "\(NodeReader.read(node)) for \"\(name)\"", expected: expected)
            return nil
        }
        guard !scalar.string.isEmpty else {
            report(at: place, "nothing for \"\(name)\"", expected: expected)
            return nil
        }
        return scalar.string
    }

    /// The value of a scalar, read by `parse`; nil from there is reported with what was expected.
    mutating func scalar<Value>(_ entry: MappingEntry, _ parse: (String) -> Value?) -> Value? {
        guard let text = text(entry) else { return nil }
        guard let value = parse(text) else {
            report(at: entry.place, "\"\(text)\" for \"\(entry.name)\"", expected: entry.key.value.expectation)
            return nil
        }
        return value
    }

    /// A filter, with the column of its error counted into the line where it stands.
    mutating func filter(_ entry: MappingEntry) -> JourneyFilter? {
        if case .mapping = entry.value {
            report(
                at: entry.place, "a mapping for \"\(entry.name)\": YAML reads a bare leading brace as one",
                expected: "the TraceQL filter in quotes, such as '{ name = \"Quote\" }'")
            return nil
        }
        guard let text = text(entry) else { return nil }
        do {
            return try JourneyFilter(text)
        } catch {
            var place = entry.place
            if let shift = NodeReader.columnShift(entry.value) {
                place = SourcePlace(
                    file: file, line: place.line, column: place.column + shift + error.columns.lowerBound)
            }
            report(
                at: place, "filter of \"\(entry.name)\": \(error.problem)", expected: error.expected,
                suggestion: error.suggestion)
            return nil
        }
    }

    /// How many columns stand before the text of a scalar of one line; nil where columns cannot be told.
    private static func columnShift(_ node: Node) -> Int? {
        switch node.scalar?.style {
        case .singleQuoted, .doubleQuoted: 1
        case .literal, .folded: nil
        default: 0
        }
    }

    /// What was read, in words.
    static func read(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "the text \"\(scalar.string.prefix(60))\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
