import Testing

/// `waymark summary` counts what the generator of trace files says it wrote, to the last digit.
@Suite(.enabled(if: Program.isReady, Program.missing), .enabled(if: Program.hasShared, Program.missingData))
struct SummaryTests {
    /// A generated file and the order of its parts.
    struct Case: CustomTestStringConvertible, Sendable {
        var spans = 100_000
        var format: String
        var seed: Int
        var order: String
        var options: [String] = []

        var testDescription: String { arguments.joined(separator: " ") }
        var arguments: [String] { ["\(spans)", format, "\(seed)", order] + options }
    }

    @Test(arguments: [
        Case(format: "otlp-jsonl", seed: 1, order: "plain"),
        Case(format: "otlp-proto", seed: 2, order: "plain"),
        Case(format: "otlp-jsonl", seed: 3, order: "shuffled"),
        Case(format: "otlp-proto", seed: 4, order: "shuffled"),
        Case(format: "otlp-jsonl", seed: 5, order: "repeated"),
        Case(format: "otlp-proto", seed: 6, order: "repeated"),
        Case(format: "otlp-jsonl", seed: 7, order: "repeated", options: ["--environments", "production,staging"]),
        Case(format: "otlp-proto", seed: 8, order: "plain", options: ["--environments", "production,staging"]),
        Case(format: "otlp-jsonl", seed: 9, order: "plain", options: ["--sample", "0.25"]),
        Case(format: "otlp-proto", seed: 10, order: "repeated", options: ["--sample", "0.25"]),
        Case(format: "otlp-jsonl", seed: 11, order: "shuffled", options: ["--sample", "0.01", "--sessions"]),
        Case(
            format: "otlp-proto", seed: 12, order: "repeated",
            options: ["--environments", "production,staging,dev", "--sample", "0.3", "--no-incident"]),
        Case(format: "otlp-jsonl", seed: 13, order: "repeated", options: ["--batch", "20"]),
        Case(format: "otlp-proto", seed: 14, order: "shuffled", options: ["--batch", "7", "--rate", "50"]),
    ])
    func isExact(_ file: Case) async throws {
        try await Program.drive("summary", ["summary"] + file.arguments)
    }

    @Test(arguments: [
        Case(spans: 1_000_000, format: "otlp-jsonl", seed: 21, order: "repeated"),
        Case(
            spans: 1_000_000, format: "otlp-proto", seed: 22, order: "repeated",
            options: ["--environments", "production,staging"]),
        Case(spans: 1_000_000, format: "otlp-proto", seed: 23, order: "plain", options: ["--sample", "0.25"]),
    ])
    func isExactForAMillionSpans(_ file: Case) async throws {
        try await Program.drive("summary", ["summary"] + file.arguments, weight: 2)
    }
}
