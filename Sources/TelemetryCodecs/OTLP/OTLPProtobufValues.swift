import Telemetry

/// Reads `KeyValue` and `AnyValue` messages.
enum OTLPProtobufValues {
    /// How many elements of one list or map are kept, at all its levels together.
    ///
    /// The table cuts packed values to 64 KiB of text, and no element takes less than one byte there; what is past this
    /// many could never be seen, so it is checked but not built.
    static let maximumElements = 65_536

    /// The tags of pairs of OTLP in a message that has them in the field of this number.
    ///
    /// AnyValue: `string_value = 1`, `bool_value = 2`, `int_value = 3`, `double_value = 4`.
    @inline(__always) static func tags(ofField number: UInt8) -> PairTags {
        PairTags(pair: number << 3 | 2, string: 1 << 3 | 2, bool: 2 << 3, int: 3 << 3, double: 4 << 3 | 1)
    }

    /// Adds pairs that follow each other with these tags, up to the first field that is laid out in another way.
    @inline(__always) static func addUsual(
        _ reader: inout ProtobufReader,
        _ tags: PairTags,
        _ count: inout Int,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        while count < SpanBatch.maximumAttributes {
            let range = Range(uncheckedBounds: (reader.position, reader.end))
            let known = batch.addExpected(in: reader.bytes, range, tags)
            reader.move(to: known.end)
            count &+= known.count
            guard count < SpanBatch.maximumAttributes, let pair = reader.usualMessage(tags.pair) else { return }
            try learn(pair, from: known.end, &count, to: &batch)
        }
    }

    /// Adds a pair that was not expected, whose tag stands at `start`, and has the batch remember it.
    @inline(never) private static func learn(
        _ pair: ProtobufReader,
        from start: Int,
        _ count: inout Int,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        let whole = pair.slice(Range(uncheckedBounds: (start, pair.end)))
        let wire = WirePair(whole, start: pair.position &- start)
        guard let usual = UsualPair(pair) else {
            try addUnusual(pair, &count, to: &batch)
            return batch.learnPair(wire)
        }
        count &+= 1
        let key = pair.slice(usual.key)
        switch usual.kind {
        case .string: batch.addPair(wire, key: key, string: pair.slice(usual.string))
        case .int: batch.addPair(wire, key: key, int: Int64(bitPattern: usual.bits))
        case .bool: batch.addPair(wire, key: key, bool: usual.bits != 0)
        }
    }

    /// KeyValue: `key = 1`, `value = 2`; adds the pair to the list that the batch is collecting.
    ///
    /// - Parameter count: how many pairs the list has been given, to spare the words of those past the batch's limit.
    @inline(__always) static func add(
        _ message: ProtobufReader,
        _ count: inout Int,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        if count < SpanBatch.maximumAttributes, let usual = UsualPair(message) {
            count &+= 1
            let key = batch.key(message.slice(usual.key), isPlain: false)
            switch usual.kind {
            case .string: batch.addAttribute(key, string: message.slice(usual.string), isPlain: false)
            case .int: batch.addAttribute(key, int: Int64(bitPattern: usual.bits))
            case .bool: batch.addAttribute(key, bool: usual.bits != 0)
            }
            return
        }
        try addUnusual(message, &count, to: &batch)
    }

