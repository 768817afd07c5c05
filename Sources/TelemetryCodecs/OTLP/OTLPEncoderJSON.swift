import Telemetry

/// Writes a request as OTLP JSON.
struct OTLPEncoderJSON {
    let table: SpanTable
    var out = OTLPEncoderText()
    private var texts = SymbolTexts()

    init(table: SpanTable) { self.table = table }

    mutating func write(_ groups: [OTLPEncoder.Group]) {
        out.raw("{\"resourceSpans\":[")
        for (i, group) in groups.enumerated() {
            if i > 0 { out.raw(",") }
            write(group)
        }
        out.raw("]}")
    }

    private mutating func write(_ group: OTLPEncoder.Group) {
        out.raw("{\"resource\":{\"attributes\":")
        write(group.resource.attributes)
        out.raw("},\"scopeSpans\":[")
        for (i, (scope, rows)) in group.scopes.enumerated() {
            out.raw(i > 0 ? ",{\"scope\":{" : "{\"scope\":{")
            if scope.name != .empty {
                out.raw("\"name\":")
                out.string(texts.bytes(scope.name))
                out.raw(",")
            }
            if scope.version != .empty {
                out.raw("\"version\":")
                out.string(texts.bytes(scope.version))
                out.raw(",")
            }
            out.raw("\"attributes\":")
            write(scope.attributes)
            out.raw("},\"spans\":[")
            for (j, row) in rows.enumerated() {
                if j > 0 { out.raw(",") }
                write(row)
            }
            out.raw("]}")
        }
        out.raw("]}")
    }

    private mutating func write(_ row: Int) {
        out.raw("{\"traceId\":\"")
        out.hex(table.traceHigh[row])
        out.hex(table.traceLow[row])
        out.raw("\",\"spanId\":\"")
        out.hex(table.spanIDs[row])
        out.raw("\"")
        write(string: ValueCode(bits: table.traceStates[row]), key: ",\"traceState\":")
        if table.parentIDs[row] != 0 {
            out.raw(",\"parentSpanId\":\"")
            out.hex(table.parentIDs[row])
            out.raw("\"")
        }
        if table.flags[row] != 0 { out.built(",\"flags\":\(table.flags[row])") }
        out.raw(",\"name\":")
        out.string(texts.bytes(table.name(row)))
        out.built(",\"kind\":\(table.kind(row).rawValue),\"startTimeUnixNano\":\"\(table.starts[row])\"")
        out.built(",\"endTimeUnixNano\":\"\(table.ends[row])\",\"attributes\":")
        write(table.attributes(row))
        write(table.events(row))
        write(table.links(row))
        writeStatus(row)
        out.raw("}")
    }

    private mutating func writeStatus(_ row: Int) {
        out.built(",\"status\":{\"code\":\(table.status(row).rawValue)")
        write(string: ValueCode(bits: table.statusMessages[row]), key: ",\"message\":")
        out.raw("}")
    }

    private mutating func write(_ events: [EventRow]) {
        guard !events.isEmpty else { return }
        for (i, event) in events.enumerated() {
            out.raw(i > 0 ? "," : ",\"events\":[")
            out.built("{\"timeUnixNano\":\"\(event.time)\"")
            write(string: event.name, key: ",\"name\":")
            out.raw(",\"attributes\":")
            write(event.attributes)
            out.raw("}")
        }
        out.raw("]")
    }

    private mutating func write(_ links: [LinkRow]) {
        guard !links.isEmpty else { return }
        for (i, link) in links.enumerated() {
            out.raw(i > 0 ? "," : ",\"links\":[")
            out.raw("{\"traceId\":\"")
            out.hex(link.trace.high)
            out.hex(link.trace.low)
            out.raw("\",\"spanId\":\"")
            out.hex(link.span.value)
            out.raw("\"")
            write(string: link.traceState, key: ",\"traceState\":")
            out.raw(",\"attributes\":")
            write(link.attributes)
            out.raw("}")
        }
        out.raw("]")
    }

    /// Writes a key as it is given and the string after it, unless the string is missing.
    private mutating func write(string code: ValueCode, key: StaticString) {
        guard code != .empty else { return }
        out.raw(key)
        table.values.withBytes(of: code) { out.string($0) }
    }

    // MARK: Attributes

    private mutating func write(_ list: AttributeList) {
        out.raw("[")
        for position in 0..<table.count(list) {
            out.raw(position > 0 ? ",{\"key\":" : "{\"key\":")
            out.string(texts.bytes(table.key(list, position)))
            out.raw(",\"value\":")
            write(table.valueCode(list, position))
            out.raw("}")
        }
        out.raw("]")
    }

    private mutating func write(_ code: ValueCode) {
        guard table.values.kind(of: code) == .string else { return write(table.values.value(code)) }
        out.raw("{\"stringValue\":")
        table.values.withBytes(of: code) { out.string($0) }
        out.raw("}")
    }

    /// What is still to be written of a nested value; the last is next.
    private enum Step {
        case value(AttributeValue)
        case key(String)
        case text(StaticString)
    }

    /// Writes an `AnyValue`, without recursion.
    private mutating func write(_ value: AttributeValue) {
        var steps = [Step.value(value)]
        while let step = steps.popLast() {
            switch step {
            case .text(let text): out.raw(text)
            case .key(let key): out.string(key.utf8)
            case .value(let value): write(value, &steps)
            }
        }
    }

    private mutating func write(_ value: AttributeValue, _ steps: inout [Step]) {
        switch value {
        case .empty: out.raw("{}")
        case .string(let text):
            out.raw("{\"stringValue\":")
            out.string(text.utf8)
            out.raw("}")
        case .bool(let flag): out.raw(flag ? "{\"boolValue\":true}" : "{\"boolValue\":false}")
        case .int(let number): out.built("{\"intValue\":\"\(number)\"}")
        case .double(let number):
            out.raw("{\"doubleValue\":")
            out.double(number)
            out.raw("}")
        case .bytes(let bytes):
            out.raw("{\"bytesValue\":\"")
            out.base64(bytes)
            out.raw("\"}")
        case .array(let values):
            out.raw("{\"arrayValue\":{\"values\":[")
            steps.append(.text("]}}"))
            for (i, value) in values.enumerated().reversed() {
                steps.append(.value(value))
                if i > 0 { steps.append(.text(",")) }
            }
        case .map(let pairs):
            out.raw("{\"kvlistValue\":{\"values\":[")
            steps.append(.text("]}}"))
            for (i, pair) in pairs.enumerated().reversed() {
                steps.append(contentsOf: [.text("}"), .value(pair.value), .text(",\"value\":"), .key(pair.key)])
                steps.append(.text(i > 0 ? ",{\"key\":" : "{\"key\":"))
            }
        }
    }
}
