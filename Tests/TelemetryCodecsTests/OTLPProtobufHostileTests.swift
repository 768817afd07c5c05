import Telemetry
import TelemetryCodecs
import Testing

/// Bytes that are damaged or made to hurt: an error or fewer spans, never a crash.
@Suite("Hostile OTLP protobuf")
struct OTLPProtobufHostileTests {
    /// A request with every kind of field.
    static let sample: [UInt8] = {
        let nested = Wire.counted(
            6, Wire.counted(1, [.text(1, "k"), .counted(2, .counted(5, .counted(1, .number(3, 300))))]))
        let pairs: Wire = [
            .pair(9, "s", .text(1, "text")), .pair(9, "b", .number(2, 1)), .pair(9, "i", .number(3, 1 << 40)),
            .pair(9, "d", .fixed(4, 0x3FF8_0000_0000_0000)), .pair(9, "x", .counted(7, .raw(1, 2))),
            .pair(9, "n", nested),
        ]
        let link: Wire = [
            .counted(1, Wire([UInt8](repeating: 9, count: 16))), .counted(2, Wire([UInt8](repeating: 8, count: 8))),
            .text(3, "a=b"), .pair(4, "why", .text(1, "x")), .tag(6, 5), .raw(1, 0, 0, 0),
        ]
        let more: Wire = [
            pairs, .text(3, "ot=th:8"), .counted(4, .raw(0, 0, 0, 0, 0, 0, 0, 3)), .number(6, 2), .number(10, 1),
            .counted(11, [.fixed(1, 2000), .text(2, "exception"), .pair(3, "type", .text(1, "E"))]), .counted(13, link),
            .counted(15, [.text(2, "bad"), .number(3, 2)]), .tag(16, 5), .raw(1, 1, 0, 0), .tag(200, 3), .number(1, 1),
            .tag(200, 4),
        ]
        return Wire.request(.span(1, more), .span(2))
    }()

    private static func counts(_ bytes: [UInt8]) -> DecodedCounts? {
        var batch = SpanBatch()
        return bytes.withUnsafeBytes { try? OTLPProtobuf.decodeTraces($0, into: &batch) }
    }

    @Test("the sample itself is good")
    func sampleIsGood() throws {
        let (table, counts) = try OTLPProtobufTests.decoded(Self.sample)
        #expect(counts.spans == 2)
        #expect(table.decoded(table.attributes(0)).count == 6)
        #expect(table.decoded(table.attributes(0)).last?.value == .map([Attribute("k", .array([.int(300)]))]))
    }

    @Test("every truncation is an error, for it cuts the one resource")
    func truncations() {
        for length in 1..<Self.sample.count {
            let cut = Array(Self.sample.prefix(length))
            #expect(Self.counts(cut) == nil, "\(length) bytes")
            #expect(throws: DecodingError.self) { try cut.withUnsafeBytes { try OTLPProtobuf.countLogs($0) } }
        }
    }

    @Test("no change of a single byte can do harm")
    func singleBytes() {
        var survived = 0
        var miscounted = 0
        for place in Self.sample.indices {
            var batch = SpanBatch()
            for value in UInt8.min...UInt8.max where value != Self.sample[place] {
                var bytes = Self.sample
                bytes[place] = value
                let counts = bytes.withUnsafeBytes { try? OTLPProtobuf.decodeTraces($0, into: &batch) }
                if let counts {
                    survived += 1
                    if counts.spans != batch.count { miscounted += 1 }
                }
                bytes.withUnsafeBytes { raw in
                    _ = try? OTLPProtobuf.countLogs(raw)
                    _ = try? OTLPProtobuf.countMetrics(raw)
                }
                batch.truncate(to: 0)
                if batch.count != 0 { miscounted += 1 }
            }
        }
        #expect(survived > 0)
        #expect(miscounted == 0)
    }

    @Test("random bytes do no harm", arguments: 0..<8)
    func randomBytes(seed: Int) {
        var state = UInt64(seed)
        func random() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return mixed(state)
        }
        for _ in 0..<2000 {
            var bytes = Self.sample
            for _ in 0...random() % 6 {
                bytes[Int(random() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random())
            }
            if random() % 3 == 0 { bytes.removeSubrange(Int(random() % UInt64(bytes.count))...) }
            _ = Self.counts(bytes)
            bytes.withUnsafeBytes { raw in
                _ = try? OTLPProtobuf.countMetrics(raw)
                _ = ProtobufFrames.detect(prefix: raw)
                for kind in ProtobufFrames.Kind.allCases {
                    var frames = ProtobufFrames(raw, kind: kind)
                    while let range = try? frames.next() {
                        #expect(range.upperBound <= raw.count)
                        #expect(frames.consumed >= range.upperBound)
                    }
                }
            }
        }
    }

