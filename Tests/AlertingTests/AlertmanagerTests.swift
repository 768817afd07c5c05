import Alerting
import AsyncHTTPClient
import Foundation
import Journeys
import NIOCore
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The real Alertmanager of Debian's package `prometheus-alertmanager`, on loopback, with a webhook as its receiver.
final class RealAlertmanager {
    static let program = "/usr/bin/prometheus-alertmanager"
    let port: Int
    private let process = Process()
    private let folder = NSTemporaryDirectory() + "waymark-am-\(UUID().uuidString)"

    init(tellingTo server: LocalServer) throws {
        port = try Self.freePort()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let configuration = """
            route:
              receiver: hook
              group_by: [alertname, journey]
              group_wait: 0s
              group_interval: 1s
              repeat_interval: 1h
            receivers:
              - name: hook
                webhook_configs:
                  - url: \(server.address)/am
                    send_resolved: true
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder + "/am.yml"))
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = [
            "--config.file=\(folder)/am.yml", "--storage.path=\(folder)/data", "--web.listen-address=127.0.0.1:\(port)",
            "--cluster.listen-address=", "--log.level=error",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var address: String { "http://127.0.0.1:\(port)" }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The alerts that it shows, by name.
    func alerts() async throws -> [String: [String: String]] {
        struct Shown: Decodable {
            var labels: [String: String]
            var annotations: [String: String]
        }
        let text = try await get("/api/v2/alerts")
        let shown = try JSONDecoder().decode([Shown].self, from: Data(text.utf8))
        return Dictionary(
            shown.map { ($0.labels["alertname"] ?? "", $0.labels.merging($0.annotations) { one, _ in one }) },
            uniquingKeysWith: { one, _ in one })
    }

    func get(_ path: String) async throws -> String {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let response = try await client.execute(HTTPClientRequest(url: address + path), timeout: .seconds(120))
            let body = try await response.body.collect(upTo: 1 << 20)
            try await client.shutdown()
            return String(buffer: body)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}

/// Waits until something holds; a condition that never does fails by itself in the end.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<600 {
        if (try? await condition()) == true { return true }
        try await Task.sleep(for: .milliseconds(100))
    }
    return false
}

@Suite(.serialized) struct AlertmanagerTests {
    /// A dispatcher on real time, shifted by a while.
    static func dispatcher(
        _ address: String, behind: UInt64 = 0, transport: HTTPTransport
    ) throws -> (AlertDispatcher, @Sendable () -> UInt64) {
        let now: @Sendable () -> UInt64 = { UInt64(Date().timeIntervalSince1970 * 1_000) * 1_000_000 - behind }
        let receiver = AlertReceiver(
            name: "am", kind: .alertmanager(try AlertAddress(address), headers: [], token: nil),
            timeout: 300 * second)
        let environment = AlertingEnvironment(wallNow: now, transport: transport)
        return (AlertDispatcher(receivers: [receiver], environment: environment, instance: "here"), now)
    }

    @Test func theAlertAppearsIsToldAndResolved() async throws {
        let hook = try await LocalServer.start([])
        let alertmanager = try RealAlertmanager(tellingTo: hook)
        let transport = HTTPTransport()
        let (dispatcher, now) = try Self.dispatcher(alertmanager.address, transport: transport)
        #expect(try await eventually { try await alertmanager.get("/-/ready").contains("OK") })
        let fired = ActiveAlert.make(since: now() - 5 * second, summary: "checkout: \"fast\" burns 14.9×\u{1b}")
        await dispatcher.update(.make([.make(alerts: [fired])], now: now()), context: AlertContext(), now: now())
        await dispatcher.drain()
        #expect(await dispatcher.status().first?.lastProblem == nil)
        let shown = try await alertmanager.alerts()
        #expect(Set(shown.keys) == ["Watchdog", "JourneyBudgetBurn"])
        #expect(shown["JourneyBudgetBurn"]?["summary"] == "checkout: \"fast\" burns 14.9×\u{1b}")
        #expect(shown["JourneyBudgetBurn"]?["severity"] == "page")
        #expect(shown["Watchdog"]?["severity"] == "none")
        func told(_ status: String) -> Bool {
            hook.seen.contains { $0.body.contains("\"status\":\"\(status)\"") && $0.body.contains("JourneyBudgetBurn") }
        }
        #expect(try await eventually { told("firing") })
        #expect(!told("resolved"))
        await dispatcher.update(.make([.make()], now: now()), context: AlertContext(), now: now())
        await dispatcher.drain()
        #expect(try await eventually { told("resolved") })
        #expect(try await Set(alertmanager.alerts().keys) == ["Watchdog"])
        let answers = await dispatcher.testAlert()
        #expect(answers.map(\.text) == ["HTTP 200"])
        #expect(try await alertmanager.alerts().keys.contains("WaymarkTest"))
        alertmanager.stop()
        await transport.stop()
        hook.stop()
    }

    @Test func aDeadWaymarkIsNoticed() async throws {
        let hook = try await LocalServer.start([])
        let alertmanager = try RealAlertmanager(tellingTo: hook)
        let transport = HTTPTransport()
        // Its clock is nearly a lifetime behind, so that what it sent ends by itself in seconds instead of minutes.
        let (dispatcher, now) = try Self.dispatcher(
            alertmanager.address, behind: 236 * second, transport: transport)
        #expect(try await eventually { try await alertmanager.get("/-/ready").contains("OK") })
        await dispatcher.update(.empty, context: AlertContext(), now: now())
        await dispatcher.drain()
        #expect(try await alertmanager.alerts().keys.contains("Watchdog"))
        // From here on waymark is silent.
        #expect(try await eventually { try await alertmanager.alerts().isEmpty })
        #expect(
            try await eventually {
                hook.seen.contains { $0.body.contains("Watchdog") && $0.body.contains("\"status\":\"resolved\"") }
            })
        alertmanager.stop()
        await transport.stop()
        hook.stop()
    }
}
