import DataSources
import Telemetry
import TelemetryCodecs
import TestSupport

/// Small trace files, made from numbered spans.
enum TraceText {
    /// One OTLP JSON line with spans `first ..< first + count`, without a line end.
    static func line(_ first: Int, count: Int = 1, extra: String = "") -> String {
        let spans = (first..<first + count).map { number in
            """
            {"traceId":"\(hex(number, 32))","spanId":"\(hex(number, 16))","name":"op","kind":2,\
            "startTimeUnixNano":"\(1_000_000 + number)","endTimeUnixNano":"\(2_000_000 + number)"\(extra)}
            """
        }
        return """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},\
            "scopeSpans":[{"spans":[\(spans.joined(separator: ","))]}]}]}
            """
    }

    /// So many lines of one span each, each with its line end.
    static func lines(_ range: Range<Int>) -> String { range.map { line($0) + "\n" }.joined() }

    /// The same document with line ends and spaces wherever JSON allows them.
    static func pretty(_ text: String) -> String {
        var out = ""
        var isInString = false
        for character in text {
            if character == "\"" { isInString.toggle() }
            out.append(character)
            if !isInString, "{[,:".contains(character) { out += "\n  " }
        }
        return out + "\n"
    }

    /// What a sink must have got of these spans.
    static func keys(_ range: some Sequence<Int>) -> Set<RecordingSink.Key> {
        Set(
            range.map { number in
                RecordingSink.Key(
                    trace: TraceID(high: 0, low: UInt64(number + 1)), span: SpanID(UInt64(number + 1)), kind: .server,
                    start: UInt64(1_000_000 + number))
            })
    }

    private static func hex(_ number: Int, _ digits: Int) -> String {
        let text = String(number + 1, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
