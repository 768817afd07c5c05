import Testing

/// A waymark without a terminal.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct ServeTests {
    @Test func whatWasJudgedIsThereAfterARestart() async throws {
        try await Program.drive("serve", ["life"])
    }

    @Test func peopleAreAnswered() async throws {
        try await Program.drive("serve", ["people"])
    }

    @Test func withoutJourneysItGoesOn() async throws {
        try await Program.drive("serve", ["bare"])
    }

    @Test func aKilledOneLosesNoCommittedCount() async throws {
        try await Program.drive("serve", ["kill", "8"])
    }
}
