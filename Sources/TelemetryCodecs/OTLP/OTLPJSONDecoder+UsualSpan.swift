import CScan
import Telemetry

extension OTLPJSONDecoder {
    /// Where the reader stands in an object or a list when a shortcut is at its end.
    enum ReadPlace {
        /// Before a member's key or an element.
        case beforeNext
        /// After a member's value or an element.
        case afterOne
        /// After the object or the list.
        case atEnd
    }

    /// Reads members that are written as nearly all are: no white space, no escapes, in the order of the span before.
    ///
    /// Stops before the first member that is not, of which nothing is consumed or kept, and between two members where
    /// something else than a plain comma stands; the general way goes on from there.
    mutating func decodeUsualMembers(
        _ span: inout SpanParts, after last: inout SpanField, _ isOutline: Bool, _ batch: inout SpanBatch
    ) throws(DecodingError) -> ReadPlace {
        guard let base = reader.bytes.baseAddress else { return .beforeNext }
        // Every load from `here` below is of one of these bytes: the longest key with its value has 44.
        while reader.count &- reader.position >= 64 {
            let here = base + reader.position
            let field = followers[last]
            let length: Int
            switch field {
            case .traceId: length = usualTrace(here, &span.fields)
            case .spanId: length = usualSpan(here, &span.fields)
            case .parentSpanId: length = usualParent(here, &span)
            case .flags: length = usualNumber(here, "\"flags\":", 8, &span.fields.flags)
            case .kind: length = usualKind(here, &span.fields)
            case .start: length = holds(here, "\"startTimeUnixNano\":\"") ? usualTime(here, 21, &span.fields.start) : 0
            case .end: length = holds(here, "\"endTimeUnixNano\":\"") ? usualTime(here, 19, &span.fields.end) : 0
            case .name: length = usualName(here, &span.fields, &batch)
            case .status: length = usualStatus(here, &span.fields)
            case .attributes:
                guard holds(here, "\"attributes\":[") else { return .beforeNext }
                reader.position &+= 13
                if isOutline {
                    try reader.skipQuickly()
                } else {
                    batch.expectAttributes(of: span.fields.name, span.fields.kind)
                    span.fields.attributes = try decodeAttributes(&batch)
                }
                length = 0
            case .events, .links, .traceState, .unknown: return .beforeNext
            }
            guard length > 0 || field == .attributes else { return .beforeNext }
            reader.position &+= length
            last = field
            guard reader.count &- reader.position >= 2 else { return .afterOne }
            // Two bytes are there.
            let next = UInt16(littleEndian: base.loadUnaligned(fromByteOffset: reader.position, as: UInt16.self))
            if UInt8(truncatingIfNeeded: next) == UInt8(ascii: "}") {
                reader.position &+= 1
                return .atEnd
            }
            guard next == UInt16(UInt8(ascii: "\"")) << 8 | UInt16(UInt8(ascii: ",")) else { return .afterOne }
            reader.position &+= 1
        }
        return .beforeNext
    }

    // MARK: Members, each with the number of bytes of its key and value; zero when it is written otherwise

    @inline(__always) private func usualTrace(_ here: UnsafeRawPointer, _ fields: inout SpanFields) -> Int {
        let digits = here.assumingMemoryBound(to: UInt8.self) + 11
        let high = scan_hexadecimal16(digits)
        let low = scan_hexadecimal16(digits + 16)
        guard holds(here, "\"traceId\":\""), digits[32] == UInt8(ascii: "\""), high.is_valid, low.is_valid else {
            return 0
        }
        fields.trace = TraceID(high: high.value, low: low.value)
        return 44
    }

    @inline(__always) private func usualSpan(_ here: UnsafeRawPointer, _ fields: inout SpanFields) -> Int {
        let digits = here.assumingMemoryBound(to: UInt8.self) + 10
        let number = scan_hexadecimal16(digits)
        guard holds(here, "\"spanId\":\""), digits[16] == UInt8(ascii: "\""), number.is_valid else { return 0 }
        fields.span = SpanID(number.value)
        return 27
    }

    @inline(__always) private func usualParent(_ here: UnsafeRawPointer, _ span: inout SpanParts) -> Int {
        guard holds(here, "\"parentSpanId\":\"") else { return 0 }
        let digits = here.assumingMemoryBound(to: UInt8.self) + 16
        let number = scan_hexadecimal16(digits)
        let isPresent = digits[16] == UInt8(ascii: "\"") && number.is_valid
        guard isPresent || digits[0] == UInt8(ascii: "\"") else { return 0 }
        span.isParentValid = true
        span.fields.parent = SpanID(isPresent ? number.value : 0)
        return isPresent ? 33 : 17
    }

