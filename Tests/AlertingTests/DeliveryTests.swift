import Alerting
import Foundation
import Journeys
import Testing

@Suite struct DeliveryTests {
    static func webhook(repeatAfter: UInt64? = nil) throws -> AlertReceiver {
        AlertReceiver(
            name: "pager", kind: .webhook(try AlertAddress("https://hooks.example/x"), headers: [], token: nil),
            repeatAfter: repeatAfter)
    }

    @Test func webhooksAreTriedAgainWithBackOff() async throws {
        let failures: [SendOutcome] = [
            .failed("HTTP 500", retryAfter: nil), .failed("HTTP 503", retryAfter: .seconds(30)),
            .failed("HTTP 500", retryAfter: nil),
        ]
        let bench = Bench([try Self.webhook()], answers: failures)
        await bench.show(0...10, [.make(alerts: [.make()])])
        // Half and a half of the half of 1, 2 and 4 seconds; the second pause was asked for.
        #expect(bench.clock.pauses == [.milliseconds(750), .seconds(30), .seconds(3)])
        #expect(try bench.heard().count == 4)
        #expect(Set(try bench.senders["pager"]?.messages.map(\.id) ?? []).count == 1)
        let status = try #require(await bench.dispatcher.status().first)
        #expect(status.delivered == 1 && status.failures == 3 && status.lost == 0 && !status.isFailing)
    }

    @Test func whatIsRefusedIsNotTriedAgainAndIsSaid() async throws {
        let bench = Bench([try Self.webhook()], answers: [.refused("https://hooks.example: HTTP 404")])
        await bench.show(0...60, [.make(alerts: [.make()])])
        #expect(try bench.heard().count == 1)
        let status = try #require(await bench.dispatcher.status().first)
        #expect(status.isFailing && status.lost == 1 && status.lastProblem == "https://hooks.example: HTTP 404")
        #expect(status.lastFailed == start + 10 * second && status.queued == 0)
    }

    @Test func aMessageIsGivenUpInTheEnd() async throws {
        let failures = [SendOutcome](repeating: .failed("HTTP 500", retryAfter: nil), count: 50)
        let policy = RetryPolicy(first: .seconds(1), longest: .seconds(10), giveUp: .seconds(60))
        let bench = Bench([try Self.webhook()], answers: failures, retry: policy)
        await bench.show(0...10, [.make(alerts: [.make()])])
        let total = bench.clock.pauses.reduce(.zero, +)
        #expect(total <= .seconds(60) && total > .seconds(45))
        #expect(await bench.dispatcher.status().first?.lost == 1)
    }

    @Test func commandsAreNotRunAgain() async throws {
        let bench = Bench(answers: [.failed("exit code 1", retryAfter: nil)])
        await bench.show(0...30, [.make(alerts: [.make()])])
        #expect(try bench.heard().count == 1)
        #expect(await bench.dispatcher.status().first?.lost == 1)
    }

    @Test func backOffDoublesUpToItsLongest() {
        let policy = RetryPolicy()
        #expect(
            (1...12).map { policy.pause(after: $0, random: 1, asked: nil) }
                == [
                    1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300,
                ].map { .seconds($0) })
        #expect(policy.pause(after: 3, random: 0, asked: nil) == .seconds(2))
        #expect(policy.pause(after: Int.max, random: 1, asked: .seconds(1_000)) == .seconds(1_000))
        #expect(policy.pause(after: 1, random: 1, asked: .seconds(1_000_000)) == .seconds(3_600))
    }

    @Test func aTestIsMarkedAndItsAnswerTold() async throws {
        let bench = Bench([.make("one"), .make("two")], answers: [.refused("exit code 3")])
        let answers = await bench.dispatcher.testAlert()
        #expect(answers.map(\.receiver) == ["one", "two"] && answers.allSatisfy { !$0.arrived })
        #expect(answers.first?.text == "exit code 3")
        let single = await bench.dispatcher.testAlert(receiver: "two")
        #expect(single.map(\.receiver) == ["two"] && single[0].arrived)
        let message = try #require(try bench.senders["two"]?.messages.last)
        #expect(message.test && message.alerts.isEmpty && message.group == "test")
        #expect(await bench.dispatcher.testAlert(receiver: "three").isEmpty)
    }

    @Test func anAlertmanagerHearsHowThingsStand() async throws {
        let receiver = AlertReceiver(
            name: "am", kind: .alertmanager(try AlertAddress("http://127.0.0.1:9093"), headers: [], token: nil))
        let bench = Bench([receiver])
        func sent() throws -> [[PostedAlert]] {
            try (bench.senders["am"]?.bodies ?? []).map { try JSONDecoder().decode([PostedAlert].self, from: Data($0)) }
        }
        await bench.show(0...0, [])
        #expect(try sent().map { $0.compactMap { $0.labels["alertname"] } } == [["Watchdog"]])
        #expect(try sent()[0][0].endsAt == "2026-11-23T03:04:00Z")
        await bench.show(1...59, [.make(alerts: [.make()])])
        #expect(try sent().map(\.count) == [1, 2])
        let alert = try #require(try sent()[1].last)
        #expect(
            alert.labels == [
                "alertname": "JourneyBudgetBurn", "journey": "checkout", "environment": "production",
                "severity": "page",
                "objective": "fast",
            ])
        #expect(alert.startsAt == "2026-11-23T03:00:00Z" && alert.endsAt == "2026-11-23T03:04:01Z")
        await bench.show(60...61, [.make(alerts: [.make()])])
        #expect(try sent().map(\.count) == [1, 2, 2])
        await bench.show(62...62, [.make()])
        #expect(try sent().last?.last?.endsAt == "2026-11-23T03:01:02Z")
        await bench.show(63...500, [.make()])
        #expect(try sent().last?.count == 1)
        let muted = JourneyVerdict.make(state: .muted, alerts: [.make()], mutedUntil: start + 999 * second)
        await bench.show(501...510, [muted])
        #expect(try sent().last?.count == 1)
    }
}

/// One alert of Alertmanager's v2 API.
struct PostedAlert: Decodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
}
