import Testing

/// What `waymark history` exports, imports, deletes and refuses.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct HistoryTests {
    @Test func isExportedImportedAndPruned() async throws {
        try await Program.drive("history", ["command"])
    }
}
