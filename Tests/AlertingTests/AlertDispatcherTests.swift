import Alerting
import Foundation
import Journeys
import Testing

@Suite struct AlertDispatcherTests {
    @Test func aGroupWaitsTenSecondsAndIsToldOnce() async throws {
        let bench = Bench()
        let verdict = JourneyVerdict.make(alerts: [.make()])
        await bench.show(0...9, [verdict])
        #expect(try bench.heard().isEmpty)
        await bench.show(10...300, [verdict])
        #expect(try bench.heard() == ["firing page: checkout"])
    }

    @Test func theEndIsToldWhenItHasLastedTenSeconds() async throws {
        let bench = Bench()
        await bench.show(0...20, [.make(alerts: [.make()])])
        await bench.show(21...25, [.make()])
        await bench.show(26...26, [.make(alerts: [.make()])])
        await bench.show(27...36, [.make()])
        #expect(try bench.heard() == ["firing page: checkout"])
        await bench.show(37...60, [.make()])
        #expect(try bench.heard() == ["firing page: checkout", "resolved page: checkout"])
        let messages = try bench.senders["pager"]?.messages ?? []
        #expect(messages.count == 2 && messages[0].group == messages[1].group && messages[0].id != messages[1].id)
        #expect(messages.last?.alerts.first?.ended == "2026-11-23T03:00:27Z")
    }

    @Test func whatPassesWithinTheWaitIsNoNews() async throws {
        let bench = Bench()
        await bench.show(0...8, [.make(alerts: [.make()])])
        await bench.show(9...40, [.make()])
        #expect(try bench.heard().isEmpty)
    }

    @Test func aSecondTroubleIsAnotherGroup() async throws {
        let bench = Bench()
        await bench.show(0...15, [.make(alerts: [.make()])])
        await bench.show(16...40, [.make()])
        await bench.show(41...60, [.make(alerts: [.make(since: start + 41 * second)])])
        let messages = try bench.senders["pager"]?.messages ?? []
        #expect(messages.map(\.status) == [.firing, .resolved, .firing])
        #expect(Set(messages.map(\.group)).count == 2)
    }

    @Test func furtherRulesOfOneJourneyAreOneMessage() async throws {
        let bench = Bench()
        let rules = ["page 14.4× 1h/5m", "page 6× 6h/30m"].map { ActiveAlert.make(rule: $0) }
        let warning = ActiveAlert.make(rule: "warn 3× 1d/2h", severity: .warn)
        await bench.show(0...30, [.make(alerts: [rules[0]])])
        await bench.show(31...60, [.make(alerts: rules)])
        await bench.show(61...99, [.make(alerts: rules + [warning])])
        #expect(try bench.heard() == ["firing page: checkout"])
        await bench.show(100...130, [.make(alerts: [warning])])
        #expect(try bench.heard() == ["firing page: checkout"])
        await bench.show(131...150, [.make()])
        #expect(try bench.heard() == ["firing page: checkout", "resolved page: checkout"])
    }

    @Test func gettingWorseIsNews() async throws {
        let bench = Bench()
        let warning = ActiveAlert.make(rule: "warn 3× 1d/2h", severity: .warn)
        await bench.show(0...30, [.make(alerts: [warning])])
        await bench.show(31...60, [.make(alerts: [warning, .make()])])
        #expect(try bench.heard() == ["firing warn: checkout", "firing page: checkout"])
    }

    @Test func whatComesTogetherGoesOutTogether() async throws {
        let bench = Bench()
        let one = JourneyVerdict.make("checkout", alerts: [.make("checkout")], onset: start - 600 * second)
        let other = JourneyVerdict.make("pay", alerts: [.make("pay")], onset: start - 500 * second)
        let context = AlertContext(changes: { _ in [.deployment(of: "payments")] })
        await bench.show(0...3, context: context, [one, .make("pay")])
        await bench.show(4...30, context: context, [one, other])
        #expect(try bench.heard() == ["firing page: checkout,pay"])
    }

