import Testing

/// A real OpenTelemetry SDK sends, and a terminal emulator reads what the dashboard makes of it.
@Suite(.enabled(if: Program.isReady, Program.missing))
struct ClientTests {
    @Test(arguments: ["grpc", "http"], ["none", "gzip"])
    func everySpanIsCountedMatchedAndDrawn(_ transport: String, _ compression: String) async throws {
        try await Program.drive("client", ["client", transport, compression])
    }
}
