import Testing

/// Every number of the home screen follows from what `waymark history export` writes.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct RecomputeTests {
    @Test func theScreenFollowsFromTheExport() async throws {
        try await Program.drive("recompute", ["screen"])
    }
}
