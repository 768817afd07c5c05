import Telemetry
import TelemetryCodecs
import Testing

/// The shortcuts for text without white space and escapes must find what the general way finds.
@Suite struct OTLPJSONUsualTests {
    /// Keys and values as they stand between the quotes; some end in what looks like the end of another.
    private static let texts = [
        "a", "", "http.request.method", #"a\"b"#, #"a\"b\"}},{\"key\""#, "a\\\\",
        "é€😀",
        #"\u0061"#, "sixteen bytes ok", "seventeen bytes ..", "GET", "POST", "x", #"line\nbreak"#, "}}", "a ", #"\""#,
    ]
    private static let values =
        texts.map { #""stringValue":"\#($0)""# } + [
            #""intValue":"0""#, #""intValue":"-1""#, #""intValue":7"#, #""intValue":"1234567890123456789""#,
            #""intValue":"9223372036854775807""#, #""intValue":"12345678""#, #""intValue":"1e3""#, #""boolValue":true"#,
            #""boolValue":false"#, #""doubleValue":0.25"#, #""intValue":"1","boolValue":true"#, #""stringValue":null"#,
            "",
        ]

    /// One document of one span; `gap` stands between all tokens.
    private static func document(_ number: Int, _ gap: String) -> String {
        var attributes: [String] = []
        for position in 0..<6 {
            // Three of four attributes are the same in all spans, so that guesses are right as often as wrong.
            let pick = position % 4 == 3 ? number &* 7 &+ position : position &* 5 &+ number / 40
            let key = texts[pick % texts.count]
            let value = values[(pick / 2 &+ position) % values.count].replacing("\":", with: "\"\(gap):\(gap)")
            attributes.append(
                #"{\#(gap)"key"\#(gap):\#(gap)"\#(key)"\#(gap),\#(gap)"value":\#(gap){\#(gap)\#(value)}\#(gap)}"#)
        }
        let digits = String(number + 1, radix: 16)
        let span = String(repeating: "0", count: 16 - digits.count) + digits
        let list = attributes.joined(separator: ",")
        return """
            {"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{\(gap)"traceId"\(gap):\(gap)"\(span)\(span)",\
            "spanId":\(gap)"\(span)","name":"n\(number % 3)","kind":\(gap)\(number % 7),\
            "startTimeUnixNano":"\(number &* 1_000_000_007)"\(gap),"endTimeUnixNano":\(number &* 10_000_000_019)\(gap),\
            "attributes":[\(list)\(gap)]}]}]}]}
            """
    }

    @Test func shortcutsFindWhatTheGeneralWayFinds() throws {
        var dumps: [[String]] = []
        for gap in ["", " "] {
            var batch = SpanBatch()
            for number in 0..<400 {
                let text = Array(Self.document(number, gap).utf8)
                let counts = try text.withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
                #expect(counts.spans == 1)
            }
            let table = batch.table
            dumps.append(
                (0..<table.count).map { row in
                    let attributes = table.decoded(table.attributes(row)).map { "\($0.key)=\($0.value)" }
                    return
                        "\(table.traceID(row).hex) \(table.spanID(row).hex) \(table.name(row).text) \(table.kind(row)) "
                        + "\(table.starts[row]) \(table.ends[row]) \(attributes)"
                })
        }
        #expect(dumps[0] == dumps[1])
        #expect(dumps[0].count == 400)
    }

    @Test func numbersOutOfRangeAreErrorsInAnyForm() {
        for number in ["\"01\"", "\"9223372036854775808\"", "\"12345678901234567890123\"", "\"\"", "\"1", "1.5", "01"] {
            let text =
                #"{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":{"intValue":\#(number)}}]}}]}"#
            var batch = SpanBatch()
            #expect(throws: TelemetryCodecs.DecodingError.self) {
                try Array(text.utf8).withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
            }
        }
    }

    @Test func everyCutIsAnErrorAndReadsNothingBehindIt() throws {
        var batch = SpanBatch()
        let text = Array(Self.document(0, "").utf8)
        _ = try text.withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
        for end in 0..<text.count {
            // A buffer of its own, so that a tool that checks memory sees a read past its end.
            #expect(throws: TelemetryCodecs.DecodingError.self) {
                try Array(text[..<end]).withUnsafeBytes { try OTLPJSON.decodeTraces($0, into: &batch) }
            }
        }
        batch.truncate(to: 1)
        #expect(batch.table.count == 1)
    }
}
