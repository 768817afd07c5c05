import Telemetry
import TelemetryCodecs
import Testing

@Suite("Framing of OTLP protobuf files")
struct OTLPProtobufFramesTests {
    private static let messages: [[UInt8]] = [
        OTLPProtobufHostileTests.sample, Wire.request(.span(3)), Wire.request(.span(4), .span(5), service: "cart"),
        Wire.request(.span(6, .pair(9, "long", .text(1, String(repeating: "x", count: 20_000))))),
    ]

    private static func file(_ kind: ProtobufFrames.Kind) -> [UInt8] {
        var file: [UInt8] = []
        for message in messages { file.appendFrame(message, kind: kind) }
        return file
    }

    @Test(
        "messages come out as they went in, however the file is cut into pieces",
        arguments: ProtobufFrames.Kind.allCases)
    func pieces(kind: ProtobufFrames.Kind) throws {
        let file = Self.file(kind)
        for size in [1, 2, 3, 5, 7, 64, 1000, file.count] {
            var buffer: [UInt8] = []
            var found: [[UInt8]] = []
            var position = 0
            while position < file.count {
                let piece = file[position..<min(file.count, position + size)]
                buffer.append(contentsOf: piece)
                let consumed = try buffer.withUnsafeBytes { bytes in
                    var frames = ProtobufFrames(bytes, kind: kind, baseOffset: position)
                    while let range = try frames.next() { found.append(Array(bytes[range])) }
                    #expect((frames.missing == 0) == frames.tail.isEmpty)
                    #expect(frames.missing <= file.count - position - piece.count)
                    return frames.consumed
                }
                buffer.removeFirst(consumed)
                position += piece.count
            }
            #expect(buffer.isEmpty)
            #expect(found == Self.messages, "pieces of \(size)")
        }
    }

    @Test("a file cut short keeps its last frame as a tail")
    func cutShort() throws {
        for kind in ProtobufFrames.Kind.allCases {
            let file = Array(Self.file(kind).dropLast())
            try file.withUnsafeBytes { bytes in
                var frames = ProtobufFrames(bytes, kind: kind)
                var count = 0
                while try frames.next() != nil { count += 1 }
                #expect(count == Self.messages.count - 1)
                #expect(!frames.tail.isEmpty)
                #expect(frames.missing == 1)
            }
        }
    }

    @Test("a length that cannot be one is an error with its place in the file")
    func impossibleLength() {
        let delimited: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        let prefixed: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0]
        for (bytes, kind) in [(delimited, ProtobufFrames.Kind.varintDelimited), (prefixed, .bigEndian32)] {
            bytes.withUnsafeBytes { raw in
                var frames = ProtobufFrames(raw, kind: kind, baseOffset: 500)
                let error = #expect(throws: DecodingError.self) { try frames.next() }
                #expect(error?.offset == 500)
                #expect(error?.reason.contains("256 MiB") == true)
            }
        }
    }

    @Test("the framing is told from the beginning, wherever that ends", arguments: ProtobufFrames.Kind.allCases)
    func detects(kind: ProtobufFrames.Kind) {
        let file = Self.file(kind)
        for length in [40, 41, 64, 100, 137, 200, 300, 1000, 4096, file.count] {
            let prefix = Array(file.prefix(length))
            let found = prefix.withUnsafeBytes { ProtobufFrames.detection(prefix: $0) }
            #expect(found?.kind == kind, "\(length) bytes")
            if length > 100 { #expect(found?.signal == .traces) }
        }
    }

    @Test("every size of a first message is told apart", arguments: 0..<300)
    func detectsSizes(padding: Int) {
        let name = String(repeating: "n", count: padding)
        let message = Wire.request(.span(1, .text(5, name)))
        for kind in ProtobufFrames.Kind.allCases {
            var file: [UInt8] = []
            for _ in 0..<3 { file.appendFrame(message, kind: kind) }
            #expect(file.withUnsafeBytes { ProtobufFrames.detect(prefix: $0) } == kind)
        }
    }

    @Test(
        "other files are not taken for protobuf",
        arguments: [
            "", "{\"resourceSpans\":[]}", "\n\n{\"a\": 1}", "[{\"traceId\":\"a\"}]", "\u{89}PNG\r\n", "a,b,c\n1,2,3\n",
            "\n\u{0}", "<html>", "\n\n\n\n\n\n\n\n\n\n\n\n", "PK\u{3}\u{4}", "\u{0}\u{0}\u{0}\u{0}",
        ])
    func others(text: String) {
        let found = Array(text.utf8).withUnsafeBytes { ProtobufFrames.detect(prefix: $0) }
        #expect(found == nil || text == "\n\u{0}")
    }
}
