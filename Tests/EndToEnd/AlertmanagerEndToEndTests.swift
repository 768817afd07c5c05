import Testing

/// Whom a running waymark tells: the real Alertmanager of Debian's package.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct AlertmanagerEndToEndTests {
    @Test func anAlertAppearsAndIsResolved() async throws {
        try await Program.drive("alertmanager", ["firing"])
    }

    @Test func aKilledOneIsNoticed() async throws {
        try await Program.drive("alertmanager", ["killed"])
    }
}
