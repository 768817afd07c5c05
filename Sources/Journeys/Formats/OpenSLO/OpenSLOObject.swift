import Telemetry
import Yams

/// One OpenSLO object, with what is needed to say where each of its parts stands.
struct OpenSLOObject {
    /// What it is.
    let kind: OpenSLOKind
    /// The name that others refer to.
    let name: String
    /// The file it stands in.
    let file: String
    /// How many lines of the file stand before its document.
    let linesBefore: Int
    /// Where it begins.
    let place: SourcePlace
    /// Where its name stands.
    let namePlace: SourcePlace
    /// What people call it.
    let displayName: String?
    /// The team that answers for it, from its labels.
    let owner: String?
    /// waymark's own annotations, by their names without the prefix.
    let annotations: [MappingEntry]
    /// What it says.
    let spec: MappingEntry
    /// Whether something about it was wrong, which has been reported.
    let isBroken: Bool

    /// An annotation of waymark's own.
    func annotation(_ name: String) -> MappingEntry? { annotations.first { $0.name == name } }

    /// Whether two objects of one kind and name are copies of each other.
    func saysTheSame(as other: OpenSLOObject) -> Bool {
        kind != .slo && displayName == other.displayName && owner == other.owner && spec.value == other.spec.value
            && annotations.map(\.name) == other.annotations.map(\.name)
            && annotations.map(\.value) == other.annotations.map(\.value)
    }

    /// The API version of a document that is not a journey, or of the first object of a list of them.
    static func version(of root: Node) -> Node? {
        switch root {
        case .mapping(let mapping): return mapping["apiVersion"]
        case .sequence(let sequence):
            guard let first = sequence.first, case .mapping(let mapping) = first else { return nil }
            return mapping["apiVersion"]
        default: return nil
        }
    }

    /// Reads a document: one object, or a list of them. Objects with an error are left out.
    static func read(_ root: Node, _ reader: inout NodeReader) -> [OpenSLOObject] {
        guard case .sequence(let sequence) = root else { return [read(object: root, &reader)].compactMap { $0 } }
        return sequence.compactMap { read(object: $0, &reader) }
    }

    private static func read(object node: Node, _ reader: inout NodeReader) -> OpenSLOObject? {
        guard let version = OpenSLOObject.version(of: node), case .mapping(let mapping) = node else {
            reader.report(
                at: reader.place(node), "\(NodeReader.read(node)) among OpenSLO objects",
                expected: "an object that begins with \"apiVersion: \(OpenSLO.version)\"")
            return nil
        }
        guard version.scalar?.string == OpenSLO.version else {
            let text = version.scalar.map { "\"\($0.string)\"" } ?? NodeReader.read(version)
            reader.report(
                at: reader.place(version, fallback: reader.place(node)), "apiVersion \(text)",
                expected: "\(OpenSLO.version), the only version of OpenSLO that is read")
            return nil
        }
        let kinds = OpenSLOKind.allCases.map(\.rawValue)
        guard let kindNode = mapping["kind"] else {
            reader.report(
                at: reader.place(node), "an OpenSLO object without \"kind\"",
                expected: "kind: one of \(kinds.joined(separator: ", "))")
            return nil
        }
        guard let text = kindNode.scalar?.string, let kind = OpenSLOKind(rawValue: text) else {
            let word = kindNode.scalar?.string ?? ""
            reader.report(
                at: reader.place(kindNode), "\(NodeReader.read(kindNode)) for \"kind\"",
                expected: "one of \(kinds.joined(separator: ", "))",
                suggestion: EditDistance.nearest(to: word, among: kinds))
            return nil
        }
        return OpenSLOObject(node, kind: kind, &reader)
    }

    /// Reads an object whose kind is known, such as one that is written in place.
    init?(_ node: Node, kind: OpenSLOKind, _ reader: inout NodeReader) {
        let before = reader.diagnostics.count
        guard let entries = reader.filled(node, of: kind.table) else { return nil }
        guard let metadata = entries.first(where: { $0.name == "metadata" }),
            let spec = entries.first(where: { $0.name == "spec" }),
            let parts = reader.filled(metadata.value, of: .openSLOMetadata),
            let named = parts.first(where: { $0.name == "name" }), let name = reader.text(named)
        else { return nil }
        self.kind = kind
        self.name = name
        self.spec = spec
        file = reader.file
        linesBefore = reader.linesBefore
        place = reader.place(node)
        namePlace = named.place
        displayName = parts.first { $0.name == "displayName" }.flatMap { reader.optionalText($0) }
        owner = parts.first { $0.name == "labels" }.flatMap { reader.owner($0) }
        annotations = parts.first { $0.name == "annotations" }.map { reader.annotations($0, of: kind) } ?? []
        isBroken = reader.diagnostics[before...].contains { $0.severity == .error }
    }
}

