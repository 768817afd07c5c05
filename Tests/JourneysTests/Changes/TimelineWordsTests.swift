import Journeys
import Telemetry
import Testing

@Suite struct TimelineWordsTests {
    private func event(_ kind: TimelineEvent.Kind, at seconds: Double = 0, service: String? = "payments")
        -> TimelineEvent
    {
        var event = TimelineEvent(time: ChangeStream.at(seconds), kind: kind, environment: "prod")
        event.service = service
        return event
    }

    @Test func reportsInWords() {
        var mark = ReportedMark(time: 0, kind: .deploy)
        mark.service = "payments"
        mark.version = "2.14.0"
        mark.by = "mo"
        let told = TimelineEvent(mark, arrival: 7)
        #expect(told.time == 7)
        #expect(told.kind == .deploy)
        #expect(told.sentence == "payments 2.14.0 by mo")
        mark.version = nil
        mark.text = "hotfix"
        #expect(TimelineEvent(mark, arrival: 7).sentence == "payments deployed hotfix by mo")
    }

    @Test func hostileTextIsTamed() {
        for kind in TimelineEvent.Kind.allCases {
            var event = event(kind, service: "a\u{1B}[31m\u{202E}b\n")
            event.subject = String(repeating: "x", count: 100_000)
            event.before = "\u{0}"
            event.after = String(repeating: "\u{9B}", count: 500)
            event.text = "\r\u{7F}\u{2028}"
            event.by = "\t"
            for words in [event.sentence, event.shortSentence] {
                #expect(words.unicodeScalars.count < 700)
                #expect(!words.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
                #expect(!words.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{2028}" })
            }
        }
    }

    @Test func anEventToldAgainTakesItsPlace() {
        var first = event(.version, at: 10)
        first.after = "2"
        first.count = 1
        var again = first
        again.count = 3
        var timeline: [TimelineEvent] = []
        timeline.record([event(.config, at: 20), first])
        timeline.record([event(.spanAppeared, at: 5), again])
        #expect(timeline.map(\.kind) == [.spanAppeared, .version, .config])
        #expect(timeline.map(\.count) == [nil, 3, nil])
        timeline.record([event(.spanVanished, at: 30)], limit: 2)
        #expect(timeline.map(\.kind) == [.config, .spanVanished])
    }

    @Test func causesComeBeforeEffectsAndTheNearFirst() {
        var version = event(.version, at: 100)
        version.after = "2"
        var reported = event(.deploy, at: 90)
        reported.after = "2"
        let anybody = event(.deploy, at: 50, service: nil)
        let timeline = [
            event(.spanVanished, at: 130), event(.instances, at: 119), version, reported, anybody,
            event(.config, at: 101), event(.version, at: 300), event(.version, at: 100, service: "search"),
            event(.onset, at: 120), event(.config, at: 5000),
        ]
        let ranked = ChangeRelevance().changes(
            near: ChangeStream.at(120), services: ["payments"], environment: "prod", in: timeline)
        #expect(ranked.map(\.kind) == [.version, .config, .deploy, .instances, .spanVanished, .version])
    }

    @Test func aJourneyKnowsItsServices() throws {
        var engine = JourneyEngine.make(checkoutYAML)
        var entry = TestSpan.make(trace: 1, span: 1)
        entry.version = "8.1"
        let pay = TestSpan.make(trace: 1, span: 2, parent: 1, service: "payments", name: "POST /charge")
        engine.take([entry, pay, .make(trace: 2, span: 3, service: "search", name: "GET /search")])
        let view = try #require(engine.picture().journeys.first { !$0.isFound })
        #expect(view.services == ["web-bff", "payments"])
        var changed = event(.version)
        changed.time = TestSpan.noon
        var elsewhere = changed
        elsewhere.service = "search"
        #expect(view.changes(near: TestSpan.noon, in: [elsewhere, changed]) == [changed])
    }
}
