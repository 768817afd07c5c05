import Telemetry
import TelemetryCodecs
import Testing

/// The quick way through spans laid out as encoders lay them out, against the general way on the same bytes.
///
/// An event before everything else makes the general way read a span: nothing stands where the quick way looks for it,
/// and attributes after an event are read apart.
@Suite("Usual OTLP protobuf spans")
struct OTLPProtobufUsualTests {
    /// What became of a span: its rows as text, or that it is none.
    ///
    /// Of several faults each way tells the first that it meets, and attributes that are read twice are mended twice.
    private enum Outcome: Equatable {
        case rows([String], rejected: Int)
        case fault
    }

    /// A decoder with a batch that is used over and over, so that it has much to expect.
    private struct Way {
        let prefix: Wire
        var batch: SpanBatch

        init(_ detail: SpanDetail, general: Bool) {
            prefix = general ? .counted(11, []) : []
            batch = SpanBatch(detail)
        }

        mutating func decode(_ span: [UInt8], withAttributes: Bool = true) -> Outcome {
            let whole: Wire = [prefix, Wire(span)]
            let request = Wire.request(whole)
            defer { batch.truncate(to: 0) }
            do {
                let counts = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
                let rows = OTLPProtobufUsualTests.rows(
                    batch.table, events: prefix.bytes.isEmpty ? 0 : 1, withAttributes: withAttributes)
                return .rows(rows, rejected: counts.rejectedSpans)
            } catch {
                return .fault
            }
        }
    }

    /// Rows as text, without the first `events` events of each.
    private static func rows(_ table: SpanTable, events: Int = 0, withAttributes: Bool = true) -> [String] {
        (0..<table.count).map { row in
            var text = """
                \(table.traceID(row).hex) \(table.spanID(row).hex) \(table.parentID(row).hex) \(table.starts[row]) \
                \(table.ends[row]) \(table.name(row).text) \(table.kind(row)) \(table.status(row)) \(table.flags[row]) \
                \(table.traceState(row)) \(table.statusMessage(row)) \
                \(table.decoded(table.resource(row).attributes)) \(table.scope(row).name.text) \
                \(table.scope(row).version.text)
                """
            guard withAttributes else { return text }
            text += " \(table.decoded(table.attributes(row)))"
            for event in table.events(row).dropFirst(events) {
                text += " \(event.time) \(table.values.text(event.name)) \(table.decoded(event.attributes))"
            }
            for link in table.links(row) { text += " \(link.trace.hex) \(link.span.hex)" }
            return text
        }
    }

    private static let ids: Wire = [
        .counted(1, Wire([UInt8](1...16))), .counted(2, Wire([UInt8](21...28))),
        .counted(4, Wire([UInt8](31...38))),
    ]
    private static let attributes: Wire = [
        .pair(9, "db.system", .text(1, "postgresql")), .pair(9, "thread.id", .number(3, 12)),
        .pair(9, "db.rows", .number(3, 1 << 40)), .pair(9, "hit", .number(2, 1)),
        .pair(9, "ratio", .fixed(4, 0x3FF8_0000_0000_0000)), .pair(9, "empty", []),
        .pair(9, "list", .counted(5, .counted(1, .number(3, 1)))),
        .pair(9, "db.query.text", .text(1, "UPDATE stock SET qty = qty - $1 WHERE sku = $2 AND warehouse IN ($3, $4)")),
    ]
    private static let times: Wire = [.fixed(7, 1_760_000_000_851_441_182), .fixed(8, 1_760_000_000_860_577_501)]
    private static let flags: Wire = [.tag(16, 5), .raw(1, 1, 0, 0)]