extension NodeReader {
    /// The entries of a mapping, of which the required ones are not empty.
    mutating func filled(_ node: Node, of table: JourneyKeyTable) -> [MappingEntry]? {
        guard let entries = entries(node, of: table) else { return nil }
        for entry in entries where entry.key.isRequired && entry.isEmpty {
            report(at: entry.keyPlace, "nothing for \"\(entry.name)\"", expected: entry.key.value.expectation)
        }
        return entries
    }

    /// The text of a scalar, or nil for an empty one, which YAML reads `key:` as.
    mutating func optionalText(_ entry: MappingEntry) -> String? {
        if let scalar = entry.value.scalar, scalar.string.isEmpty { return nil }
        return text(entry)
    }

    /// The value of a scalar that is described in words rather than by a key table.
    mutating func value<Value>(_ entry: MappingEntry, expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = text(entry.value, at: entry.place, name: entry.name, expected: expected) else { return nil }
        guard let value = parse(text) else {
            report(at: entry.place, "\"\(text)\" for \"\(entry.name)\"", expected: expected)
            return nil
        }
        return value
    }

    /// The elements of a list; nothing is an empty list.
    mutating func elements(_ entry: MappingEntry) -> [Node]? {
        switch entry.value {
        case .sequence(let sequence): return Array(sequence)
        case .scalar(let scalar) where scalar.string.isEmpty: return []
        default:
            report(
                at: entry.place, "\(NodeReader.read(entry.value)) for \"\(entry.name)\"",
                expected: entry.key.value.expectation)
            return nil
        }
    }

    /// The team among the labels: `owner`, else `team`.
    fileprivate mutating func owner(_ labels: MappingEntry) -> String? {
        guard !labels.isEmpty, let entries = filled(labels.value, of: .anything) else { return nil }
        let texts = entries.map { entry -> (String, String?) in
            guard case .sequence(let sequence) = entry.value else { return (entry.name, optionalText(entry)) }
            let parts = sequence.compactMap { $0.scalar?.string }
            if parts.count != sequence.count {
                report(at: entry.place, "a list of more than texts for the label \"\(entry.name)\"", expected: "texts")
            }
            return (entry.name, parts.isEmpty ? nil : parts.joined(separator: ", "))
        }
        return texts.first { $0.0 == "owner" }?.1 ?? texts.first { $0.0 == "team" }?.1
    }

    /// waymark's own annotations; those of others are passed over.
    fileprivate mutating func annotations(_ annotations: MappingEntry, of kind: OpenSLOKind) -> [MappingEntry] {
        guard !annotations.isEmpty, let entries = filled(annotations.value, of: .anything) else { return [] }
        let known: [(name: String, key: JourneyKey)] =
            switch kind {
            case .slo, .indicator: OpenSLO.annotations
            case .alertCondition: OpenSLO.conditionAnnotations
            default: []
            }
        return entries.compactMap { entry in
            guard entry.name.hasPrefix(OpenSLO.prefix) else { return nil }
            let name = String(entry.name.dropFirst(OpenSLO.prefix.count))
            guard let key = known.first(where: { $0.name == name })?.key else {
                let names = known.map { OpenSLO.prefix + $0.name }
                report(
                    at: entry.keyPlace, "unknown annotation \"\(entry.name)\" on \(kind.title)",
                    expected: names.isEmpty ? "none that begins with \(OpenSLO.prefix)" : names.joined(separator: ", "),
                    suggestion: EditDistance.nearest(to: entry.name, among: names))
                return nil
            }
            guard entry.value.scalar != nil else {
                report(
                    at: entry.place, "\(NodeReader.read(entry.value)) for \"\(entry.name)\"",
                    expected: "\(key.value.expectation), as one text")
                return nil
            }
            return MappingEntry(
                key: key, name: name, keyPlace: entry.keyPlace, value: entry.value, place: entry.place)
        }
    }
}

extension MappingEntry {
    /// Whether nothing stands behind the key, which YAML reads `key:` as.
    var isEmpty: Bool { value.scalar?.string.isEmpty ?? false }
}
