import Telemetry

/// Cuts a buffer of OTLP protobuf, such as a piece of a file, into messages.
///
/// ```
/// var frames = ProtobufFrames(bytes, kind: kind)
/// while let range = try frames.next() { … decode bytes[range] … }
/// // bytes[frames.tail] is the beginning of the next frame: put it before the next piece. At the end of the file a
/// // tail that is not empty is a frame cut short.
/// ```
package struct ProtobufFrames {
    /// How messages follow one another.
    package enum Kind: String, Sendable, CaseIterable {
        /// Before each message its length as a varint.
        case varintDelimited
        /// Before each message its length in four bytes, most significant first, as the OpenTelemetry Collector's
        /// file exporter writes them.
        case bigEndian32
        /// One bare message, or several one after another, which for OTLP requests is the same.
        ///
        /// Its frames are its top-level fields with their tags: each is a message by itself and they can be decoded
        /// one by one, so that a large file need not be in memory as a whole.
        case single
    }

    /// The longest frame taken for one, in bytes.
    package static let maximumFrameBytes = 256 << 20

    /// How many bytes from the beginning of the buffer whole frames take that were given so far.
    package private(set) var consumed = 0
    /// After ``next()`` gave `nil`: how many bytes more, at least, the frame in the tail needs; 0 for an empty tail.
    package private(set) var missing = 0

    private let bytes: UnsafeRawBufferPointer
    private let kind: Kind
    private let baseOffset: Int

    /// Starts at the beginning of a buffer, which must outlive the use of this value.
    ///
    /// - Parameter baseOffset: where the buffer stands in its file, for the offsets in errors.
    package init(_ bytes: UnsafeRawBufferPointer, kind: Kind, baseOffset: Int = 0) {
        self.bytes = bytes
        self.kind = kind
        self.baseOffset = baseOffset
    }

    /// What is left after the last whole frame.
    package var tail: Range<Int> { consumed..<bytes.count }

    /// The place of the next whole message in the buffer, without its length; `nil` when there is none left.
    ///
    /// - Throws: when what stands there cannot be a frame; nothing after it can be found then.
    package mutating func next() throws(DecodingError) -> Range<Int>? {
        missing = 0
        guard consumed < bytes.count else { return nil }
        switch kind {
        case .varintDelimited: return try nextDelimited()
        case .bigEndian32: return try nextPrefixed()
        case .single: return try nextField()
        }
    }

    private mutating func nextDelimited() throws(DecodingError) -> Range<Int>? {
        var reader = ProtobufReader(bytes, tail)
        do throws(ProtobufFault) {
            return try take(try reader.varint(), from: reader.position)
        } catch {
            return try wait(error)
        }
    }

    private mutating func nextPrefixed() throws(DecodingError) -> Range<Int>? {
        guard bytes.count - consumed >= 4 else {
            missing = 4 - (bytes.count - consumed)
            return nil
        }
        // Four bytes are left in the buffer.
        let length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: consumed, as: UInt32.self))
        do throws(ProtobufFault) {
            return try take(UInt64(length), from: consumed + 4)
        } catch {
            return try wait(error)
        }
    }

    private mutating func nextField() throws(DecodingError) -> Range<Int>? {
        let start = consumed
        var reader = ProtobufReader(bytes, tail)
        do throws(ProtobufFault) {
            let tag = try reader.tag()
            guard tag & 7 == 2 else {
                try reader.skip(tag)
                consumed = reader.position
                return start..<consumed
            }
            guard let body = try take(try reader.varint(), from: reader.position) else { return nil }
            return start..<body.upperBound
        } catch {
            return try wait(error)
        }
    }

    /// Moves past a frame of this length if all of it is there.
    private mutating func take(_ length: UInt64, from begin: Int) throws(ProtobufFault) -> Range<Int>? {
        guard length <= UInt64(Self.maximumFrameBytes) else { throw ProtobufFault(kind: .length, offset: consumed) }
        let left = bytes.count - begin
        guard Int(length) <= left else {
            missing = Int(length) - left
            return nil
        }
        consumed = begin + Int(length)
        return begin..<consumed
    }

    /// Waits for more bytes where they could help, else gives up.
    private mutating func wait(_ fault: ProtobufFault) throws(DecodingError) -> Range<Int>? {
        guard !fault.isPerhapsCut else {
            missing = 1
            return nil
        }
        var error = fault.error
        error.offset = baseOffset + fault.offset
        if fault.kind == .length {
            error.reason =
                "a frame says it is longer than \(Self.maximumFrameBytes >> 20) MiB; the file is damaged or is not "
                + "OTLP protobuf"
        }
        throw error
    }
}