    /// One to nine digits that are a whole number, with a comma or a bracket after them.
    @inline(__always) private func usualNumber(
        _ here: UnsafeRawPointer, _ key: StaticString, _ keyLength: Int, _ number: inout UInt32
    ) -> Int {
        guard holds(here, key) else { return 0 }
        var value: UInt32 = 0
        var length = keyLength
        while length < keyLength &+ 9 {
            let digit = here.load(fromByteOffset: length, as: UInt8.self) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Nine digits never exceed 32 bits.
            value = value &* 10 &+ UInt32(digit)
            length &+= 1
        }
        let first = here.load(fromByteOffset: keyLength, as: UInt8.self)
        let next = here.load(fromByteOffset: length, as: UInt8.self)
        guard length > keyLength, first != UInt8(ascii: "0") || length == keyLength &+ 1,
            next == UInt8(ascii: ",") || next == UInt8(ascii: "}")
        else { return 0 }
        number = value
        return length
    }

    @inline(__always) private func usualKind(_ here: UnsafeRawPointer, _ fields: inout SpanFields) -> Int {
        var number: UInt32 = 0
        let length = usualNumber(here, "\"kind\":", 7, &number)
        guard length > 0 else { return 0 }
        fields.kind = UInt8(exactly: number).flatMap(SpanKind.init(rawValue:)) ?? .unspecified
        return length
    }

    /// Nineteen digits, as all times from 2001 to 2286 have, and the quote after them.
    @inline(__always) private func usualTime(
        _ here: UnsafeRawPointer, _ keyLength: Int, _ time: inout UInt64
    ) -> Int {
        let digits = here + keyLength
        guard let first = eightDigits(UInt64(littleEndian: digits.loadUnaligned(as: UInt64.self))),
            let second = eightDigits(UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        else { return 0 }
        let a = digits.load(fromByteOffset: 16, as: UInt8.self) &- UInt8(ascii: "0")
        let b = digits.load(fromByteOffset: 17, as: UInt8.self) &- UInt8(ascii: "0")
        let c = digits.load(fromByteOffset: 18, as: UInt8.self) &- UInt8(ascii: "0")
        guard a < 10, b < 10, c < 10, digits.load(fromByteOffset: 19, as: UInt8.self) == UInt8(ascii: "\""),
            digits.load(as: UInt8.self) != UInt8(ascii: "0")
        else { return 0 }
        let last = UInt64(a) &* 100 &+ UInt64(b) &* 10 &+ UInt64(c)
        // 19 digits never exceed 64 bits.
        time = (first &* 100_000_000 &+ second) &* 1000 &+ last
        return keyLength &+ 20
    }

    @inline(__always) private func usualName(
        _ here: UnsafeRawPointer, _ fields: inout SpanFields, _ batch: inout SpanBatch
    ) -> Int {
        guard holds(here, "\"name\":\"") else { return 0 }
        let start = reader.position &+ 8
        guard let end = reader.plainEnd(from: start) else { return 0 }
        fields.name = batch.word(reader.slice(start, end &- start))
        return end &+ 1 &- reader.position
    }

    /// A status without anything or with a code alone.
    @inline(__always) private func usualStatus(_ here: UnsafeRawPointer, _ fields: inout SpanFields) -> Int {
        if holds(here, "\"status\":{}") {
            fields.status = .unset
            fields.statusMessage = .empty
            return 11
        }
        guard holds(here, "\"status\":{\"code\":") else { return 0 }
        let code = here.load(fromByteOffset: 17, as: UInt8.self) &- UInt8(ascii: "0")
        guard code < 10, here.load(fromByteOffset: 18, as: UInt8.self) == UInt8(ascii: "}") else { return 0 }
        fields.status = StatusCode(rawValue: code) ?? .unset
        fields.statusMessage = .empty
        return 19
    }
}

/// Whether a text of 5 to 24 bytes stands at a place that has at least as many.
@inline(__always) func holds(_ here: UnsafeRawPointer, _ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    let wanted = UnsafeRawPointer(text.utf8Start)
    // All loads lie within the first `length` bytes of both; lengths are constants, so only one way is compiled for each.
    if length < 8 {
        return wanted.loadUnaligned(as: UInt32.self) == here.loadUnaligned(as: UInt32.self)
            && wanted.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
                == here.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
    }
    var isEqual =
        wanted.loadUnaligned(as: UInt64.self) == here.loadUnaligned(as: UInt64.self)
        && wanted.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
            == here.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
    if length > 16 {
        isEqual =
            isEqual
            && wanted.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                == here.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }
    return isEqual
}
