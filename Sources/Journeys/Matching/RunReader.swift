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
    /// By objective: whether the run counts for it; nil when it counts for all.
    let counts: [Bool]?

    func sighting(_ reading: RunClock.Reading, environment: Int) -> VersionSighting {
        VersionSighting(
            environment: environment, service: service, version: version, instance: instance, weight: weight,
            duration: reading.duration, time: reading.time)
    }
}

/// What a resource says about the runs of its spans.
struct RunProcess: Sendable {
    let service: Symbol
    let version: Symbol
    let instance: UInt64
    /// The number that the environment by the usual attributes has in the engine.
    let environment: Int

    init(_ resource: ResourceRow, of table: SpanTable, environment: Int) {
        service = resource.service
        version = resource.version
        instance = RunReader.instance(resource, of: table)
        self.environment = environment
    }
}

/// Reads runs from rows; it remembers the weights of trace states it has seen.
struct RunReader: Sendable {
    private var weights: [String: RunWeight] = [:]
    private var chunk: UInt64?
    /// By resource of the table looked at last.
    private(set) var processes: [RunProcess?] = []
    private var shelf = ChunkShelf<[RunProcess?]>()

    private static let errorType = Symbol("error.type")
    private static let exceptionType = Symbol("exception.type")
    private static let statusCode = Symbol("http.response.status_code")
    private static let oldStatusCode = Symbol("http.status_code")

    /// Makes ready for rows of a table, which may be a chunk that was looked at before, with more rows.
    mutating func begin(_ table: SpanTable, _ chunk: UInt64?) {
        let count = table.resources.count
        if chunk != self.chunk { processes = shelf.exchange(processes, of: self.chunk, for: chunk) ?? [] }
        if chunk == nil || count < processes.count { processes.removeAll(keepingCapacity: true) }
        self.chunk = chunk
        while processes.count < count { processes.append(nil) }
    }

    /// What is known of a resource of the table that was begun with.
    @inline(__always)
    func process(_ resource: Int) -> RunProcess? { processes[resource] }

    /// Gets to know a resource of the table that was begun with.
    mutating func learn(_ resource: Int, of table: SpanTable, environment: Int) -> RunProcess {
        let process = RunProcess(table.resources[resource], of: table, environment: environment)
        processes[resource] = process
        return process
    }

    /// Forgets resources: environments got other numbers.
    mutating func forgetProcesses() {
        processes = []
        chunk = nil
        shelf.removeAll()
    }

    mutating func facts(_ row: Int, of table: SpanTable, _ judge: RunJudge, wantsLabel: Bool) -> RunFacts {
        facts(row, of: table, judge.filters, wantsLabel: wantsLabel)
    }

    mutating func facts(_ row: Int, of table: SpanTable, _ filters: RunFilters, wantsLabel: Bool) -> RunFacts {
        let resource = table.resource(row)
        let failed = filters.isFailed(row, kindAndStatus: table.kindAndStatus[row])
        return RunFacts(
            trace: table.traceID(row), span: table.spanID(row), start: table.starts[row], end: table.ends[row],
            service: resource.service, version: resource.version,
            instance: RunReader.instance(resource, of: table), weight: weight(row, of: table), failed: failed,
            errorLabel: failed && wantsLabel ? RunReader.errorLabel(row, of: table) : nil,
            counts: filters.counts(row))
    }

    /// The same for a resource that is known.
    @inline(__always)
    mutating func facts(
        _ row: Int, of columns: RunColumns, _ filters: RunFilters, _ process: RunProcess, wantsLabel: Bool = true
    ) -> RunFacts {
        let failed = filters.isFailed(row, kindAndStatus: columns.kindAndStatus[row])
        let isSampled = columns.traceStates[row] != ValueCode.empty.bits
        return RunFacts(
            trace: TraceID(high: columns.traceHigh[row], low: columns.traceLow[row]),
            span: SpanID(columns.spanIDs[row]), start: columns.starts[row], end: columns.ends[row],
            service: process.service, version: process.version, instance: process.instance,
            weight: isSampled ? weight(row, of: columns.table) : .one, failed: failed,
            errorLabel: failed && wantsLabel ? RunReader.errorLabel(row, of: columns.table) : nil,
            counts: filters.counts(row))
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
        errorLabel(row, errorCode(row, of: table), of: table)
    }

    /// The same where the value is known that says it.
    static func errorLabel(_ row: Int, _ code: ValueCode?, of table: SpanTable) -> String {
        if let code { return label(table.values.text(code)) }
        let message = table.statusMessage(row)
        return message.isEmpty ? "error" : label(message)
    }

    /// The value that says why a run failed; nil when only its status message can.
    static func errorCode(_ row: Int, of table: SpanTable) -> ValueCode? {
        let attributes = table.attributes(row)
        if let code = table.valueCode(attributes, key: errorType) { return code }
        if let code = table.valueCode(attributes, key: statusCode) ?? table.valueCode(attributes, key: oldStatusCode) {
            return code
        }
        for event in table.events(row) {
            if let code = table.valueCode(event.attributes, key: exceptionType) { return code }
        }
        return nil
    }

    /// A label of at most 48 characters; HTTP status codes are put together by their class.
    private static func label(_ text: String) -> String {
        if text.utf8.count == 3, let code = Int(text), (400...599).contains(code) { return "\(code / 100)xx" }
        let short = String(text.prefix(48))
        return short.isEmpty ? "error" : short
    }
}
