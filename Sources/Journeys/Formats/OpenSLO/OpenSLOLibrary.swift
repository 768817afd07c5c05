import Telemetry

/// Every OpenSLO object of a set of files. They refer to each other by name, also across files, so they are read whole
/// before any becomes a journey.
struct OpenSLOLibrary {
    private struct Key: Hashable {
        let kind: OpenSLOKind
        let name: String
    }

    private var objects: [OpenSLOObject] = []
    private var places: [Key: Int] = [:]
    /// What there is to say so far.
    var diagnostics: [JourneyDiagnostic] = []
    /// The journey that is being read, which its diagnostics name.
    var journey: String?

    /// The SLIs that an SLO has used.
    var usedIndicators: Set<String> = []
    /// Whether the journey that is being read needs an object with an error of its own.
    var needsBroken = false

    /// Takes in the objects of a document. Of two with one kind and name the first stays; that they say the same, as in
    /// files written one by one, is no fault.
    mutating func add(_ new: [OpenSLOObject]) {
        for object in new {
            let key = Key(kind: object.kind, name: object.name)
            if let first = places[key] {
                guard !objects[first].saysTheSame(as: object) else { continue }
                diagnostics.append(
                    JourneyDiagnostic(
                        at: object.namePlace,
                        problem: "the \(object.kind.rawValue) \"\(object.name)\" is there already",
                        expected: "a name of its own", other: objects[first].namePlace))
            } else {
                places[key] = objects.count
                objects.append(object)
            }
        }
    }

    /// The object that is referred to; nil after reporting that there is none.
    mutating func object(_ kind: OpenSLOKind, _ reference: MappingEntry, of referrer: OpenSLOObject) -> OpenSLOObject? {
        guard let name = read(referrer, { $0.text(reference) }) else { return nil }
        if let index = places[Key(kind: kind, name: name)] {
            needsBroken = needsBroken || objects[index].isBroken
            return objects[index]
        }
        let names = places.keys.filter { $0.kind == kind }.map(\.name).sorted()
        read(referrer) {
            $0.report(
                at: reference.place, "there is no \(kind.rawValue) \"\(name)\" in these files",
                expected: "\(kind.title) of that name in the same file or folder",
                suggestion: EditDistance.nearest(to: name, among: names))
        }
        return nil
    }

