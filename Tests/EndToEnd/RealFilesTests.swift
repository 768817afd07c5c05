import Testing

/// Files that other projects made open with the counts that are stated for them, or are refused for the right reason.
@Suite(.enabled(if: Program.isReady, Program.missing), .enabled(if: Program.hasShared, Program.missingData))
struct RealFilesTests {
    @Test func everyFileHasItsCountsPackedOrNot() async throws {
        try await Program.drive("real_files", ["counts"])
    }

    @Test func foldersAreReadAndOtherFilesNamed() async throws {
        try await Program.drive("real_files", ["folders"])
    }

    @Test func everyTraceIsDrawn() async throws {
        try await Program.drive("real_files", ["render"])
    }
}
