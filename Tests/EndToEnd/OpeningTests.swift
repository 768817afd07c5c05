import Testing

/// Files show what is there before all of it is read, can be left at any time, and can be followed.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct OpeningTests {
    @Test(arguments: ["progress", "leave", "follow", "trace"])
    func isReadInTheOpen(_ scenario: String) async throws {
        try await Program.drive("opening", [scenario])
    }
}
