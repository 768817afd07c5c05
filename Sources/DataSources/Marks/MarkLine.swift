import Telemetry
import TelemetryCodecs

/// One line of a file of marks: a JSON object.
///
/// ```
/// {"time": "2026-11-23T02:47:00Z", "kind": "deploy", "service": "payments", "version": "2.14.0", "by": "ci"}
/// ```
///
/// `time` is RFC 3339 or Unix nanoseconds; `kind` is `deploy` (the default), `config` or `note`. Further keys are `before`,
/// `subject`, `journey`, `environment` and `text`; unknown keys are left alone.
package enum MarkLine {
    /// The longest line read, in bytes.
    package static let maximumBytes = 65_536
    /// The moments that are believed: the years 2000 to 2199.
    private static let credible: Range<UInt64> = 946_684_800_000_000_000..<7_258_118_400_000_000_000

    /// Reads a line.
    ///
    /// - Throws: what is wrong and what was expected, with the byte in the line.
    package static func decode(_ line: UnsafeRawBufferPointer) throws(DecodingError) -> ReportedMark {
        var reader = JSONReader(line, format: "mark")
        var mark = ReportedMark(time: 0, kind: .deploy)
        var hasTime = false
        var more = try reader.beginObject()
        while more {
            let key = String(decoding: try reader.keyText(), as: UTF8.self)
            if try reader.takeNull() {
                // Absent.
            } else if key == "time" {
                mark.time = try time(&reader)
                hasTime = true
            } else if key == "kind" {
                mark.kind = try kind(&reader)
            } else if let place = place(of: key) {
                mark[keyPath: place] = ReportedMark.kept(String(decoding: try reader.string(), as: UTF8.self))
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        try reader.finish()
        guard hasTime else {
            throw failure(0, "\"time\" is missing; expected RFC 3339 or Unix nanoseconds")
        }
        try check(mark)
        return mark
    }

    /// The line of a mark, without its end.
    package static func encode(_ mark: ReportedMark) -> String {
        let texts: [(String, String?)] = [
            ("service", mark.service), ("version", mark.version), ("before", mark.before), ("subject", mark.subject),
            ("journey", mark.journey), ("environment", mark.environment), ("text", mark.text), ("by", mark.by),
        ]
        var parts = ["\"time\":\"\(RFC3339.text(mark.time))\"", "\"kind\":\"\(mark.kind.rawValue)\""]
        parts += texts.compactMap { key, text in text.map { "\"\(key)\":\(AttributeValue.string($0).json)" } }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func place(of key: String) -> WritableKeyPath<ReportedMark, String?>? {
        switch key {
        case "service": \.service
        case "version": \.version
        case "before": \.before
        case "subject": \.subject
        case "journey": \.journey
        case "environment": \.environment
        case "text": \.text
        case "by": \.by
        default: nil
        }
    }

    private static func time(_ reader: inout JSONReader) throws(DecodingError) -> UInt64 {
        let start = reader.position
        let time: UInt64
        if try reader.kind() == .string {
            let text = String(decoding: try reader.string().prefix(64), as: UTF8.self)
            guard let moment = RFC3339.nanoseconds(text) ?? UInt64(text) else {
                throw failure(start, "\"time\" is \"\(text)\"; expected RFC 3339 such as 2026-11-23T02:47:00Z")
            }
            time = moment
        } else {
            time = try reader.uint64()
        }
        guard credible.contains(time) else {
            let isCoarse = time > 0 && time < credible.lowerBound
            let hint = isCoarse ? "; seconds and milliseconds are not accepted" : ""
            throw failure(start, "\"time\" is \(time); expected Unix nanoseconds of the years 2000 to 2199\(hint)")
        }
        return time
    }

    private static func kind(_ reader: inout JSONReader) throws(DecodingError) -> ReportedMark.Kind {
        let start = reader.position
        let text = String(decoding: try reader.string().prefix(64), as: UTF8.self)
        guard let kind = ReportedMark.Kind(rawValue: text) else {
            throw failure(start, "\"kind\" is \"\(text)\"; expected deploy, config or note")
        }
        return kind
    }

    private static func check(_ mark: ReportedMark) throws(DecodingError) {
        switch mark.kind {
        case .deploy where mark.service == nil && mark.version == nil && mark.text == nil:
            throw failure(0, "a deploy says nothing; expected at least one of \"service\", \"version\" and \"text\"")
        case .config where mark.subject == nil:
            throw failure(0, "a config names no setting; expected \"subject\"")
        case .note where mark.text == nil:
            throw failure(0, "a note has no words; expected \"text\"")
        default: break
        }
    }

    private static func failure(_ offset: Int, _ reason: String) -> DecodingError {
        DecodingError(format: "mark", offset: offset, reason: reason)
    }
}
