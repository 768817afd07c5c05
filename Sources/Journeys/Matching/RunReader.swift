import Telemetry

/// What a row says about the run it stands for.
struct RunFacts {
    let trace: TraceID
    let span: SpanID
    let start: UInt64
    let end: UInt64
    let service: Symbol
    let version: Symbol
    let instance: UInt64
    let weight: RunWeight
    let failed: Bool
    let errorLabel: String?
    let counts: [Bool]

    func sighting(_ reading: RunClock.Reading, environment: Int) -> VersionSighting {
        VersionSighting(
            environment: environment, service: service, version: version, instance: instance, weight: weight,
            duration: reading.duration, time: reading.time)
    }
}

/// Reads runs from rows; it remembers the weights of trace states it has seen.
struct RunReader: Sendable {
    private var weights: [String: RunWeight] = [:]

    private static let errorType = Symbol("error.type")
    private static let exceptionType = Symbol("exception.type")
    private static let statusCode = Symbol("http.response.status_code")
    private static let oldStatusCode = Symbol("http.status_code")

    mutating func facts(_ row: Int, of table: SpanTable, _ judge: RunJudge, wantsLabel: Bool) -> RunFacts {
        let resource = table.resource(row)
        let failed = judge.isFailed(row)
        return RunFacts(
            trace: table.traceID(row), span: table.spanID(row), start: table.starts[row], end: table.ends[row],
            service: resource.service, version: resource.version,
            instance: RunReader.instance(resource, of: table), weight: weight(row, of: table), failed: failed,
            errorLabel: failed && wantsLabel ? RunReader.errorLabel(row, of: table) : nil,
            counts: judge.of.indices.map { judge.counts(row, objective: $0) })
    }

    /// The weight in the trace state of a row.
    mutating func weight(_ row: Int, of table: SpanTable) -> RunWeight {
        guard table.traceStates[row] != ValueCode.empty.bits else { return .one }
        let text = table.traceState(row)
        if let known = weights[text] { return known }
        if weights.count >= 4_096 { weights.removeAll() }
        let weight = RunWeight(traceState: text)
        weights[text] = weight
        return weight
    }

    /// A hash of the instance's name, the same in every run of the program; zero for none.
    static func instance(_ resource: ResourceRow, of table: SpanTable) -> UInt64 {
        guard resource.instance != .empty else { return 0 }
        return stableHash(table.values.text(resource.instance))
    }

    /// FNV-1a over the bytes of a text.
    static func stableHash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// The value of the environment attribute of a row: the first of `scope` that the resource has, else empty.
    static func environment(_ row: Int, of table: SpanTable, scope: [String]) -> String {
        let resource = table.resource(row)
        if scope == JourneyDefinition.defaultScope { return resource.environment.text }
        for attribute in scope {
            guard let key = Words.existing(attribute) else { continue }
            if let code = table.valueCode(resource.attributes, key: key) { return table.values.text(code) }
        }
        return ""
    }

    /// In a word, why a run failed: `error.type`, else the class of its HTTP status, else the type of its exception,
    /// else its status message.
    static func errorLabel(_ row: Int, of table: SpanTable) -> String {
        let attributes = table.attributes(row)
        if let code = table.valueCode(attributes, key: errorType) { return label(table.values.text(code)) }
        if let code = table.valueCode(attributes, key: statusCode) ?? table.valueCode(attributes, key: oldStatusCode) {
            return label(table.values.text(code))
        }
        for event in table.events(row) {
            if let code = table.valueCode(event.attributes, key: exceptionType) {
                return label(table.values.text(code))
            }
        }
        let message = table.statusMessage(row)
        return message.isEmpty ? "error" : label(message)
    }

    /// A label of at most 48 characters; HTTP status codes are put together by their class.
    private static func label(_ text: String) -> String {
        if text.utf8.count == 3, let code = Int(text), (400...599).contains(code) { return "\(code / 100)xx" }
        let short = String(text.prefix(48))
        return short.isEmpty ? "error" : short
    }
}