    @Test func aLaterJourneyJoinsTheGroupOfItsCause() async throws {
        let bench = Bench()
        let one = JourneyVerdict.make("checkout", alerts: [.make("checkout")], onset: start - 600 * second)
        let other = JourneyVerdict.make("pay", alerts: [.make("pay")], onset: start - 480 * second)
        let context = AlertContext(changes: { _ in [.deployment(of: "payments")] })
        await bench.show(0...30, context: context, [one, .make("pay")])
        await bench.show(31...60, context: context, [one, other])
        let messages = try bench.senders["pager"]?.messages ?? []
        #expect(Set(messages.map(\.group)).count == 1)
        #expect(try bench.heard() == ["firing page: checkout", "firing page: checkout,pay"])
        await bench.show(61...90, context: context, [.make("checkout"), other])
        #expect(try bench.heard().count == 2)
        await bench.show(91...120, context: context, [.make("checkout"), .make("pay")])
        #expect(try bench.heard().last == "resolved page: checkout,pay")
    }

    @Test(arguments: [
        // Another service, a later onset, another environment: other causes.
        ("ledger", UInt64(480), "production"), ("payments", 479, "production"), ("payments", 600, "staging"),
    ])
    func otherCausesAreOtherGroups(service: String, secondsBefore: UInt64, environment: String) async throws {
        let bench = Bench()
        let one = JourneyVerdict.make("checkout", alerts: [.make("checkout")], onset: start - 600 * second)
        let other = JourneyVerdict.make(
            "pay", environment: environment, alerts: [.make("pay", environment: environment)],
            onset: start - secondsBefore * second)
        let context = AlertContext(changes: {
            [.deployment(of: $0.id.name == "pay" ? service : "payments")]
        })
        await bench.show(0...30, context: context, [one, other])
        #expect(try bench.heard().sorted() == ["firing page: checkout", "firing page: pay"])
    }

    @Test func aLateSourceIsOneMessageForAllJourneys() async throws {
        let bench = Bench()
        let names = ["a", "b", "c"]
        let verdicts = names.map { name in
            JourneyVerdict.make(
                name, alerts: [.make(name, kind: .stale, severity: .warn)], staleSince: start - 300 * second)
        }
        await bench.show(0...30, verdicts)
        #expect(try bench.heard() == ["firing warn: a,b,c"])
    }

    @Test func burnAlertsAreNeitherRaisedNorClearedOnStaleData() async throws {
        let bench = Bench()
        await bench.show(0...60, [.make(alerts: [.make()], staleSince: start)])
        #expect(try bench.heard().isEmpty)
        await bench.show(61...80, [.make(alerts: [.make()])])
        #expect(try bench.heard() == ["firing page: checkout"])
        await bench.show(81...140, [.make(staleSince: start + 81 * second)])
        #expect(try bench.heard() == ["firing page: checkout"])
        await bench.show(141...160, [.make()])
        #expect(try bench.heard() == ["firing page: checkout", "resolved page: checkout"])
    }

    @Test func acknowledgingIsToldOnceAndStopsRepeats() async throws {
        let bench = Bench([.make(repeatAfter: 60 * second)])
        await bench.show(0...69, [.make(alerts: [.make()])])
        #expect(try bench.heard().count == 1)
        await bench.show(70...75, [.make(alerts: [.make()])])
        #expect(try bench.heard() == ["firing page: checkout", "firing page: checkout"])
        await bench.show(76...300, [.make(alerts: [.make()], acknowledged: start + 76 * second)])
        #expect(try bench.heard().dropFirst(2) == ["acknowledged page: checkout"])
        let message = try #require(try bench.senders["pager"]?.messages.last)
        #expect(message.alerts.first?.status == .acknowledged)
        #expect(message.alerts.first?.acknowledged?.by == "ana" && message.alerts.first?.acknowledged?.note == "on it")
        await bench.show(301...320, [.make()])
        #expect(try bench.heard().last == "resolved page: checkout")
    }

