import Telemetry

/// Looks for a text in the spans of a trace: in names, services, attributes, events, status messages and ids.
///
/// Upper and lower case are one. Every distinct word and value is looked at once.
package struct TraceSearch: Sendable {
    private let needle: [UInt8]
    /// Whether the text could be part of an id.
    private let canBeID: Bool
    private var words: [UInt32: Bool] = [:]
    private var values: [Value: Bool] = [:]
    private var resources: [Resource: Bool] = [:]

    private struct Value: Hashable {
        let chunk: UInt64
        let code: UInt32
    }

    private struct Resource: Hashable {
        let chunk: UInt64
        let resource: UInt32
    }

    /// Prepares a search for a text.
    package init(_ text: String) {
        needle = Array(text.lowercased().utf8)
        canBeID = needle.count <= 16 && needle.allSatisfy { Array("0123456789abcdef".utf8).contains($0) }
    }

    /// The numbers of the spans that have the text, in the order of their rows; none for an empty text.
    package mutating func matches(in picture: TracePicture) -> [Int] {
        guard !needle.isEmpty else { return [] }
        let spans = picture.trace.spans
        guard var chunk = spans.first.map(Columns.init) else { return [] }
        return picture.preorder.filter { number in
            // A copy of a table is dear, and most traces lie in one or two.
            if spans[number].chunk.sequence != chunk.sequence { chunk = Columns(spans[number]) }
            return matches(spans[number], chunk)
        }
    }

    /// The columns of one chunk.
    private struct Columns {
        let sequence: UInt64
        let table: SpanTable

        init(_ span: TraceSpan) {
            sequence = span.chunk.sequence
            table = span.table
        }
    }

    private mutating func matches(_ span: TraceSpan, _ chunk: Columns) -> Bool {
        let row = span.row
        if matches(word: span.nameSymbol.code) { return true }
        if canBeID && (found(in: span.id.hex) || (!span.parentID.isZero && found(in: span.parentID.hex))) {
            return true
        }
        if matches(value: chunk.table.statusMessages[row], chunk) { return true }
        if matches(list: chunk.table.attributes(row), chunk) { return true }
        if chunk.table.eventCount(row) > 0 {
            for event in chunk.table.events(row)
            where matches(value: event.name.bits, chunk) || matches(list: event.attributes, chunk) {
                return true
            }
        }
        return matches(resource: span.resource, chunk)
    }

    private mutating func matches(resource number: UInt32, _ chunk: Columns) -> Bool {
        let key = Resource(chunk: chunk.sequence, resource: number)
        if let known = resources[key] { return known }
        let resource = chunk.table.resources[Int(number)]
        let result = matches(word: resource.service.code) || matches(list: resource.attributes, chunk)
        resources[key] = result
        return result
    }

    private mutating func matches(list: AttributeList, _ chunk: Columns) -> Bool {
        for position in 0..<chunk.table.count(list) {
            if matches(word: chunk.table.key(list, position).code) { return true }
            if matches(value: chunk.table.valueCode(list, position).bits, chunk) { return true }
        }
        return false
    }

    private mutating func matches(word code: UInt32) -> Bool {
        if let known = words[code] { return known }
        let result = found(in: Symbol(code: code).text)
        words[code] = result
        return result
    }

    private mutating func matches(value code: UInt32, _ chunk: Columns) -> Bool {
        if code == 0 { return false }
        let key = Value(chunk: chunk.sequence, code: code)
        if let known = values[key] { return known }
        let result = found(in: chunk.table.values.text(ValueCode(bits: code)))
        values[key] = result
        return result
    }

    private func found(in text: String) -> Bool {
        var lower = text.lowercased()
        return lower.withUTF8 { bytes in
            guard bytes.count >= needle.count else { return false }
            let first = needle[0]
            for start in 0...bytes.count - needle.count where bytes[start] == first {
                var length = 1
                while length < needle.count, bytes[start + length] == needle[length] { length += 1 }
                if length == needle.count { return true }
            }
            return false
        }
    }
}
