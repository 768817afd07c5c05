import Telemetry

/// A walk through a whole message that checks every field against the schema and counts messages by kind.
///
/// Iterative; the stack is as deep as OTLP nests, and values may nest ``maximumValueDepth`` deep.
struct OTLPProtobufWalk {
    /// How many fields were of the schema.
    private(set) var knownFields = 0
    /// How many fields were not.
    private(set) var unknownFields = 0
    private var entered = [Int](repeating: 0, count: OTLPMessage.allCases.count)

    /// How many messages of a kind were met.
    func count(of message: OTLPMessage) -> Int { entered[Int(message.rawValue)] }

    /// A message that has been entered and not yet left.
    private struct Open {
        let message: OTLPMessage
        /// Over the part of the message that is in the buffer.
        var reader: ProtobufReader
        /// Where the message ends by its length; past the buffer's end for a message that is cut.
        let declaredEnd: Int

        var isCut: Bool { declaredEnd > reader.end }
    }

    /// Walks a message.
    ///
    /// - Parameters:
    ///   - range: where the message stands in the buffer, as far as it is there.
    ///   - declaredEnd: where it ends by its length; larger than the range's end for one that is cut. What is past
    ///     the cut is taken to be right.
    mutating func walk(
        _ message: OTLPMessage,
        in bytes: UnsafeRawBufferPointer,
        range: Range<Int>,
        declaredEnd: Int
    ) throws(ProtobufFault) {
        var open = [Open(message: message, reader: ProtobufReader(bytes, range), declaredEnd: declaredEnd)]
        var depth = 0
        while !open.isEmpty {
            let last = open.count - 1
            if open[last].reader.isAtEnd {
                if open.removeLast().message == .anyValue { depth -= 1 }
                continue
            }
            let isCut = open[last].isCut
            do throws(ProtobufFault) {
                guard let inner = try step(&open[last]) else { continue }
                if inner.message == .anyValue { depth += 1 }
                guard depth <= maximumValueDepth else {
                    throw ProtobufFault(kind: .valueDepth, offset: inner.reader.position)
                }
                open.append(inner)
            } catch {
                if isCut, error.isPerhapsCut { return }
                throw error
            }
        }
    }

    private mutating func step(_ open: inout Open) throws(ProtobufFault) -> Open? {
        let place = open.reader.position
        let tag = try open.reader.tag()
        guard let field = open.message.field(tag >> 3) else {
            unknownFields += 1
            if tag & 7 == 2 { _ = try lengthDelimited(&open) } else { try open.reader.skip(tag) }
            return nil
        }
        guard field.allows(tag & 7) else { throw ProtobufFault(kind: .wireType, offset: place) }
        knownFields += 1
        guard tag & 7 == 2 else {
            try open.reader.skip(tag)
            return nil
        }
        let (range, declaredEnd) = try lengthDelimited(&open)
        switch field {
        case .message(let message):
            entered[Int(message.rawValue)] += 1
            return Open(
                message: message, reader: ProtobufReader(open.reader.bytes, range), declaredEnd: declaredEnd)
        case .packed64 where (declaredEnd - range.lowerBound) % 8 != 0:
            throw ProtobufFault(kind: .packedLength, offset: place)
        case .packedVarints where declaredEnd == range.upperBound:
            var numbers = ProtobufReader(open.reader.bytes, range)
            while !numbers.isAtEnd { _ = try numbers.varint() }
            return nil
        default: return nil
        }
    }

    /// Reads a length; gives what of the bytes it counts is there, and where they end.
    private func lengthDelimited(_ open: inout Open) throws(ProtobufFault) -> (Range<Int>, declaredEnd: Int) {
        guard open.isCut else {
            let range = try open.reader.lengthDelimited()
            return (range, range.upperBound)
        }
        let place = open.reader.position
        let length = try open.reader.varint()
        let begin = open.reader.position
        guard length <= UInt64(open.declaredEnd - begin) else { throw ProtobufFault(kind: .length, offset: place) }
        let declaredEnd = begin + Int(length)
        let end = min(declaredEnd, open.reader.end)
        open.reader.move(to: end)
        return (begin..<end, declaredEnd)
    }
}

extension ProtobufFault {
    /// Whether more bytes could make the message right.
    var isPerhapsCut: Bool {
        switch kind {
        case .truncatedVarint, .fixed, .group: true
        default: false
        }
    }
}

extension OTLPProtobufWalk {
    /// Whether the fields are mostly those of the schema, so that the message is probably of the kind walked.
    var isPlausible: Bool { knownFields > 0 && unknownFields * 8 <= knownFields }
}

extension Signal {
    /// The signals in the order in which they are tried on bytes of which nothing is known.
    static let inOrderOfDetection = [Signal.traces, .logs, .metrics]
}