    /// A pair of any other layout.
    @inline(never) private static func addUnusual(
        _ message: ProtobufReader,
        _ count: inout Int,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        var key = message.position..<message.position
        var value = key
        var values = 0
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: key = try reader.lengthDelimited()
            case 2 << 3 | 2:
                value = try reader.lengthDelimited()
                values &+= 1
            default: try reader.skipUnknown(tag, known: 0b110)
            }
        }
        let isKept = count < SpanBatch.maximumAttributes
        count &+= 1
        let symbol = isKept ? batch.key(message.slice(key)) : .empty
        if values <= 1 {
            try add(ProtobufReader(message.bytes, value), for: symbol, isKept: isKept, to: &batch)
        } else {
            try addMerged(message, for: symbol, isKept: isKept, to: &batch)
        }
    }

    /// A pair whose value came in several pieces: merging messages is the same as joining their bytes.
    @inline(never) private static func addMerged(
        _ message: ProtobufReader,
        for key: Symbol,
        isKept: Bool,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        var joined: [UInt8] = []
        while !reader.isAtEnd {
            let tag = try reader.tag()
            if tag == 2 << 3 | 2 { joined.append(contentsOf: try reader.buffer()) } else { try reader.skip(tag) }
        }
        let fault: ProtobufFault? = joined.withUnsafeBytes { bytes in
            do throws(ProtobufFault) {
                try add(ProtobufReader(bytes), for: key, isKept: isKept, to: &batch)
                return nil
            } catch {
                return ProtobufFault(kind: error.kind, offset: message.position)
            }
        }
        if let fault { throw fault }
    }

    /// What an `AnyValue` of one plain kind holds.
    private enum Plain {
        case empty, string, bool, int, double, bytes
    }

    /// AnyValue: the last of its fields counts; lists and maps take the way through ``AttributeValue``.
    @inline(__always) private static func add(
        _ message: ProtobufReader,
        for key: Symbol,
        isKept: Bool,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        var reader = message
        var kind = Plain.empty
        var range = message.position..<message.position
        var bits: UInt64 = 0
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                range = try reader.lengthDelimited()
                kind = .string
            case 2 << 3:
                bits = try reader.varint()
                kind = .bool
            case 3 << 3:
                bits = try reader.varint()
                kind = .int
            case 4 << 3 | 1:
                bits = try reader.fixed64()
                kind = .double
            case 7 << 3 | 2:
                range = try reader.lengthDelimited()
                kind = .bytes
            case 5 << 3 | 2, 6 << 3 | 2:
                return try addComposite(message, for: key, isKept: isKept, to: &batch)
            default: try reader.skipUnknown(tag, known: 0b1111_1110)
            }
        }
        guard isKept else { return batch.addAttribute(.empty, int: 0) }
        switch kind {
        case .string: batch.addAttribute(key, string: message.slice(range))
        case .int: batch.addAttribute(key, int: Int64(bitPattern: bits))
        case .bool: batch.addAttribute(key, bool: bits != 0)
        case .double: batch.addAttribute(key, double: Double(bitPattern: bits))
        case .bytes: batch.addAttribute(key, value: .bytes(Array(message.slice(range))))
        case .empty: batch.addAttribute(key, value: .empty)
        }
    }

    @inline(never) private static func addComposite(
        _ message: ProtobufReader,
        for key: Symbol,
        isKept: Bool,
        to batch: inout SpanBatch
    ) throws(ProtobufFault) {
        let value = try value(message)
        if isKept { batch.addAttribute(key, value: value) } else { batch.addAttribute(.empty, int: 0) }
    }

    // MARK: Lists and maps

    /// A message that has been entered and not yet left.
    private struct Open {
        enum Kind {
            case any, list, map, pair
        }

        let kind: Kind
        var reader: ProtobufReader
        var key = ""
        var value = AttributeValue.empty
        var values: [AttributeValue] = []
        var pairs: [Attribute] = []

        init(_ kind: Kind, _ reader: ProtobufReader) {
            self.kind = kind
            self.reader = reader
        }
    }

    /// Reads an `AnyValue` of any kind, without recursion.
    static func value(_ message: ProtobufReader) throws(ProtobufFault) -> AttributeValue {
        var open = [Open(.any, message)]
        var depth = 1
        var elements = 0
        while true {
            let last = open.count - 1
            guard !open[last].reader.isAtEnd else {
                let closed = open.removeLast()
                if closed.kind == .any { depth -= 1 }
                if open.isEmpty { return closed.value }
                close(closed, into: &open[last - 1], &elements)
                continue
            }
            guard let inner = try step(&open[last]) else { continue }
            if inner.kind == .any { depth += 1 }
            guard depth <= maximumValueDepth else {
                throw ProtobufFault(kind: .valueDepth, offset: inner.reader.position)
            }
            open.append(inner)
        }
    }

    /// Reads one field of the innermost message; gives the message it holds if it holds one.
    private static func step(_ open: inout Open) throws(ProtobufFault) -> Open? {
        let tag = try open.reader.tag()
        switch (open.kind, tag) {
        case (.any, _): return try stepAny(&open, tag)
        case (.list, 1 << 3 | 2): return Open(.any, try open.reader.message())
        case (.map, 1 << 3 | 2): return Open(.pair, try open.reader.message())
        case (.pair, 1 << 3 | 2): open.key = text(try open.reader.buffer())
        case (.pair, 2 << 3 | 2):
            var inner = Open(.any, try open.reader.message())
            swap(&inner.value, &open.value)
            return inner
        default: try open.reader.skipUnknown(tag, known: open.kind == .pair ? 0b110 : 0b10)
        }
        return nil
    }

    private static func stepAny(_ open: inout Open, _ tag: UInt32) throws(ProtobufFault) -> Open? {
        switch tag {
        case 1 << 3 | 2: open.value = .string(text(try open.reader.buffer()))
        case 2 << 3: open.value = .bool(try open.reader.varint() != 0)
        case 3 << 3: open.value = .int(Int64(bitPattern: try open.reader.varint()))
        case 4 << 3 | 1: open.value = .double(Double(bitPattern: try open.reader.fixed64()))
        case 7 << 3 | 2: open.value = .bytes(Array(try open.reader.buffer()))
        case 5 << 3 | 2:
            var inner = Open(.list, try open.reader.message())
            if case .array(let values) = open.value { inner.values = values }
            open.value = .empty
            return inner
        case 6 << 3 | 2:
            var inner = Open(.map, try open.reader.message())
            if case .map(let pairs) = open.value { inner.pairs = pairs }
            open.value = .empty
            return inner
        default: try open.reader.skipUnknown(tag, known: 0b1111_1110)
        }
        return nil
    }

    /// Hands what a message held to the message around it.
    private static func close(_ closed: Open, into outer: inout Open, _ elements: inout Int) {
        switch closed.kind {
        case .list: outer.value = .array(closed.values)
        case .map: outer.value = .map(closed.pairs)
        case .any where outer.kind == .pair: outer.value = closed.value
        case .any:
            if elements < maximumElements { outer.values.append(closed.value) }
            elements += 1
        case .pair:
            if elements < maximumElements { outer.pairs.append(Attribute(closed.key, closed.value)) }
            elements += 1
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}
