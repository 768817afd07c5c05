import Testing

/// The first thing that most people will ever see of waymark.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct DemoTests {
    @Test(arguments: ["10x", "1x"])
    func hurtJourneyLeadsToASlowTrace(_ speed: String) async throws {
        try await Program.drive("demo", ["release", speed])
    }

    @Test(arguments: ["dependency", "host", "silence"])
    func everyFaultCanBeSeen(_ fault: String) async throws {
        try await Program.drive("demo", ["fault", fault])
    }
}
