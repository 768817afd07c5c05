import Testing

/// `waymark summary` tells what became of joined runs as the generator of trace files does, to the last digit.
@Suite(.enabled(if: Program.isReady, Program.missing), .enabled(if: Program.hasShared, Program.missingData))
struct JoinedTests {
    typealias Case = SummaryTests.Case

    @Test(arguments: [
        Case(spans: 20_000, format: "otlp-jsonl", seed: 31, order: "plain"),
        Case(spans: 50_000, format: "otlp-proto", seed: 32, order: "shuffled"),
        Case(spans: 100_000, format: "otlp-jsonl", seed: 33, order: "repeated"),
        Case(spans: 200_000, format: "otlp-proto", seed: 34, order: "plain"),
        Case(
            spans: 100_000, format: "otlp-proto", seed: 35, order: "shuffled",
            options: ["--environments", "production,staging"]),
        Case(spans: 100_000, format: "otlp-proto", seed: 36, order: "repeated", options: ["--sample", "0.25"]),
        Case(spans: 100_000, format: "otlp-jsonl", seed: 37, order: "plain", options: ["--rate", "10000"]),
        Case(spans: 50_000, format: "otlp-jsonl", seed: 38, order: "shuffled", options: ["--rate", "2"]),
        Case(spans: 1_000, format: "otlp-proto", seed: 39, order: "plain", options: ["--batch", "7"]),
    ])
    func isExact(_ file: Case) async throws {
        try await Program.drive("joined", ["joined"] + file.arguments)
    }

    @Test func isExactForAMillionSpans() async throws {
        let file = Case(spans: 1_000_000, format: "otlp-proto", seed: 41, order: "repeated")
        try await Program.drive("joined", ["joined"] + file.arguments, weight: 2)
    }
}
