import Telemetry

/// An attribute's value before it is added; the bytes of a string are the reader's.
private enum ReadValue {
    case empty
    case string(UnsafeRawBufferPointer)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case other(AttributeValue)
}

/// The cases of an `AnyValue`.
private enum ValueField {
    case string, bool, int, double, bytes, array, map, unknown

    @inline(__always) init(_ key: JSONKey) {
        self = .unknown
        switch key.count {
        case 8: if key.is("intValue") { self = .int }
        case 9: if key.is("boolValue") { self = .bool }
        case 10: self = key.is("bytesValue") ? .bytes : key.is("arrayValue") ? .array : .unknown
        case 11:
            self =
                key.is("stringValue")
                ? .string : key.is("doubleValue") ? .double : key.is("kvlistValue") ? .map : .unknown
        default: break
        }
    }
}

/// A list, a map or a value within one, while its contents are read.
private struct OpenValue {
    enum Shape {
        /// An `AnyValue` object.
        case any
        /// An `ArrayValue` or `KeyValueList` object around its `values`.
        case arrayObject, mapObject
        /// The `values` themselves.
        case arrayItems, mapItems
        /// A `KeyValue` object.
        case pair
    }

    let shape: Shape
    var key = ""
    var value = AttributeValue.empty
    var values: [AttributeValue] = []
    var pairs: [Attribute] = []

    init(_ shape: Shape) { self.shape = shape }

    /// Takes what was read one level deeper.
    mutating func take(_ inner: OpenValue) {
        switch inner.shape {
        case .any:
            if shape == .arrayItems { values.append(inner.value) } else { value = inner.value }
        case .arrayObject: value = .array(inner.values)
        case .mapObject: value = .map(inner.pairs)
        case .arrayItems: values = inner.values
        case .mapItems: pairs = inner.pairs
        case .pair: pairs.append(Attribute(inner.key, inner.value))
        }
    }
}

extension OTLPJSONDecoder {
    /// A list of KeyValue.
    mutating func decodeAttributes(_ batch: inout SpanBatch) throws(DecodingError) -> AttributeList {
        batch.dropAttributes()
        var more = try reader.beginArray()
        while more {
            switch decodeUsualAttributes(&batch) {
            case .atEnd: more = false
            case .afterOne: more = try reader.nextElement()
            case .beforeNext:
                try decodeAttribute(&batch)
                more = try reader.nextElement()
            }
        }
        return batch.takeAttributes()
    }

    /// KeyValue, in the order that everybody writes; any other order is read by the general way.
    private mutating func decodeAttribute(_ batch: inout SpanBatch) throws(DecodingError) {
        _ = reader.significant()
        let start = reader.position
        if try reader.beginObject(), try reader.key().is("key"), reader.significant() == UInt8(ascii: "\"") {
            let key = batch.key(try reader.string())
            if try reader.nextMember(), try reader.key().is("value"), reader.significant() == UInt8(ascii: "{") {
                let value = try decodeValue()
                if try !reader.nextMember() {
                    add(key, value, to: &batch)
                    return
                }
            }
        }
        reader.position = start
        try decodeUnusualAttribute(&batch)
    }

