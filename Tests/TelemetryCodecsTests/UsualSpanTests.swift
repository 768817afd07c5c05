import Telemetry
import TelemetryCodecs
import Testing

/// Spans written as nearly all are have a way of their own, and white space leads to the general one: both must agree
/// about every text, also about damaged ones.
@Suite struct UsualSpanTests {
    private static let attributes = [
        #"{"key":"a","value":{"stringValue":"x[y]{z}"}}"#, #"{"key":"http.route","value":{"stringValue":"\\\"]}"}}"#,
        #"{"key":"q\"]","value":{"intValue":"12"}}"#, #"{"key":"é","value":{"boolValue":true}}"#,
        #"{"key":"l","value":{"arrayValue":{"values":[{"intValue":1},{"stringValue":"]"}]}}}"#,
        #"{"key":"b","value":{}}"#,
    ]
    private static let parents = ["H", "H", "", "00", "123456789abcdefg"]
    private static let flags =
        [
            "257", "1", "0", "01", "4294967295", "4294967296", "999999999", "7.0", "\"5\"", "null", "769", "257",
        ] + Array(repeating: "257", count: 40)
    private static let names = ["GET /", "", #"a\nb"#, "naïve", "name of more than sixteen bytes"]
    private static let kinds = ["0", "1", "2", "3", "5", "6", "99", "1.0", "2e0", "-1", "null"]
    private static let times =
        [
            "\"T\"", "\"T\"", "\"T\"", "T", "\"0\"", "\"0123456789012345678\"", "\"9999999999999999999\"",
            "\"18446744073709551615\"", "\"18446744073709551616\"", "null",
        ] + Array(repeating: "\"T\"", count: 50)
    private static let statuses = [
        "{}", "{}", #"{"code":2}"#, #"{"code":1}"#, #"{"code":9}"#, #"{"message":"m","code":2}"#, "null",
    ]

    /// Members of a span as writers write them, and as none does.
    private static func members(_ dice: inout SeededGenerator) -> [String] {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &dice) ?? "" }
        func hex(_ digits: Int) -> String {
            String((0..<digits).map { _ in "0123456789abcdefABCDEF".randomElement(using: &dice) ?? "0" })
        }
        func time() -> String {
            pick(times).replacing("T", with: "17600000000\(UInt64.random(in: 10_000_000...99_999_999, using: &dice))")
        }
        let list = (0..<Int.random(in: 0...6, using: &dice)).map { _ in pick(attributes) }.joined(separator: ",")
        let parent = pick(parents).replacing("H", with: hex(16))
        return [
            "\"traceId\":\"\(hex(32))\"", "\"spanId\":\"\(hex(16))\"", "\"parentSpanId\":\"\(parent)\"",
            "\"flags\":\(pick(flags))", "\"name\":\"\(pick(names))\"", "\"kind\":\(pick(kinds))",
            "\"startTimeUnixNano\":\(time())", "\"endTimeUnixNano\":\(time())",
            "\"attributes\":\(pick(["[\(list)]", "[\(list)]", "[]", "null"]))", "\"status\":\(pick(statuses))",
            "\"traceState\":\"\(pick(["", "ot=th:8"]))\"",
            "\"events\":\(pick(["[]", #"[{"name":"e","attributes":[]}]"#]))", "\"links\":\(pick(["[]", "null"]))",
            "\"other\":\(pick(["1", "[[]]", #"{"spanId":"x"}"#]))",
        ]
    }

    /// A document of spans; two of three are in the usual order.
    private static func document(_ dice: inout SeededGenerator) -> String {
        let spans = (0..<6).map { _ in
            var members = Self.members(&dice)
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: members.shuffle(using: &dice)
            case 1: members.insert(members[Int.random(in: 0..<members.count, using: &dice)], at: 3)
            default: members = members.prefix(10).filter { _ in Int.random(in: 0..<12, using: &dice) > 0 }
            }
            return "{\(members.joined(separator: ","))}"
        }
        return
            #"{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[\#(spans.joined(separator: ","))]}]}]}"#
    }

    /// The same text with a space after every separator outside strings.
    private static func spaced(_ text: [UInt8]) -> [UInt8] {
        var spaced: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in text {
            spaced.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
            } else if [UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "[")].contains(byte) {
                spaced.append(0x20)
            }
        }
        return spaced
    }

    /// All that was read, as text; `nil` when the text was refused.
    private static func read(_ text: [UInt8], _ detail: SpanDetail) -> [String]? {
        var batch = SpanBatch(detail)
        let counts = text.withUnsafeBytes { try? OTLPJSON.decodeTraces($0, into: &batch) }
        guard let counts else { return nil }
        let table = batch.table
        let rows = (0..<table.count).map { row in
            """
            \(table.traceID(row).hex) \(table.spanID(row).hex) \(table.parentID(row).hex) \(table.starts[row]) \
            \(table.ends[row]) \(table.name(row).text) \(table.kind(row)) \(table.status(row)) \(table.flags[row]) \
            \(table.statusMessage(row)) \(table.traceState(row)) \(table.decoded(table.attributes(row))) \
            \(table.events(row).count) \(table.service(row).text)
            """
        }
        return rows + ["\(counts.spans) \(counts.rejectedSpans) \(counts.message ?? "")"]
    }

    @Test(arguments: [SpanDetail.whole, .outline])
    func theUsualWayReadsWhatTheGeneralWayReads(detail: SpanDetail) {
        var dice = SeededGenerator(seed: detail == .whole ? 1 : 2)
        var read = 0
        for _ in 0..<1_500 {
            let text = Array(Self.document(&dice).utf8)
            let usual = Self.read(text, detail)
            #expect(usual == Self.read(Self.spaced(text), detail))
            read += usual == nil ? 0 : 1
        }
        #expect(read > 300)
    }

    @Test(arguments: [SpanDetail.whole, .outline])
    func damagedTexts_AreReadAlike(detail: SpanDetail) {
        var dice = SeededGenerator(seed: detail == .whole ? 3 : 4)
        var refused = 0
        for _ in 0..<6_000 {
            var text = Array(Self.document(&dice).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &dice) {
                let place = Int.random(in: 0..<text.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: text.remove(at: place)
                case 1: text[place] = Array("\"\\{}[],:0a ".utf8).randomElement(using: &dice) ?? 0
                default: text.insert(Array("\"\\{}[],:0a".utf8).randomElement(using: &dice) ?? 0, at: place)
                }
            }
            let usual = Self.read(text, detail)
            #expect(usual == Self.read(Self.spaced(text), detail))
            refused += usual == nil ? 1 : 0
        }
        #expect(refused > 1_000)
    }

    // MARK: Lists that are stepped over

    /// Where a list ends, found byte by byte.
    private static func end(_ text: [UInt8]) -> Int? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for (place, byte) in text.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
            } else if byte | 0x20 == UInt8(ascii: "{") {
                depth += 1
                if depth > JSONReader.maximumDepth { return nil }
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0, byte == UInt8(ascii: "]") { return place + 1 }
            }
        }
        return nil
    }

    @Test func aList_EndsWhereItsBracketsPair_WhateverStandsBetween() {
        var dice = SeededGenerator(seed: 5)
        var ended = 0
        for round in 0..<60_000 {
            var text = [UInt8(ascii: "[")]
            let alphabet = Array(
                round % 3 == 0 ? "\\\\\\\"[]a".utf8 : round % 3 == 1 ? "\"\\[]{}ax,: é".utf8 : "[{[}]a".utf8)
            for _ in 0..<Int.random(in: 0..<300, using: &dice) {
                let isPlain = round % 2 == 0 && Int.random(in: 0..<8, using: &dice) > 0
                text.append(isPlain ? UInt8(ascii: "y") : alphabet.randomElement(using: &dice) ?? 0)
            }
            let found: Int? = text.withUnsafeBytes { raw in
                var reader = JSONReader(raw, format: "JSON")
                return (try? reader.skipQuickly()) == nil ? nil : reader.position
            }
            #expect(found == Self.end(text))
            ended += found == nil ? 0 : 1
        }
        #expect(ended > 10_000)
    }

    @Test(arguments: [(512, true), (513, false), (5_000, false)])
    func depthIsLimited(depth: Int, isFine: Bool) {
        for shift in 0..<64 {
            let text =
                "[" + String(repeating: " ", count: shift) + String(repeating: "[", count: depth - 1)
                + String(repeating: "]", count: depth)
            Array(text.utf8).withUnsafeBytes { raw in
                var reader = JSONReader(raw, format: "JSON")
                let isSkipped = (try? reader.skipQuickly()) != nil
                #expect(isSkipped == isFine)
                #expect(!isFine || reader.position == raw.count)
            }
        }
    }

    // MARK: Resources that came before

    @Test func aResourceInTheSameBytes_IsTheSame_AndOneInOthersIsNot() throws {
        func line(_ pod: String, _ more: String, _ span: Int) -> String {
            let filler = String(repeating: "x", count: 300)
            return """
                {"resourceSpans":[{"resource":{"attributes":[{"key":"filler","value":{"stringValue":"\(filler)"}},\
                {"key":"service.name","value":{"stringValue":"cart"}},{"key":"service.instance.id",\
                "value":{"stringValue":"\(pod)"}}]\(more)},"scopeSpans":[{"scope":{},"spans":[{"traceId":\
                "0102030405060708090a0b0c0d0e0f10","spanId":"\(String(1_000_000_000_000_000 + span))"}]}]}]}
                """
        }
        let lines = (0..<120).map { line("pod-\($0 % 7)", $0 % 3 == 0 ? #","x":1"# : "", $0) }
        for detail in [SpanDetail.whole, .outline] {
            var batch = SpanBatch(detail)
            for text in lines {
                _ = try Array(text.utf8).withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
            }
            let table = batch.table
            #expect(table.count == 120)
            #expect(table.resources.count == 7)
            for row in 0..<table.count {
                #expect(table.service(row).text == "cart")
                #expect(table.values.text(table.resource(row).instance) == "pod-\(row % 7)")
            }
        }
    }

    @Test func aResourceThatIsCut_IsAnError_AlsoWhereItsBeginningIsKnown() throws {
        let filler = String(repeating: "x", count: 400)
        let text = Array(
            #"{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"\#(filler)"}}]}}]}"#.utf8)
        var batch = SpanBatch()
        _ = try text.withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
        for end in 0..<text.count {
            #expect(throws: DecodingError.self) {
                try Array(text[..<end]).withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
            }
        }
    }
}