extension ProtobufFrames {
    /// What the beginning of a file looks like.
    package struct Detection: Sendable, Equatable {
        /// How its messages follow one another.
        package let kind: Kind
        /// What its messages carry.
        package let signal: Signal
    }

    /// Tells from the first bytes of a file how OTLP protobuf messages follow one another in it; `nil` for other files.
    ///
    /// Each way of framing and each signal is tried on the whole prefix, checking every field against the schema;
    /// the one that explains the most fields wins. The four-byte length goes before the others: its leading zeros could
    /// also be empty messages with lengths as varints.
    ///
    /// - Parameter prefix: the beginning of the file, decompressed; a few KiB are plenty. It may end anywhere.
    package static func detection(prefix: UnsafeRawBufferPointer) -> Detection? {
        var best: (detection: Detection, fields: Int)?
        for kind in [Kind.bigEndian32, .varintDelimited, .single] {
            for signal in Signal.inOrderOfDetection {
                let fields = fields(of: signal, kind, in: prefix)
                if fields > best?.fields ?? 0 { best = (Detection(kind: kind, signal: signal), fields) }
            }
        }
        return best?.detection
    }

    /// The framing that ``detection(prefix:)`` finds.
    package static func detect(prefix: UnsafeRawBufferPointer) -> Kind? { detection(prefix: prefix)?.kind }

    /// How many fields of the prefix a framing and a signal explain; zero when they contradict it.
    private static func fields(of signal: Signal, _ kind: Kind, in prefix: UnsafeRawBufferPointer) -> Int {
        var walk = OTLPProtobufWalk()
        let message = OTLPMessage.request(signal)
        do throws(ProtobufFault) {
            if kind == .single {
                try walk.walk(message, in: prefix, range: 0..<prefix.count, declaredEnd: Int.max)
                return walk.isPlausible ? walk.knownFields : 0
            }
            var position = 0
            while let (begin, length) = try header(kind, in: prefix, at: position) {
                guard length <= UInt64(maximumFrameBytes) else { return 0 }
                let declaredEnd = begin + Int(length)
                let end = min(declaredEnd, prefix.count)
                try walk.walk(message, in: prefix, range: begin..<end, declaredEnd: declaredEnd)
                position = end
            }
        } catch {
            return 0
        }
        return walk.isPlausible ? walk.knownFields : 0
    }

    /// Reads the length before a message; `nil` where the prefix ends within it.
    private static func header(
        _ kind: Kind,
        in prefix: UnsafeRawBufferPointer,
        at position: Int
    ) throws(ProtobufFault) -> (begin: Int, length: UInt64)? {
        if kind == .bigEndian32 {
            guard prefix.count - position >= 4 else { return nil }
            // Four bytes are left in the prefix.
            let length = UInt32(bigEndian: prefix.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            return (position + 4, UInt64(length))
        }
        var reader = ProtobufReader(prefix, position..<prefix.count)
        do throws(ProtobufFault) {
            let length = try reader.varint()
            return (reader.position, length)
        } catch {
            if error.kind == .truncatedVarint { return nil }
            throw error
        }
    }
}

extension [UInt8] {
    /// Appends a message with its length before it; a bare message for ``ProtobufFrames/Kind/single``.
    package mutating func appendFrame(_ message: [UInt8], kind: ProtobufFrames.Kind) {
        switch kind {
        case .varintDelimited:
            var length = message.count
            while length >= 0x80 {
                append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            append(UInt8(length))
        case .bigEndian32:
            for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: message.count >> shift)) }
        case .single: break
        }
        append(contentsOf: message)
    }
}
