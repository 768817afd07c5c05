import Testing

/// Journeys and budgets go to other tools and come back.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct FormatsTests {
    @Test(arguments: ["openslo", "prometheus", "budget", "wrong"])
    func exports(_ scenario: String) async throws {
        try await Program.drive("formats", [scenario])
    }
}
