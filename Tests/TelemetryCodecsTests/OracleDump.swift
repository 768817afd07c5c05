import Telemetry
import TelemetryCodecs

/// Writes tables the way `Fixtures/otlp_oracle.py` dumps requests: one line a span.
struct OracleDump {
    let table: SpanTable

    /// All rows and the number of rejected spans.
    static func text(_ table: SpanTable, rejected: Int) -> String {
        let dump = OracleDump(table: table)
        return (0..<table.count).map { dump.line($0) + "\n" }.joined() + "rejected \(rejected)\n"
    }

    func line(_ row: Int) -> String {
        let scope = table.scope(row)
        var parts = [
            "\(table.traceID(row).hex) \(table.spanID(row).hex) \(table.parentID(row).hex)",
            "\(table.kind(row).rawValue) \(table.starts[row]) \(table.ends[row])",
            "\(table.flags[row]) n:\(hex(table.name(row).text)) t:\(hex(table.traceState(row)))",
            "\(table.status(row).rawValue) m:\(hex(table.statusMessage(row)))",
            "r \(text(table.resource(row).attributes))",
            "s \(hex(scope.name.text)) \(hex(scope.version.text)) \(text(scope.attributes))",
            "a \(text(table.attributes(row)))",
        ]
        for event in table.events(row) {
            parts.append("e \(event.time) \(hex(table.values.text(event.name))) \(text(event.attributes))")
        }
        for link in table.links(row) {
            let ids = "\(link.trace.hex) \(link.span.hex)"
            parts.append("l \(ids) \(hex(table.values.text(link.traceState))) \(text(link.attributes))")
        }
        return parts.joined(separator: " | ")
    }

    private func text(_ list: AttributeList) -> String {
        "(" + table.decoded(list).map { "\(hex($0.key))=\(text($0.value))" }.joined(separator: " ") + ")"
    }

    private func text(_ value: AttributeValue) -> String {
        switch value {
        case .empty: "-"
        case .string(let text): "s:" + hex(text)
        case .bool(let flag): flag ? "b:1" : "b:0"
        case .int(let number): "i:\(number)"
        case .double(let number): number.isNaN ? "d:nan" : "d:" + SpanID(number.bitPattern).hex
        case .bytes(let bytes): "x:" + hex(bytes)
        case .array(let values): "[" + values.map(text).joined(separator: ",") + "]"
        case .map(let pairs): "{" + pairs.map { "\(hex($0.key))=\(text($0.value))" }.joined(separator: ",") + "}"
        }
    }

    private func hex(_ text: String) -> String { hex(Array(text.utf8)) }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