    /// Spans laid out as usual, and nearly so.
    private static let spans: [[UInt8]] = {
        let parent = Wire.counted(4, Wire([UInt8](31...38)))
        let root: Wire = [.counted(1, Wire([UInt8](1...16))), .counted(2, Wire([UInt8](21...28)))]
        let status = Wire.counted(15, [.text(2, "bad"), .number(3, 2)])
        let long = String(repeating: "a long name ", count: 12)
        let pair = attributes.bytes
        let all: [Wire] = [
            [ids, .text(5, "UPDATE stock"), .number(6, 3), times, attributes, flags],
            [root, .text(5, "GET /"), .number(6, 2), times, attributes, status, flags],
            [root, .text(3, "ot=th:8"), parent, .text(5, "x"), times],
            [ids, .text(5, long), .number(6, 5), times, attributes],
            [ids, .text(5, ""), .number(6, 300), times, attributes],
            [times, attributes, .text(5, "late"), ids],
            [ids, ids, .text(5, "one"), .text(5, "two"), times, times, .number(6, 1)],
            [ids, .text(5, "no times"), attributes, .counted(11, [.fixed(1, 7), .text(2, "e")]), attributes],
            [.counted(1, Wire([UInt8](repeating: 0, count: 16))), .counted(2, Wire([UInt8](21...28))), .text(5, "n")],
            [root, .counted(4, .raw(1, 2)), .text(5, "bad parent"), .number(6, 1), times],
            [root, .counted(4, .raw(1, 2)), parent, .text(5, "mended parent"), .number(6, 1), times],
            [ids, .tag(5, 2), .raw(0x84, 0x80, 0x00), Wire(Array("slow".utf8)), .number(6, 3), times],
            [ids, .text(5, "slow"), times, .tag(9, 2), .raw(pair[1] | 0x80, 0x80, 0x00), Wire(Array(pair[2...]))],
        ]
        return all.map(\.bytes)
    }()

    /// Has all ways read one span, and says where they differ.
    private struct Comparison {
        var quick = Way(.whole, general: false)
        var general = Way(.whole, general: true)
        var outline = Way(.outline, general: false)
        var good = 0

        init() {
            for span in OTLPProtobufUsualTests.spans { check(span, "a good one") }
            #expect(good > 8)
        }

        mutating func check(_ span: [UInt8], _ what: @autoclosure () -> String) {
            let wanted = general.decode(span)
            let got = quick.decode(span)
            #expect(got == wanted, "\(what()): \(span)")
            // What an outline steps over may be anything.
            guard case .rows(let rows, _) = wanted else { return }
            good += rows.isEmpty ? 0 : 1
            let less = general.decode(span, withAttributes: false)
            #expect(outline.decode(span, withAttributes: false) == less, "\(what()), outline: \(span)")
        }
    }

    @Test("both ways agree on every truncation")
    func truncations() {
        var comparison = Comparison()
        for span in Self.spans {
            for count in 0...span.count { comparison.check(Array(span.prefix(count)), "cut to \(count)") }
        }
    }

    @Test("both ways agree on every change of one byte")
    func singleBytes() {
        var comparison = Comparison()
        for span in Self.spans {
            for place in span.indices {
                for value in [0, 1, 2, 0x0A, 0x12, 0x22, 0x4A, 0x7F, 0x80, 0xFF, span[place] ^ 1, span[place] ^ 0x80] {
                    var bytes = span
                    bytes[place] = UInt8(value)
                    comparison.check(bytes, "byte \(place) is \(value)")
                }
            }
        }
    }

