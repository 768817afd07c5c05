import Testing

/// The dashboard lives and ends well on a real terminal, and leaves it as it was.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct LifeTests {
    @Test(arguments: [
        "signals", "crash", "lost", "stopped", "sizes", "mouse", "filters", "overlays", "keys",
    ])
    func isCalm(_ scenario: String) async throws {
        try await Program.drive("life", [scenario])
    }
}
