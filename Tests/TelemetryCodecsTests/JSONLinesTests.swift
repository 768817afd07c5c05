import TelemetryCodecs
import Testing

@Suite struct JSONLinesTests {
    private func lines(_ text: String, ended: Bool) -> (lines: [String], consumed: Int) {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { raw in
            var lines = JSONLines(raw)
            var found: [String] = []
            while let line = lines.next() { found.append(String(decoding: raw[line], as: UTF8.self)) }
            let consumed = lines.consumed
            if ended, let line = lines.last() { found.append(String(decoding: raw[line], as: UTF8.self)) }
            return (found, consumed)
        }
    }

    @Test func splitsAtNewlines() {
        #expect(lines("{}\n{\"a\":1}\r\n\n  \n[]\n", ended: true).lines == ["{}", "{\"a\":1}", "[]"])
        #expect(lines("{}\n[", ended: false).lines == ["{}"])
        #expect(lines("{}\n[", ended: false).consumed == 3)
        #expect(lines("{}\n[", ended: true).lines == ["{}", "["])
        #expect(lines("", ended: true).lines.isEmpty)
        #expect(lines("\n\n", ended: true).lines.isEmpty)
    }

    @Test(arguments: [
        ("{\"a\":1}\n{\"a\":2}\n", JSONLines.Layout.lines), ("{\"a\":1}", .lines), ("\n {\"a\":1}\n", .lines),
        ("{\n\"a\":1}", .document), ("[\n", .document), ("{\"a\":[1,2", .undecided), ("", .undecided),
        ("{\"a\":\"x", .undecided), ("{\"a\":1,\n\"b\":\"x", .document),
    ])
    func tellsLinesFromADocument(_ text: String, _ wanted: JSONLines.Layout) {
        #expect(Array(text.utf8).withUnsafeBytes { JSONLines.layout(of: $0) } == wanted)
    }
}
