import Telemetry

/// Writes `ResourceSpans` messages.
struct OTLPEncoderProtobuf {
    let table: SpanTable
    var out = ProtobufWriter()
    private var texts = SymbolTexts()

    init(table: SpanTable) { self.table = table }

    mutating func write(_ group: OTLPEncoder.Group) {
        let resourceSpans = out.begin(1)
        let resource = out.begin(1)
        write(group.resource.attributes, field: 1)
        out.end(resource)
        for (scope, rows) in group.scopes {
            let scopeSpans = out.begin(2)
            write(scope)
            for row in rows { write(row) }
            out.end(scopeSpans)
        }
        out.end(resourceSpans)
    }

    private mutating func write(_ scope: ScopeRow) {
        let message = out.begin(1)
        if scope.name != .empty { out.bytes(1, texts.bytes(scope.name)) }
        if scope.version != .empty { out.bytes(2, texts.bytes(scope.version)) }
        write(scope.attributes, field: 3)
        out.end(message)
    }

    private mutating func write(_ row: Int) {
        let span = out.begin(2)
        out.id(1, table.traceHigh[row], table.traceLow[row])
        out.id(2, table.spanIDs[row])
        write(string: ValueCode(bits: table.traceStates[row]), field: 3)
        if table.parentIDs[row] != 0 { out.id(4, table.parentIDs[row]) }
        if table.names[row] != 0 { out.bytes(5, texts.bytes(table.name(row))) }
        out.varint(6, UInt64(table.kind(row).rawValue))
        out.fixed64(7, table.starts[row])
        out.fixed64(8, table.ends[row])
        write(table.attributes(row), field: 9)
        for event in table.events(row) { write(event) }
        for link in table.links(row) { write(link) }
        writeStatus(row)
        if table.flags[row] != 0 { out.fixed32(16, table.flags[row]) }
        out.end(span)
    }

    private mutating func writeStatus(_ row: Int) {
        let message = ValueCode(bits: table.statusMessages[row])
        guard table.status(row) != .unset || message != .empty else { return }
        let status = out.begin(15)
        write(string: message, field: 2)
        out.varint(3, UInt64(table.status(row).rawValue))
        out.end(status)
    }

    private mutating func write(_ event: EventRow) {
        let message = out.begin(11)
        out.fixed64(1, event.time)
        write(string: event.name, field: 2)
        write(event.attributes, field: 3)
        out.end(message)
    }

    private mutating func write(_ link: LinkRow) {
        let message = out.begin(13)
        out.id(1, link.trace.high, link.trace.low)
        out.id(2, link.span.value)
        write(string: link.traceState, field: 3)
        write(link.attributes, field: 4)
        out.end(message)
    }

    /// Writes a string field unless the string is empty.
    private mutating func write(string code: ValueCode, field: UInt32) {
        guard code != .empty else { return }
        table.values.withBytes(of: code) { out.bytes(field, $0) }
    }

    // MARK: Attributes

    private mutating func write(_ list: AttributeList, field: UInt32) {
        for position in 0..<table.count(list) {
            let pair = out.begin(field)
            out.bytes(1, texts.bytes(table.key(list, position)))
            let value = out.begin(2)
            write(table.valueCode(list, position))
            out.end(value)
            out.end(pair)
        }
    }

    /// Writes the fields of an `AnyValue`.
    private mutating func write(_ code: ValueCode) {
        switch table.values.kind(of: code) {
        case .empty: break
        case .string: table.values.withBytes(of: code) { out.bytes(1, $0) }
        case .false: out.varint(2, 0)
        case .true: out.varint(2, 1)
        case .int: out.varint(3, UInt64(bitPattern: table.values.int(code) ?? 0))
        case .double: out.fixed64(4, (table.values.number(code) ?? 0).bitPattern)
        case .bytes: table.values.withBytes(of: code) { out.bytes(7, $0) }
        case .composite: write(composite: table.values.value(code))
        }
    }

    /// What is still to be written of a nested value; the last is next.
    private enum Step {
        case fields(AttributeValue)
        case element(AttributeValue)
        case pair(Attribute)
        case end(Int)
    }

    /// Writes the fields of an `AnyValue` that holds others, without recursion.
    private mutating func write(composite value: AttributeValue) {
        var steps = [Step.fields(value)]
        while let step = steps.popLast() {
            switch step {
            case .end(let start): out.end(start)
            case .element(let value):
                steps.append(.end(out.begin(1)))
                steps.append(.fields(value))
            case .pair(let pair):
                steps.append(.end(out.begin(1)))
                out.bytes(1, pair.key.utf8)
                steps.append(.end(out.begin(2)))
                steps.append(.fields(pair.value))
            case .fields(let value): writeFields(value, &steps)
            }
        }
    }

    private mutating func writeFields(_ value: AttributeValue, _ steps: inout [Step]) {
        switch value {
        case .empty: break
        case .string(let text): out.bytes(1, text.utf8)
        case .bool(let flag): out.varint(2, flag ? 1 : 0)
        case .int(let number): out.varint(3, UInt64(bitPattern: number))
        case .double(let number): out.fixed64(4, number.bitPattern)
        case .bytes(let bytes): out.bytes(7, bytes)
        case .array(let values):
            steps.append(.end(out.begin(5)))
            steps.append(contentsOf: values.reversed().map(Step.element))
        case .map(let pairs):
            steps.append(.end(out.begin(6)))
            steps.append(contentsOf: pairs.reversed().map(Step.pair))
        }
    }
}
