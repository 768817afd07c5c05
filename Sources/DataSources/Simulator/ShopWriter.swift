import Telemetry

/// Writes the shop's spans into columns.
struct ShopWriter {
    private static let fixed: [[(Symbol, AttributeValue)]] = ShopOperation.allCases.map { operation in
        operation.attributes.map { (Symbol($0.0), $0.1) }
    }
    private static let names = ShopOperation.allCases.map { Symbol($0.identity.name) }

    private let environment: String
    private var batch = SpanBatch()
    private var resources: [Int: UInt32] = [:]
    private var scopes: [ShopScope: UInt32] = [:]

    init(environment: String) { self.environment = environment }

    /// How many spans were written since the last batch was taken.
    var count: Int { batch.count }

    /// The spans written so far; begins anew.
    mutating func take() -> SpanBatch {
        let full = batch
        batch = SpanBatch()
        resources = [:]
        scopes = [:]
        return full
    }

    mutating func write(_ span: ShopSpan) {
        var fields = SpanFields()
        fields.resource = resource(span.instance)
        fields.scope = scope(span.operation.scope)
        fields.trace = span.trace
        fields.span = SpanID(span.id)
        fields.parent = SpanID(span.parent)
        fields.start = span.start
        fields.end = span.end
        fields.name = Self.names[span.operation.rawValue]
        fields.kind = span.operation.identity.kind
        fields.status = span.status
        // Sampled, and whether the parent is remote is known (bit 8) and true (bit 9) for what serves others.
        fields.flags = 0x101 | (span.parent != 0 && [.server, .consumer].contains(fields.kind) ? 0x200 : 0)
        fields.statusMessage = value(span.statusMessage)
        for (key, value) in Self.fixed[span.operation.rawValue] { batch.addAttribute(key, value: value) }
        for (key, value) in span.attributes { batch.addAttribute(key, value: value) }
        fields.attributes = batch.takeAttributes()
        for event in span.events {
            for (key, value) in event.attributes { batch.addAttribute(key, value: value) }
            batch.addEvent(time: event.time, name: value(event.name), attributes: batch.takeAttributes())
        }
        if span.link != 0 {
            batch.addLink(trace: span.trace, span: SpanID(span.link), traceState: .empty, attributes: .none)
        }
        batch.appendSpan(fields)
    }

    private mutating func value(_ text: String) -> ValueCode {
        guard !text.isEmpty else { return .empty }
        var text = text
        return text.withUTF8 { batch.value(string: UnsafeRawBufferPointer($0)) }
    }

    private mutating func resource(_ instance: ShopInstance) -> UInt32 {
        if let known = resources[instance.index] { return known }
        for (key, value) in instance.attributes(environment: environment) { batch.addAttribute(key, value: value) }
        let number = batch.appendResource(batch.takeAttributes())
        resources[instance.index] = number
        return number
    }

    private mutating func scope(_ scope: ShopScope) -> UInt32 {
        if let known = scopes[scope] { return known }
        let words = scope.words
        let number = batch.appendScope(name: Symbol(words.name), version: Symbol(words.version), attributes: .none)
        scopes[scope] = number
        return number
    }
}
