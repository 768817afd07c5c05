import Telemetry
import Yams

extension NodeReader {
    /// Reads one key of a journey document into its definition.
    mutating func apply(_ entry: MappingEntry, to definition: inout JourneyDefinition) {
        switch entry.name {
        case "title": definition.title = text(entry)
        case "owner": definition.owner = text(entry)
        case "runbook": definition.runbook = scalar(entry, JourneyReader.runbook)
        case "entry": definition.entry = filter(entry)
        case "scope":
            if let attribute = scalar(entry, JourneyReader.attribute) { definition.scope = [attribute] }
        case "by": definition.breakdowns = attributes(entry)
        case "links": definition.links = links(entry)
        case "failed": definition.failed = filter(entry)
        case "ignore": definition.ignore = filter(entry)
        case "steps": definition.steps = steps(entry)
        case "join": definition.join = scalar(entry, JourneyReader.attribute)
        case "again": definition.again = scalar(entry, JourneyReader.flag) ?? false
        case "within":
            if let within = scalar(entry, JourneyReader.positiveDuration) { definition.within = within }
        case "slo": promises(entry, &definition)
        case "alerts": definition.alerts = alerts(entry)
        case "max-bad": definition.maxBad = scalar(entry, JourneyReader.count)
        case "traffic":
            if let traffic = scalar(entry, JourneyReader.traffic) { definition.traffic = traffic }
        case "from":
            if let source = source(entry) { definition.source = source }
        default: break
        }
    }

    private mutating func attributes(_ entry: MappingEntry) -> [String] {
        guard case .sequence(let sequence) = entry.value else {
            return scalar(entry, JourneyReader.attribute).map { [$0] } ?? []
        }
        return sequence.compactMap { node in
            let element = MappingEntry(
                key: JourneyKey("by", .attribute, ""), name: entry.name, keyPlace: entry.keyPlace, value: node,
                place: place(node))
            return scalar(element, JourneyReader.attribute)
        }
    }

    private mutating func links(_ entry: MappingEntry) -> [JourneyDefinition.Link] {
        (entries(entry.value, of: JourneyKeyTable.links) ?? []).compactMap { link in
            guard let address = scalar(link, JourneyReader.address) else { return nil }
            for part in address.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
                let name = String(part.prefix { $0 != "}" })
                guard !JourneyDefinition.Link.placeholders.contains(name) || name.count == part.count else { continue }
                report(
                    at: link.place, "unknown placeholder \"{\(name)}\" in the link \"\(link.name)\"",
                    expected: JourneyDefinition.Link.placeholders.map { "{\($0)}" }.joined(separator: ", "),
                    suggestion: EditDistance.nearest(to: name, among: JourneyDefinition.Link.placeholders))
            }
            return JourneyDefinition.Link(name: link.name, address: address)
        }
    }

    private mutating func steps(_ entry: MappingEntry) -> [JourneyDefinition.Step] {
        guard case .sequence(let sequence) = entry.value else {
            report(
                at: entry.place, "\(NodeReader.read(entry.value)) for \"steps\"",
                expected: "a list with one \"- name: filter\" for each step")
            return []
        }
        var steps: [JourneyDefinition.Step] = []
        if sequence.count > JourneyDefinition.maximumSteps {
            report(
                at: entry.place, "\(sequence.count) steps",
                expected: "at most \(JourneyDefinition.maximumSteps)")
        }
        for node in sequence {
            guard let pairs = entries(node, of: JourneyKeyTable.step) else { continue }
            guard pairs.count == 1, let pair = pairs.first else {
                report(
                    at: place(node), "\(pairs.count) names in one step",
                    expected: "one \"- name: filter\" for each step")
                continue
            }
            guard let filter = filter(pair) else { continue }
            if steps.contains(where: { $0.name == pair.name }) {
                report(
                    at: pair.keyPlace, "the step \"\(pair.name)\" stands twice", expected: "a name of its own for each")
            }
            steps.append(JourneyDefinition.Step(name: pair.name, filter: filter))
        }
        return steps
    }

    private mutating func source(_ entry: MappingEntry) -> JourneyDefinition.Source? {
        guard case .mapping = entry.value else {
            return scalar(entry) { $0 == "spans" ? .spans : nil }
        }
        guard let entries = entries(entry.value, of: JourneyKeyTable.metric) else { return nil }
        let latency = entries.first { $0.name == "latency" }.flatMap { scalar($0, JourneyReader.attribute) }
        let selection = entries.first { $0.name == "filter" }.flatMap { filter($0) }
        return latency.map { .metric(latency: $0, filter: selection) }
    }
}

extension JourneyDefinition {
    /// The most steps a journey may have: what fits the mask that a trace keeps of the steps it reached.
    package static let maximumSteps = 64
}