    @Test("both ways agree on spans whose bytes were moved, left out, doubled and changed")
    func mutations() {
        var comparison = Comparison()
        var random = SystemLikeRandom(state: 7)
        for number in 0..<10_000 {
            var bytes = Self.spans[Int(random.next() % UInt64(Self.spans.count))]
            for _ in 0...Int(random.next() % 3) where !bytes.isEmpty {
                let place = Int(random.next() % UInt64(bytes.count))
                let length = min(bytes.count - place, Int(random.next() % 24))
                let part = Array(bytes[place..<place + length])
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.removeSubrange(place..<place + length)
                case 2: bytes.insert(contentsOf: part, at: Int(random.next() % UInt64(bytes.count)))
                default: bytes.insert(contentsOf: Wire.number(1 + random.next() % 200, random.next()).bytes, at: place)
                }
            }
            comparison.check(bytes, "mutation \(number)")
        }
    }

    /// A small generator whose numbers are the same everywhere.
    private struct SystemLikeRandom {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    @Test("attributes that change, grow and come back are each read as they stand")
    func changingValues() throws {
        var random = SystemLikeRandom(state: 3)
        var batch = SpanBatch()
        var wanted: [String] = []
        var repairs = BatchRepairs()
        for number in 0..<2_000 {
            let pairs: [Wire] = (0..<Int(random.next() % 20)).map { position in
                let size = random.next() % 9 == 0 ? 300 : Int(random.next() % 40)
                let key = "key \(position) of \(random.next() % 2)"
                switch random.next() % 9 {
                case 0: return .pair(9, key, .number(3, random.next() % 3))
                case 1: return .pair(9, key, .number(2, random.next() % 2))
                case 2: return .pair(9, key, .text(1, String(repeating: "é", count: size)))
                case 3: return .pair(9, key, .number(3, (random.next() << 33 ^ random.next()) >> (random.next() % 64)))
                case 4: return .pair(9, key, .number(2, random.next() % 300))
                case 5: return .pair(9, key, .fixed(4, Double(random.next() % 4).bitPattern))
                case 6: return .pair(9, key, .counted(1, .raw(UInt8(random.next() % 8), 0x61, 0xFF)))
                case 7: return .pair(9, key, random.next() % 2 == 0 ? .raw(0x18, 0x80, 0x00) : [])
                default: return .pair(9, key, .text(1, "value \(random.next() % 3)"))
                }
            }
            let span: Wire = [
                Self.ids, .text(5, "name \(number % 5)"), Self.times, Wire(pairs.flatMap(\.bytes)), Self.flags,
            ]
            var alone = SpanBatch()
            let request = Wire.request(span)
            _ = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &alone) }
            _ = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
            wanted += Self.rows(alone.table)
            repairs += alone.repairs
        }
        #expect(Self.rows(batch.table) == wanted)
        #expect(batch.repairs == repairs)
        #expect(repairs.invalidUTF8 > 100)
    }

    @Test("what has to be mended is mended and counted each time it comes")
    func repairsAreCountedEachTime() throws {
        let broken = Wire.pair(9, "k", .counted(1, .raw(0x61, 0xFF)))
        let long = Wire.pair(9, "l", .text(1, String(repeating: "x", count: 70_000)))
        let span: Wire = [Self.ids, .text(5, "n"), Self.times, broken, long]
        let resource = Wire.counted(1, [broken, .pair(1, "service.name", .counted(1, .raw(0x62, 0xFE)))])
        let request = Wire.counted(1, [resource, .counted(2, .counted(2, span))]).bytes
        var batch = SpanBatch()
        for time in 1...3 {
            _ = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
            #expect(batch.repairs.invalidUTF8 == 2 * time)
            #expect(batch.repairs.truncatedValues == time)
        }
        #expect(Set(Self.rows(batch.table)).count == 1)
        #expect(batch.table.decoded(batch.table.attributes(2)).first == Attribute("k", .string("a\u{FFFD}")))
    }

    @Test("resources and scopes in one part or several, known or not, mean what their fields say")
    func partsOfResources() throws {
        let name = Wire.pair(1, "service.name", .text(1, "shop"))
        let host = Wire.pair(1, "host.name", .text(1, "h1"))
        let resources: [Wire] = [
            [], .counted(1, name), .counted(1, [name, host]), [.counted(1, name), .counted(1, host)],
            [.counted(1, [name, host]), .counted(1, [])], [.counted(1, []), .counted(1, name), .counted(1, host)],
        ]
        let scopes: [Wire] = [
            [], .counted(1, .text(1, "lib")), .counted(1, [.text(1, "lib"), .text(2, "1")]),
            [.counted(1, .text(1, "lib")), .counted(1, .text(2, "1"))], .counted(1, []),
        ]
        var batch = SpanBatch()
        var wanted: [String] = []
        for _ in 0..<3 {
            for resource in resources {
                for scope in scopes {
                    for isLate in [false, true] {
                        let span = Wire.counted(2, Wire(Self.spans[0]))
                        let group = Wire.counted(2, isLate ? [span, scope] : [scope, span])
                        let request = Wire.counted(1, isLate ? [group, resource] : [resource, group]).bytes
                        var alone = SpanBatch()
                        _ = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &alone) }
                        _ = try request.withUnsafeBytes { try OTLPProtobuf.decodeTraces($0, into: &batch) }
                        wanted += Self.rows(alone.table)
                    }
                }
            }
        }
        #expect(Self.rows(batch.table) == wanted)
        // Each is there once, however it came.
        #expect(batch.table.resources.count == 3)
        #expect(batch.table.scopes.count == 3)
    }
}