    /// A value with this many values on the way to its innermost one.
    private func nested(_ depth: Int, asMap: Bool) -> Wire {
        var value = Wire.number(3, 1)
        for _ in 1..<depth {
            let inner = asMap ? Wire.counted(1, [.text(1, "k"), .counted(2, value)]) : Wire.counted(1, value)
            value = .counted(asMap ? 6 : 5, inner)
        }
        return value
    }

    @Test("values nest a hundred deep and no deeper", arguments: [false, true])
    func depth(asMap: Bool) {
        func request(_ depth: Int) -> [UInt8] { Wire.request(.span(1, .pair(9, "k", nested(depth, asMap: asMap)))) }
        #expect(Self.counts(request(100))?.spans == 1)
        #expect(Self.counts(request(101)) == nil)
        #expect(Self.counts(request(3000)) == nil)
        let error = #expect(throws: DecodingError.self) { try OTLPProtobufTests.decoded(request(101)) }
        #expect(error?.reason.contains("100 deep") == true)
    }

    @Test("a value too deep is found in a list's dropped part, in resources, scopes, events, links and logs")
    func depthEverywhere() {
        let deep = nested(101, asMap: false)
        let ids: Wire = [
            .counted(1, Wire([UInt8](repeating: 9, count: 16))), .counted(2, Wire([UInt8](repeating: 9, count: 8))),
        ]
        let many = Wire([[UInt8]](repeating: Wire.pair(9, "k", .number(3, 1)).bytes, count: 1100).flatMap { $0 })
        #expect(Self.counts(Wire.request(.span(1, [many, .pair(9, "k", deep)]))) == nil)
        #expect(Self.counts(Wire.request(.span(1, .counted(11, .pair(3, "k", deep))))) == nil)
        #expect(Self.counts(Wire.request(.span(1, .counted(13, [ids, .pair(4, "k", deep)])))) == nil)
        #expect(Self.counts(Wire.counted(1, .counted(1, .pair(1, "k", deep))).bytes) == nil)
        #expect(Self.counts(Wire.counted(1, .counted(2, .counted(1, .pair(3, "k", deep)))).bytes) == nil)
        for (depth, isGood) in [(100, true), (101, false)] {
            let record = Wire.counted(2, .counted(5, nested(depth, asMap: true)))
            let logs = Wire.counted(1, .counted(2, record)).bytes
            let counts = logs.withUnsafeBytes { try? OTLPProtobuf.countLogs($0) }
            #expect((counts?.logRecords == 1) == isGood)
        }
    }

    @Test(
        "numbers and lengths that do not fit are errors",
        arguments: [
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            [0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
            [0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
            [0x0A, 0x05, 0x12, 0x04, 0x0A, 0x00, 0x00],
            [0x0A, 0x02, 0x12, 0x7F, 0x00],
            [0x00], [0x07], [0xF8, 0xFF, 0xFF, 0xFF, 0x7F, 0x00],
            [0x0E, 0x00], [0x0F, 0x00], [0x14], [0x13], [0x13, 0x1C], [0x11, 1, 2, 3, 4, 5, 6, 7], [0x15, 1, 2, 3],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(Self.counts(bytes) == nil)
        bytes.withUnsafeBytes { raw in
            #expect(throws: DecodingError.self) { try OTLPProtobuf.countLogs(raw) }
            #expect(throws: DecodingError.self) { try OTLPProtobuf.countMetrics(raw) }
        }
    }

    @Test("groups nest a hundred deep and no deeper")
    func groups() {
        func request(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0x7B, count: depth) + [UInt8](repeating: 0x7C, count: depth)
        }
        #expect(Self.counts(request(100)) == DecodedCounts())
        #expect(Self.counts(request(101)) == nil)
        #expect(Self.counts(request(1_000_000)) == nil)
    }

    @Test("packed bucket counts must be whole numbers")
    func packed() {
        func histogram(_ counts: Wire) -> [UInt8] {
            let metric: Wire = [.text(1, "h"), .counted(9, .counted(1, counts))]
            return Wire.counted(1, .counted(2, .counted(2, metric))).bytes
        }
        func points(_ bytes: [UInt8]) -> Int? {
            bytes.withUnsafeBytes { try? OTLPProtobuf.countMetrics($0) }?.metricPoints
        }
        #expect(points(histogram(.counted(6, Wire([UInt8](repeating: 1, count: 16))))) == 1)
        #expect(points(histogram([.fixed(6, 1), .fixed(6, 2)])) == 1)
        #expect(points(histogram(.counted(6, Wire([UInt8](repeating: 1, count: 15))))) == nil)
    }
}