    /// KeyValue with keys in another order, missing, repeated or unknown.
    private mutating func decodeUnusualAttribute(_ batch: inout SpanBatch) throws(DecodingError) {
        var keyOffset: Int?
        var valueOffset: Int?
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try !reader.takeNull() {
                if key.is("key") { keyOffset = reader.position }
                if key.is("value") { valueOffset = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        let end = reader.position
        var key = Symbol.empty
        if let keyOffset {
            reader.position = keyOffset
            key = batch.key(try reader.string())
        }
        if let valueOffset {
            reader.position = valueOffset
            add(key, try decodeValue(), to: &batch)
        } else {
            batch.addAttribute(key, value: .empty)
        }
        reader.position = end
    }

    @inline(__always) private func add(_ key: Symbol, _ value: ReadValue, to batch: inout SpanBatch) {
        switch value {
        case .empty: batch.addAttribute(key, value: .empty)
        case .string(let text): batch.addAttribute(key, string: text)
        case .bool(let flag): batch.addAttribute(key, bool: flag)
        case .int(let number): batch.addAttribute(key, int: number)
        case .double(let number): batch.addAttribute(key, double: number)
        case .other(let value): batch.addAttribute(key, value: value)
        }
    }

    /// AnyValue; the last case that is there and not null counts.
    @inline(__always) private mutating func decodeValue() throws(DecodingError) -> ReadValue {
        var result = ReadValue.empty
        var more = try reader.beginObject()
        while more {
            let field = ValueField(try reader.key())
            if try !reader.takeNull() {
                switch field {
                case .string: result = .string(try reader.string())
                case .bool: result = .bool(try reader.bool())
                case .int: result = .int(try reader.int64())
                case .double: result = .double(try reader.double())
                case .bytes: result = .other(.bytes(try decodeBytes()))
                case .array: result = .other(try decodeNested(.arrayObject))
                case .map: result = .other(try decodeNested(.mapObject))
                case .unknown: try reader.skip()
                }
            }
            more = try reader.nextMember()
        }
        return result
    }

    /// Reads an AnyValue and forgets it, so that logs and metrics are as valid as spans.
    mutating func checkValue() throws(DecodingError) { _ = try decodeValue() }

    private mutating func decodeBytes() throws(DecodingError) -> [UInt8] {
        let start = reader.position
        guard let bytes = base64Decoded(try reader.string()) else {
            throw reader.failure(at: start, "expected bytes in base64")
        }
        return bytes
    }

    // MARK: Nested values

    /// ArrayValue or KeyValueList, walked with a stack of its own; `maximumValueDepth` counts AnyValues.
    private mutating func decodeNested(_ outermost: OpenValue.Shape) throws(DecodingError) -> AttributeValue {
        var open = [OpenValue(outermost)]
        var depth = 1
        var more = try reader.beginObject()
        while true {
            if more {
                if let inner = try decodeMember(&open[open.count - 1]) {
                    if inner == .any { depth += 1 }
                    guard depth <= maximumValueDepth else {
                        throw reader.failure(
                            at: reader.position, "a value is nested more than \(maximumValueDepth) deep")
                    }
                    open.append(OpenValue(inner))
                    more = try begin(inner)
                } else {
                    more = try next(open[open.count - 1].shape)
                }
            } else {
                let inner = open.removeLast()
                if open.isEmpty { return outermost == .arrayObject ? .array(inner.values) : .map(inner.pairs) }
                if inner.shape == .any { depth -= 1 }
                open[open.count - 1].take(inner)
                more = try next(open[open.count - 1].shape)
            }
        }
    }

    private mutating func begin(_ shape: OpenValue.Shape) throws(DecodingError) -> Bool {
        switch shape {
        case .arrayItems, .mapItems: try reader.beginArray()
        case .any, .arrayObject, .mapObject, .pair: try reader.beginObject()
        }
    }

    private mutating func next(_ shape: OpenValue.Shape) throws(DecodingError) -> Bool {
        switch shape {
        case .arrayItems, .mapItems: try reader.nextElement()
        case .any, .arrayObject, .mapObject, .pair: try reader.nextMember()
        }
    }

    /// Reads one member or element of an open value; gives what is to be opened, or `nil` when it was read whole.
    private mutating func decodeMember(_ open: inout OpenValue) throws(DecodingError) -> OpenValue.Shape? {
        switch open.shape {
        case .arrayItems: return .any
        case .mapItems: return .pair
        case .any: return try decodeCase(&open)
        case .arrayObject, .mapObject:
            let isValues = try reader.key().is("values")
            if try reader.takeNull() { return nil }
            if isValues { return open.shape == .arrayObject ? .arrayItems : .mapItems }
        case .pair:
            let key = try reader.key()
            if try reader.takeNull() { return nil }
            if key.is("value") { return .any }
            if key.is("key") {
                open.key = String(decoding: try reader.string(), as: UTF8.self)
                return nil
            }
        }
        try reader.skip()
        return nil
    }

    private mutating func decodeCase(_ open: inout OpenValue) throws(DecodingError) -> OpenValue.Shape? {
        let field = ValueField(try reader.key())
        if try reader.takeNull() { return nil }
        switch field {
        case .string: open.value = .string(String(decoding: try reader.string(), as: UTF8.self))
        case .bool: open.value = .bool(try reader.bool())
        case .int: open.value = .int(try reader.int64())
        case .double: open.value = .double(try reader.double())
        case .bytes: open.value = .bytes(try decodeBytes())
        case .array: return .arrayObject
        case .map: return .mapObject
        case .unknown: try reader.skip()
        }
        return nil
    }
}

/// Decodes base64 (RFC 4648) in the standard or the URL-safe alphabet, with or without padding; `nil` otherwise.
func base64Decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var digits = text.count
    while digits > 0, text.count - digits < 2, text[digits - 1] == UInt8(ascii: "=") { digits -= 1 }
    guard digits % 4 != 1, digits == text.count || text.count % 4 == 0 else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(digits * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for byte in text.prefix(digits) {
        guard let digit = base64Digit(byte) else { return nil }
        bits = bits << 6 | digit
        held += 6
        if held >= 8 {
            held -= 8
            out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
        }
    }
    return out
}

private func base64Digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
}
