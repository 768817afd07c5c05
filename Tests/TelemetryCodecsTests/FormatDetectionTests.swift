import Foundation
import TelemetryCodecs
import Testing

@Suite struct FormatDetectionTests {
    private func detect(_ bytes: [UInt8]) -> TraceFileFormat { bytes.withUnsafeBytes { FormatDetection.detect($0) } }
    private func detect(_ text: String) -> TraceFileFormat { detect(Array(text.utf8)) }

    @Test(arguments: [
        ("{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}\n", TraceFileFormat.otlpJSON(.lines)),
        ("{\n  \"resourceLogs\": [\n", .otlpJSON(.document)),
        ("  {\"x\":{\"data\":1},\"resourceMetrics\":[", .otlpJSON(.undecided)),
        ("{}", .otlpJSON(.lines)),
        ("\u{FEFF}{\"resourceSpans\":[]}", .otlpJSON(.lines)),
        ("{\"data\":[{\"traceID\":\"1\"", .jaegerJSON(.undecided)),
        ("{\"total\":0,\"errors\":null,\"data\":[]}", .jaegerJSON(.lines)),
        ("[{\"traceID\":\"1\",\"spans\":[]}]", .jaegerJSON(.lines)),
        ("{\"processes\":{},\"spans\":[]}", .jaegerJSON(.lines)),
        ("[{\"traceId\":\"1\",\"parentId\":\"1\",\"id\":\"2\"", .zipkinJSON(.undecided)),
        ("[\n[\n{\"id\":\"1\",\"traceId\":\"1\"}]]", .zipkinJSON(.document)),
        ("{\"traceId\":\"1\",\"id\":\"2\"}\n{\"traceId\":\"1\",\"id\":\"2\"}\n", .zipkinJSON(.lines)),
        ("[]", .zipkinJSON(.lines)),
    ])
    func knowsJSON(_ text: String, _ wanted: TraceFileFormat) {
        #expect(detect(text) == wanted)
    }

    @Test(arguments: [
        ("", "it is empty"),
        (" \n ", "it holds only white space"),
        ("<!DOCTYPE html><html>", "it looks like an HTML page"),
        ("<?xml version=\"1.0\"?>", "it looks like XML"),
        ("time,service,ms\n1,a,2\n", "it looks like a CSV table"),
        ("hello world", "it looks like plain text"),
        ("journey:\n  name: a\n", "it looks like YAML"),
        ("{\"a\":1,\"b\":2}", "it is JSON, but with keys of no known trace format: a, b"),
        ("[{\"resourceSpans\":[]}]", "it is a list of OTLP objects; write one a line instead"),
        ("{\"resource_spans\":[]}", "its keys are snake_case; OTLP JSON writes resourceSpans"),
        ("{\"a\" 1}", "JSON, byte 5: expected ':' after a key, read '1'"),
        ("{\"a\":\"", "its JSON names nothing known within the first 6 bytes"),
    ])
    func saysWhyNot(_ text: String, _ reason: String) {
        #expect(detect(text) == .unknown(reason))
    }

    @Test func knowsOtherFilesByTheirMagic() {
        #expect(detect([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .unknown("it looks like a PNG image"))
        #expect(detect([0x1F, 0x8B, 8, 0, 0]) == .unknown("it looks like a gzip file within another compression"))
        #expect(detect([0, 1, 2, 3]) == .unknown("its first bytes are of no known format"))
    }

    @Test func takesProtobufForACandidate() {
        // resource_spans { resource { attributes { key: "a" value { string_value: "b" } } } }, bare and in both frames.
        let message: [UInt8] = [0x0A, 0x0C, 0x0A, 0x0A, 0x0A, 0x08, 0x0A, 1, 0x61, 0x12, 3, 0x0A, 1, 0x62]
        #expect(detect(message) == .otlpProtobuf)
        #expect(detect([UInt8(message.count)] + message) == .otlpProtobuf)
        #expect(detect([0, 0, 0, UInt8(message.count)] + message) == .otlpProtobuf)
        // Lengths that read as an opening brace.
        let long =
            [0x0A, 0x7B, 0x0A, 0x79, 0x0A, 0x77, 0x0A, 1, 0x61, 0x12, 0x72, 0x0A, 0x70]
            + [UInt8](repeating: 0x62, count: 0x70)
        #expect(detect(long) == .otlpProtobuf)
    }

    @Test func neverFailsOnAnyPrefix() {
        let text = Array("[{\"traceId\":\"1\",\"kind\":\"CLIENT\",\"tags\":{\"a\":\"\\u00e4\"},\"id\":\"2\"}]".utf8)
        for count in 0...text.count { _ = detect(Array(text.prefix(count))) }
        #expect(detect(text) == .zipkinJSON(.lines))
    }
}