    @Test func gettingWorseIsToldAlthoughItIsAcknowledged() async throws {
        let bench = Bench()
        let warning = ActiveAlert.make(rule: "warn 3× 1d/2h", severity: .warn)
        await bench.show(0...20, [.make(alerts: [warning])])
        await bench.show(21...40, [.make(alerts: [warning], acknowledged: start + 21 * second)])
        await bench.show(41...60, [.make(alerts: [warning, .make()], acknowledged: start + 21 * second)])
        #expect(
            try bench.heard() == ["firing warn: checkout", "acknowledged warn: checkout", "firing page: checkout"])
    }

    @Test func mutedAlertsAreNotToldButTheirEndIs() async throws {
        let bench = Bench()
        let muted = JourneyVerdict.make(state: .muted, alerts: [.make()], mutedUntil: start + 100 * second)
        await bench.show(0...50, [muted])
        #expect(try bench.heard().isEmpty)
        await bench.show(101...110, [.make(alerts: [.make()])])
        #expect(try bench.heard() == ["firing page: checkout"])
        let again = JourneyVerdict.make(state: .muted, alerts: [.make()], mutedUntil: start + 999 * second)
        await bench.show(111...150, [again])
        #expect(try bench.heard().count == 1)
        await bench.show(151...170, [.make(state: .muted, mutedUntil: start + 999 * second)])
        #expect(try bench.heard().last == "resolved page: checkout")
    }

    @Test func receiversHearWhatTheyAskedFor() async throws {
        let bench = Bench([
            .make("pages", on: [.page]), .make("shifts", on: [.shift]), .make("mine", journeys: ["pay"]), .make("all"),
        ])
        let verdicts = [
            JourneyVerdict.make("checkout", alerts: [.make("checkout")]),
            JourneyVerdict.make("pay", alerts: [.make("pay", rule: "warn 3× 1d/2h", severity: .warn)]),
            JourneyVerdict.make("cart", alerts: [.make("cart", kind: .shift, severity: nil)]),
            JourneyVerdict.make("export", alerts: [.make("export", kind: .silence, severity: .warn)]),
        ]
        await bench.show(0...30, verdicts)
        #expect(try bench.heard("pages") == ["firing page: checkout"])
        #expect(try bench.heard("shifts") == ["firing info: cart"])
        #expect(try bench.heard("mine") == ["firing warn: pay"])
        #expect(
            try bench.heard("all").sorted() == [
                "firing page: checkout", "firing warn: export", "firing warn: pay",
            ])
    }

    @Test func aRestartRepeatsNothingAndForgetsNothing() async throws {
        let before = Bench()
        await before.show(0...20, [.make(alerts: [.make()])])
        let saved = try #require(before.states.last)
        let read = try #require(AlertDispatchState(json: saved.json))
        let after = Bench(restored: read)
        // Nothing is judged yet.
        await after.show(21...60, [])
        await after.show(61...90, [.make(alerts: [.make()])])
        #expect(try after.heard().isEmpty)
        await after.show(91...110, [.make()])
        #expect(try after.heard() == ["resolved page: checkout"])
        #expect(try after.senders["pager"]?.messages.last?.group == before.senders["pager"]?.messages.last?.group)
    }

    @Test func aJourneyThatIsGoneForGoodIsOver() async throws {
        let bench = Bench()
        await bench.show(0...20, [.make(alerts: [.make()])])
        await bench.show(21...320, [])
        #expect(try bench.heard().count == 1)
        await bench.show(321...340, [])
        #expect(try bench.heard() == ["firing page: checkout", "resolved page: checkout"])
    }

    @Test func damagedStateIsNoState() {
        #expect(AlertDispatchState(json: []) == nil)
        #expect(AlertDispatchState(json: Array(#"{"version":2,"groups":[],"told":{}}"#.utf8)) == nil)
    }

    @Test func aClockThatIsSetBackDelaysNothing() async throws {
        let bench = Bench()
        await bench.show(5_000...5_005, [.make(alerts: [.make()])])
        await bench.show(0...12, [.make(alerts: [.make()])])
        #expect(try bench.heard() == ["firing page: checkout"])
    }

    @Test func theMessageSaysWhatIsKnown() async throws {
        let definition = try #require(
            JourneyReader.read(
                """
                journey: checkout
                title: Check out a basket
                owner: team-payments
                runbook: https://runbooks.example/checkout
                entry: service=web name="POST /checkout"
                slo:
                  fast: {target: 99.5%, under: 1.2s}
                """, file: "checkout.yaml"
            ).journeys.first)
        let objective = try #require(definition.objectives.first)
        var judged = ObjectiveVerdict(
            objective: objective, window: TimeWindow(last: minute, until: start), fullLength: minute)
        judged.burns = [
            BurnReading(window: 5 * minute, total: 10, bad: 5, burn: 42.6),
            BurnReading(window: 60 * minute, total: 10, bad: 5, burn: 17.1),
        ]
        judged.budgetLeft = 0.605
        judged.emptyIn = 34_320 * second
        var verdict = JourneyVerdict.make(alerts: [.make()], onset: start - 1_200 * second)
        verdict.objectives = [judged]
        verdict.worst = 0
        let context = AlertContext(
            definitions: ["checkout": definition], changes: { _ in [.deployment(of: "payments")] })
        let bench = Bench()
        await bench.show(0...10, context: context, [verdict])
        let body = try #require(bench.senders["pager"]?.bodies.first)
        let expected = """
            {"alerts":[{"budget_left":0.605,"burns":{"1h":17.1,"5m":42.6},"changes":[{"after":"2.14.0","before":"2.13.4",\
            "kind":"deploy","service":"payments","time":"2026-11-23T02:47:00Z"}],"empty_in_seconds":34320,\
            "environment":"production","journey":"checkout","kind":"burn","objective":"fast",\
            "onset":"2026-11-23T02:40:00Z","onset_uncertainty_seconds":20,"owner":"team-payments",\
            "rule":"page 14.4× 1h/5m","runbook":"https://runbooks.example/checkout","severity":"page",\
            "since":"2026-11-23T03:00:00Z","status":"firing","summary":"checkout hurts",\
            "title":"Check out a basket"}],"group":"checkout/production/1795402800",\
            "id":"checkout/production/1795402800-1-firing","omitted":0,"receiver":"pager",\
            "sent_at":"2026-11-23T03:00:10Z","severity":"page","status":"firing","summary":"checkout hurts",\
            "test":false,"version":1}

            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test func hostileAndEndlessTextStaysDataOfBoundedLength() async throws {
        let hostile = "\u{1b}]0;x\u{7}\"; rm -rf / $(id) `id` \u{202e}" + String(repeating: "é", count: 100_000)
        let bench = Bench()
        let alerts = (0..<200).map { ActiveAlert.make("j\($0)", kind: .stale, severity: .warn, summary: hostile) }
        let verdicts = alerts.map { JourneyVerdict.make($0.key.journey, alerts: [$0], staleSince: start) }
        await bench.show(0...12, verdicts)
        let message = try #require(try bench.senders["pager"]?.messages.first)
        #expect(message.alerts.count == 50 && message.omitted == 150)
        #expect(message.alerts[0].summary.hasPrefix("\u{1b}]0;x\u{7}\"; rm -rf"))
        let body = try #require(bench.senders["pager"]?.bodies.first)
        #expect(body.count < 200_000 && body.dropLast().allSatisfy { $0 >= 0x20 })
    }
}

extension TimelineEvent {
    /// A deployment at 02:47.
    static func deployment(of service: String) -> TimelineEvent {
        var event = TimelineEvent(time: start - 780 * second, kind: .deploy)
        event.service = service
        event.before = "2.13.4"
        event.after = "2.14.0"
        return event
    }
}