    /// Reads a part of an object; what is wrong with it is collected under the journey that is being read.
    @discardableResult
    mutating func read<Value>(_ object: OpenSLOObject, _ body: (inout NodeReader) -> Value) -> Value {
        var reader = NodeReader(file: object.file, linesBefore: object.linesBefore)
        let value = body(&reader)
        for var diagnostic in reader.diagnostics {
            diagnostic.journey = journey
            if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
        return value
    }

    /// How many errors there are so far.
    var errorCount: Int { diagnostics.count { $0.severity == .error } }

    /// The journeys that the objects promise, and what there is to say about them.
    ///
    /// SLOs with one `waymark.dev/journey` are one journey; an SLO that does not say is one of its own. A journey with an
    /// error anywhere is left out.
    mutating func journeys() -> JourneyReader.Result {
        var parts: [OpenSLOPart] = objects.filter { $0.kind == .slo }.map { part($0) }
        for object in objects where object.kind == .indicator && !usedIndicators.contains(object.name) {
            guard object.annotation("journey") != nil else { continue }
            parts.append(unpromised(object))
        }
        checkOthers()
        var order: [String] = []
        var broken: Set<String> = []
        var merged: [String: OpenSLOPart] = [:]
        for part in parts {
            guard let name = part.name else { continue }
            guard part.isWhole else {
                broken.insert(name)
                continue
            }
            guard let first = merged[name] else {
                order.append(name)
                merged[name] = part
                continue
            }
            if let both = merge(first, part) { merged[name] = both } else { broken.insert(name) }
        }
        for name in order where !broken.contains(name) {
            guard let part = merged[name] else { continue }
            journey = name
            let before = errorCount
            read(part.object) { $0.checkWhole(part.definition, part.checks) }
            if errorCount != before { broken.insert(name) }
        }
        journey = nil
        return JourneyReader.Result(
            journeys: order.filter { !broken.contains($0) }.compactMap { merged[$0]?.definition },
            diagnostics: diagnostics)
    }

    /// Checks the objects that no journey is made of.
    private mutating func checkOthers() {
        journey = nil
        let kinds: Set<OpenSLOKind> = [.service, .dataSource, .notificationTarget]
        for object in objects where kinds.contains(object.kind) {
            read(object) { _ = $0.filled(object.spec.value, of: object.kind.specTable) }
        }
    }

    /// Adds the promises of one SLO to those of another of the same journey; nil where they do not agree.
    private mutating func merge(_ first: OpenSLOPart, _ second: OpenSLOPart) -> OpenSLOPart? {
        journey = first.name
        let before = errorCount
        let keys = JourneyOutline.differences(first.definition, second.definition)
        for key in keys {
            disagree(second, first, "says another \"\(key)\" than the SLO \"\(first.object.name)\" of the same journey")
        }
        var both = first
        for objective in second.definition.objectives {
            if both.definition.objectives.contains(where: { $0.name == objective.name }) {
                disagree(second, first, "promises the objective \"\(objective.name)\" again")
            }
            both.definition.objectives.append(objective)
        }
        if both.definition.objectives.count > JourneyDefinition.maximumObjectives {
            disagree(second, first, "makes \(both.definition.objectives.count) objectives of one journey")
        }
        return errorCount == before ? both : nil
    }

    private mutating func disagree(_ second: OpenSLOPart, _ first: OpenSLOPart, _ problem: String) {
        diagnostics.append(
            JourneyDiagnostic(
                at: second.object.place, journey: second.name,
                problem: "the SLO \"\(second.object.name)\" \(problem)",
                expected: "the same in every SLO of \"\(second.name ?? "")\", at most "
                    + "\(JourneyDefinition.maximumObjectives) objectives with names of their own, "
                    + "or another \(OpenSLO.prefix)journey",
                other: first.object.place))
    }
}

/// What one SLO adds to a journey.
struct OpenSLOPart {
    /// The journey's name; nil where it could not be read.
    let name: String?
    /// The SLO.
    let object: OpenSLOObject
    /// The journey with the SLO's own objectives.
    var definition: JourneyDefinition
    /// Its keys, for the checks by the rules of journey files.
    let checks: [MappingEntry]
    /// Whether nothing is wrong with it.
    let isWhole: Bool
}

/// A journey's own keys and what they say, to compare and to copy them.
enum JourneyOutline {
    /// The lines of the journey document below each of its keys, in order, without what a list in `leaving` names.
    static func keys(_ definition: JourneyDefinition, leaving: Set<String> = []) -> [(key: String, lines: [String])] {
        var result: [(key: String, lines: [String])] = []
        for line in definition.yaml.split(separator: "\n").map(String.init) {
            if line.hasPrefix(" "), !result.isEmpty {
                result[result.count - 1].lines.append(line)
            } else {
                result.append((String(line.prefix { $0 != ":" }), [line]))
            }
        }
        return result.filter { !leaving.contains($0.key) }
    }

    /// The keys, other than the objectives themselves, in which two definitions differ.
    static func differences(_ one: JourneyDefinition, _ other: JourneyDefinition) -> [String] {
        var (one, other) = (one, other)
        one.objectives = []
        other.objectives = []
        let mine = Dictionary(keys(one).map { ($0.key, $0.lines) }) { first, _ in first }
        let theirs = Dictionary(keys(other).map { ($0.key, $0.lines) }) { first, _ in first }
        let names = Set(mine.keys).union(theirs.keys)
        return names.filter { mine[$0] != theirs[$0] }.map { $0 == "slo" ? "timeWindow" : $0 }.sorted()
    }
}
