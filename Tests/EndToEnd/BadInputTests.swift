import Testing

/// Whatever is wrong has a clear message and the right exit code, and nothing else is lost.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct BadInputTests {
    @Test(arguments: ["files", "line", "journeys", "options", "ports", "terminals", "hostile"])
    func hasAClearAnswer(_ scenario: String) async throws {
        try await Program.drive("bad_input", [scenario])
    }
}
