import Foundation
import TelemetryCodecs

/// Export requests that never end: a file's, again and again, each time with ids of its own and times of now.
///
/// A value: copies do not disturb each other.
struct MessageFeed {
    /// Where the parts that change lie in a message.
    fileprivate struct Message {
        var bytes: [UInt8]
        var spans = 0
        /// Eight bytes each.
        var ids: [Int] = []
        var times: [Int] = []
        var latest: UInt64 = 0
        /// What the ids have been changed with.
        var mask: UInt64 = 0
    }

    private var messages: [Message] = []
    private var place = 0
    private var random: UInt64

    /// Reads the first messages of a file.
    ///
    /// - Parameter seed: Feeds with different seeds have different ids.
    init(protobuf path: String, seed: UInt64, maximumBytes: Int = 24 << 20) throws {
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        guard let file = FileHandle(forReadingAtPath: path), let data = try file.read(upToCount: maximumBytes) else {
            throw BenchmarkError(reason: "\(path): cannot be read")
        }
        let bytes = [UInt8](data)
        try bytes.withUnsafeBytes { buffer in
            var frames = ProtobufFrames(buffer, kind: .varintDelimited)
            while let frame = try frames.next() {
                var message = Message(bytes: Array(bytes[frame]))
                Self.findParts(&message)
                if message.spans > 0 { messages.append(message) }
            }
        }
        guard !messages.isEmpty else { throw BenchmarkError(reason: "\(path): no message in its beginning") }
    }

    /// Gives the next message, which was changed for it, and how many spans it has.
    mutating func next(now: UInt64) -> (bytes: [UInt8], spans: Int) {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        let number = place
        place = (place + 1) % messages.count
        messages[number].change(to: random, now: now)
        return (messages[number].bytes, messages[number].spans)
    }

    private static func findParts(_ message: inout Message) {
        var reader = Fields(message.bytes, 0..<message.bytes.count)
        while let field = reader.next() {
            guard field.number == 1 else { continue }
            var resource = Fields(message.bytes, field.content)
            while let field = resource.next() {
                guard field.number == 2 else { continue }
                var scope = Fields(message.bytes, field.content)
                while let field = scope.next() {
                    if field.number == 2 { findParts(of: field.content, &message) }
                }
            }
        }
    }

    private static func findParts(of span: Range<Int>, _ message: inout Message) {
        message.spans += 1
        var reader = Fields(message.bytes, span)
        while let field = reader.next() {
            switch field.number {
            case 1 where field.content.count == 16:
                message.ids += [field.content.lowerBound, field.content.lowerBound + 8]
            case 2 where field.content.count == 8, 4 where field.content.count == 8:
                message.ids.append(field.content.lowerBound)
            case 7 where field.content.count == 8, 8 where field.content.count == 8:
                message.times.append(field.content.lowerBound)
                message.latest = max(message.latest, message.word(at: field.content.lowerBound))
            case 13:
                var link = Fields(message.bytes, field.content)
                while let part = link.next() {
                    guard part.number <= 2, part.content.count >= 8 else { continue }
                    message.ids += stride(from: part.content.lowerBound, to: part.content.upperBound, by: 8)
                }
            default: break
            }
        }
    }
}

extension MessageFeed.Message {
    fileprivate func word(at place: Int) -> UInt64 {
        bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
    }

    /// Gives it other ids, with the same relations, and lets its last span end now.
    fileprivate mutating func change(to mask: UInt64, now: UInt64) {
        let ids = self.ids
        let times = self.times
        let delta = now &- latest
        let flip = mask ^ self.mask
        bytes.withUnsafeMutableBytes { buffer in
            for place in ids {
                let word = buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                buffer.storeBytes(of: word ^ flip, toByteOffset: place, as: UInt64.self)
            }
            for place in times {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                buffer.storeBytes(of: (word &+ delta).littleEndian, toByteOffset: place, as: UInt64.self)
            }
        }
        self.mask = mask
        latest = now
    }
}

/// The fields of a protobuf message; ends at what is not one.
private struct Fields {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> (number: UInt64, content: Range<Int>)? {
        guard place < end, let tag = varint() else { return nil }
        let length: Int?
        switch tag & 7 {
        case 0: length = varint() == nil ? nil : 0
        case 1: length = 8
        case 2: length = varint().flatMap { Int(exactly: $0) }
        case 5: length = 4
        default: length = nil
        }
        guard let length, length <= end - place else { return nil }
        defer { place += length }
        return (tag >> 3, place..<(place + length))
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < end, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
