import Testing

/// `waymark render` draws exactly the cells that were asked for, and the same ones every time.
@Suite(.enabled(if: Program.isReady, Program.missing), .enabled(if: Program.hasShared, Program.missingData))
struct RenderTests {
    @Test(arguments: ["journeys", "journey", "trace"], ["200x60", "120x36", "80x24", "60x15", "59x14"])
    func isExactAndTheSame(_ screen: String, _ size: String) async throws {
        try await Program.drive("render", ["render", screen, size])
    }
}
