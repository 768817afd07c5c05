import Telemetry

/// A tag or a log field whose value is still to be read.
struct JaegerTag {
    enum Kind { case text, bool, int, double, binary, unknown }

    var key = Symbol.empty
    var kind = Kind.unknown
    /// Where the value begins; `nil` when there is none.
    var value: Int?
}

extension JaegerDecoder {
    /// Reads a tag but for its value, which may stand before its type.
    mutating func decodeTag(_ batch: inout SpanBatch) throws(DecodingError) -> JaegerTag {
        var tag = JaegerTag()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("key") {
                tag.key = batch.word(try reader.string())
            } else if key.is("type") {
                let type = try reader.string()
                tag.kind = Self.kind(JSONKey(type, at: 0, count: type.count))
            } else {
                if key.is("value") { tag.value = reader.position }
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return tag
    }

    private static func kind(_ type: JSONKey) -> JaegerTag.Kind {
        if type.is("string") { return .text }
        if type.is("bool") { return .bool }
        if type.is("int64") { return .int }
        if type.is("float64") { return .double }
        return type.is("binary") ? .binary : .unknown
    }

    /// Adds a tag as an attribute. Older versions write every value as a string; its type says what it was.
    mutating func add(_ tag: JaegerTag, to batch: inout SpanBatch) throws(DecodingError) {
        guard let offset = tag.value else {
            batch.addAttribute(tag.key, value: .empty)
            return
        }
        let end = reader.position
        reader.position = offset
        if try reader.kind() == .string, tag.kind != .text {
            let text = try reader.string()
            if let value = Self.typed(text, tag.kind) {
                batch.addAttribute(tag.key, value: value)
            } else {
                batch.addAttribute(tag.key, string: text)
            }
        } else if try reader.kind() == .number, tag.kind == .double {
            batch.addAttribute(tag.key, double: try reader.double())
        } else {
            try reader.addAttribute(tag.key, to: &batch)
        }
        reader.position = end
    }

    /// A value that was written as a string; `nil` when it is not of its type after all.
    private static func typed(_ text: UnsafeRawBufferPointer, _ kind: JaegerTag.Kind) -> AttributeValue? {
        switch kind {
        case .text, .unknown: nil
        case .binary: base64Decoded(text).map(AttributeValue.bytes)
        case .bool:
            switch String(decoding: text, as: UTF8.self) {
            case "true": .bool(true)
            case "false": .bool(false)
            default: nil
            }
        case .int: Int64(String(decoding: text, as: UTF8.self)).map(AttributeValue.int)
        case .double: Double(String(decoding: text, as: UTF8.self)).map(AttributeValue.double)
        }
    }

    /// The text of a tag whose value is a string; `nil` for other values. Valid until the next string is read.
    mutating func text(_ tag: JaegerTag) throws(DecodingError) -> UnsafeRawBufferPointer? {
        guard let offset = tag.value else { return nil }
        let end = reader.position
        defer { reader.position = end }
        reader.position = offset
        guard try reader.kind() == .string else { return nil }
        return try reader.string()
    }
}
