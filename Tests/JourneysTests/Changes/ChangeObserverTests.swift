import Journeys
import Telemetry
import Testing

@Suite struct ChangeObserverTests {
    /// Two spans a second over eight instances, before whatever a test adds.
    private func usual(_ second: Int, version: String = "1.0", instances: Int = 8) -> [TestSpan] {
        (0..<2).map { half in
            .seen(
                Double(second) + Double(half) / 2, version: version,
                instance: "pod-\((second * 2 + half) % instances)")
        }
    }

    @Test func aNewVersionIsToldOfWithItsInstancesAsTheyGrow() throws {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        #expect(stream.timeline.isEmpty)
        stream.run(600..<700) { second in
            usual(second).map { span in
                var span = span
                // The last three of eight are replaced.
                if let number = span.instance?.last?.wholeNumberValue, number >= 5 {
                    span.instance = "new-\(number)"
                    span.version = "1.1"
                }
                return span
            }
        }
        let event = try #require(stream.timeline.first)
        #expect(stream.timeline.count == 1)
        #expect(event.kind == .version)
        #expect(event.before == "1.0")
        #expect(event.after == "1.1")
        #expect(event.environment == "prod")
        #expect(event.time >= ChangeStream.at(600) && event.time < ChangeStream.at(604))
        #expect(event.sentence == "payments 1.0 → 1.1 on 3 of 8 instances")
        #expect(event.shortSentence == "payments 1.0→1.1 3/8")
    }

    @Test func aVersionIsCertainWithinSeconds() {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<606) { usual($0, version: "1.1") }
        #expect(stream.timeline.map(\.after) == ["1.1"])
    }

    @Test func nothingIsAChangeWhileAServiceIsLearned() {
        var stream = ChangeStream()
        stream.run(0..<60) { usual($0) }
        stream.run(60..<400) { usual($0, version: "1.1") + [.seen(Double($0), name: "GET /new", version: "1.1")] }
        #expect(stream.timeline.isEmpty)
    }

    @Test func aRareVersionOfAMixIsNotNew() {
        // One span in 400 is of a second version from the beginning; the first is seen after the learning.
        var stream = ChangeStream()
        stream.run(0..<3000) { second in
            usual(second) + (second % 200 == 199 ? [.seen(Double(second) + 0.9, version: "0.9", instance: "odd")] : [])
        }
        #expect(stream.timeline.isEmpty)
    }

    @Test func aVersionThatIsTakenBackIsToldOf() throws {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<800) { usual($0) + [.seen(Double($0), version: "1.1", instance: "canary")] }
        stream.run(800..<1200) { usual($0) }
        #expect(stream.timeline.map(\.kind) == [.version, .version])
        let back = try #require(stream.timeline.last { $0.kind == .version })
        #expect(back.sentence == "payments rolled back 1.1 → 1.0 on 8 of 8 instances")
        #expect(back.time == ChangeStream.at(799))
    }

    @Test func aVersionThatComesAgainAfterItWasGoneIsNew() {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<1200) { usual($0, version: "1.1") }
        stream.run(1200..<1800) { usual($0, version: "1.0") }
        let versions = stream.timeline.filter { $0.kind == .version }
        #expect(versions.map(\.before) == ["1.0", "1.1"])
        #expect(versions.map(\.after) == ["1.1", "1.0"])
    }

    @Test func aChangedResourceAttributeIsToldOfAndIdentityIsNot() {
        var stream = ChangeStream()
        let before = ["resource.shop.pool": "50", "resource.host.name": "a", "resource.k8s.pod.name": "p1"]
        let after = ["resource.shop.pool": "10", "resource.host.name": "b", "resource.k8s.pod.name": "p2"]
        stream.run(0..<600) { [.seen(Double($0), instance: "one", with: before)] }
        stream.run(600..<700) { [.seen(Double($0), instance: "one", with: after)] }
        #expect(stream.sentences == ["payments shop.pool 50 → 10"])
        #expect(stream.timeline.map(\.time) == [ChangeStream.at(600)])
    }

    @Test func aChangedSettingOfSpansIsToldOfOnceWithWhatItIsAbout() {
        var stream = ChangeStream()
        stream.run(0..<600) { second in
            ["orders", "users"].map { pool in
                .seen(Double(second), with: ["app.pool.max": pool == "orders" ? "50" : "20", "app.pool.name": pool])
            }
        }
        stream.run(600..<700) { second in
            ["orders", "users"].flatMap { pool in
                ["acquire", "POST /charge"].map { name in
                    .seen(
                        Double(second), name: name,
                        with: ["app.pool.max": pool == "orders" ? "10" : "20", "app.pool.name": pool])
                }
            }
        }
        let settings = stream.timeline.filter { $0.kind == .config }
        #expect(settings.map(\.sentence) == ["payments app.pool.max 50 → 10 (orders)"])
    }

    @Test func anAttributeWithManyValuesIsNoConfiguration() {
        var stream = ChangeStream()
        var numbers = SeededNumbers(seed: 3)
        stream.run(0..<1500) { second in
            [
                .seen(
                    Double(second),
                    with: ["query.limit": String(Int.random(in: 0..<(second / 100 + 2), using: &numbers))])
            ]
        }
        // Values that come one by one until there are too many are told of; then no more.
        #expect(stream.timeline.filter { $0.kind == .config }.count <= 7)
        stream.timeline = []
        stream.run(1500..<3000) { second in
            [
                .seen(
                    Double(second),
                    with: ["query.limit": String(Int.random(in: 0..<(second / 100 + 2), using: &numbers))])
            ]
        }
        #expect(stream.timeline.isEmpty)
    }

    @Test func aNewSpanNameIsToldOf() {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<620) { usual($0) + [.seen(Double($0), name: "GET /refund", instance: "pod-1")] }
        #expect(stream.sentences == ["new span payments GET /refund"])
        #expect(stream.timeline.map(\.time) == [ChangeStream.at(600)])
    }

    @Test func rareNamesAndBurstsWithinOneTraceAreNotNew() {
        var stream = ChangeStream()
        stream.run(0..<7200) { second in
            var spans = usual(second)
            // Every fifteen minutes another rare name, ten spans within half a second.
            if second % 900 == 450 {
                spans += (0..<10).map { .seen(Double(second) + Double($0) / 20, name: "retry \(second % 3600)") }
            }
            return spans
        }
        #expect(stream.timeline.isEmpty)
    }

    @Test func aVanishedSpanNameIsToldOfWhileItsServiceSends() {
        var stream = ChangeStream()
        stream.run(0..<1200) { usual($0) + [.seen(Double($0), name: "GET /export", instance: "pod-1")] }
        stream.run(1200..<1500) { usual($0) }
        #expect(stream.sentences == ["no more span payments GET /export"])
        #expect(stream.timeline.map(\.time) == [ChangeStream.at(1199)])
    }

    @Test func aQuietServiceHasNoVanishedNames() {
        // Everything stops, then comes again: staleness or silence, not a change.
        var stream = ChangeStream()
        stream.run(0..<1200) { usual($0) + [.seen(Double($0), name: "GET /export", instance: "pod-1")] }
        stream.run(1200..<4800) { _ in [] }
        stream.run(4800..<5400) { usual($0) + [.seen(Double($0), name: "GET /export", instance: "pod-1")] }
        #expect(stream.timeline.isEmpty)
    }

    @Test func aNameThatComesAndGoesIsToldOfTwiceAtMost() {
        var stream = ChangeStream()
        stream.run(0..<40_000) { second in
            let isOn = second % 4000 < 2000
            return [.seen(Double(second))] + (isOn ? [.seen(Double(second), name: "batch")] : [])
        }
        #expect(stream.timeline.count { $0.kind == .spanVanished } <= 2)
        #expect(stream.timeline.count { $0.kind == .spanAppeared } <= 2)
    }

    @Test func servicesThatComeAndGoAreToldOf() {
        var stream = ChangeStream()
        stream.run(0..<1200) { second in usual(second) + [.seen(Double(second), "fraud", name: "Score")] }
        stream.run(1200..<2400) { second in usual(second) + [.seen(Double(second), "risk", name: "Score")] }
        #expect(Set(stream.sentences) == ["no more spans of fraud", "new service risk"])
    }

    @Test func moreInstancesAreOneEvent() throws {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<900) { usual($0, instances: 12) }
        let event = try #require(stream.timeline.first)
        #expect(stream.timeline.count == 1)
        #expect(event.sentence == "payments 8 → 12 instances (4 came)")
        #expect(event.time >= ChangeStream.at(600) && event.time < ChangeStream.at(610))
    }

    @Test func aRollingUpdateTellsOfNoInstances() {
        var stream = ChangeStream()
        stream.run(0..<900) { usual($0) }
        stream.run(900..<2400) { second in
            let replaced = min(8, (second - 900) / 60)
            return usual(second).map { span in
                var span = span
                if let number = span.instance?.last?.wholeNumberValue, number < replaced {
                    span.instance = "new-\(number)"
                    span.version = "1.1"
                }
                return span
            }
        }
        #expect(stream.timeline.map(\.kind) == [.version])
        #expect(stream.sentences == ["payments 1.0 → 1.1 on 8 of 8 instances"])
    }

    @Test func namesThatKeepBeingNewAreLeftOutAndThatIsSaid() {
        var stream = ChangeStream()
        stream.run(0..<3000) { second in
            usual(second) + (0..<5).map { .seen(Double(second), name: "GET /user/\(second * 5 + $0)") }
        }
        #expect(stream.timeline.isEmpty)
        #expect(stream.observer.unwatched.map(\.service) == ["payments"])
    }

    @Test func manyNewNamesAtOnceAreFewEvents() {
        var stream = ChangeStream()
        stream.run(0..<600) { usual($0) }
        stream.run(600..<650) { second in
            usual(second) + (0..<30).map { .seen(Double(second), name: "op \($0)") }
        }
        #expect(stream.timeline.count == 3)
        #expect(stream.timeline.contains { $0.text == "and 27 more span names" })
    }

    @Test func environmentsAreApart() {
        var stream = ChangeStream()
        stream.run(0..<600) { second in usual(second) + [.seen(Double(second), environment: "staging")] }
        stream.run(600..<650) { second in
            usual(second) + [.seen(Double(second), version: "2.0", environment: "staging")]
        }
        #expect(stream.timeline.map(\.environment) == ["staging"])
    }

    @Test func brokenClocksMoveNothing() {
        var stream = ChangeStream()
        stream.run(0..<900, live: false) { second in
            var spans = usual(second)
            if second % 100 == 50 {
                spans[0].start = second % 200 == 50 ? 0 : 7_000_000_000_000_000_000
                spans[1].start = second % 200 == 50 ? .max : 1_000_000_000_000_000_000
            }
            return spans
        }
        #expect(stream.timeline.isEmpty)
        stream.run(900..<920, live: false) { usual($0, version: "1.1") }
        #expect(stream.timeline.map(\.kind) == [.version])
    }

    /// Weeks of deployments: every one is told of, though only so many versions, values and instances are kept.
    @Test func deploymentsDoNotUseUpTheRoom() {
        var rules = ChangeRules()
        rules.mostVersions = 8
        rules.mostInstances = 32
        rules.mostValues = 6
        var stream = ChangeStream(rules: rules)
        let releases = 15
        stream.run(0..<(releases * 5_400)) { second in
            guard second % 5 == 0 else { return [] }
            let release = second / 5_400
            return [
                .seen(
                    Double(second), version: "1.\(release)", instance: "pod-\(release)-\(second / 5 % 3)",
                    with: ["resource.git.commit": "c\(release)"])
            ]
        }
        #expect(stream.timeline.count { $0.kind == .version } == releases - 1)
        #expect(stream.timeline.count { $0.kind == .config } == releases - 1)
        #expect(stream.timeline.count == 2 * (releases - 1))
        #expect(stream.observer.unwatched.isEmpty)
    }

    @Test func theSameSettingOfManySpansIsOneEventEvenWhenTheyAreSettledApart() {
        var stream = ChangeStream()
        stream.run(0..<900) { second in
            let limit = second < 600 ? "50" : "10"
            return (0..<4).filter { second % (1 << $0) == 0 }.map { number in
                .seen(Double(second), name: "op \(number)", with: ["http.client.timeout": limit])
            }
        }
        #expect(stream.sentences == ["payments http.client.timeout 50 → 10 (op 0)"])
    }

    @Test func moreServicesThanFitAreSaid() {
        var rules = ChangeRules()
        rules.mostServices = 4
        var stream = ChangeStream(rules: rules)
        stream.run(0..<10) { second in (0..<6).map { .seen(Double(second), "service \($0)") } }
        #expect(stream.observer.unwatched.count == 1)
        // Silent ones make room.
        stream.run(4000..<4700) { second in
            (4..<8).map { .seen(Double(second), "service \($0)", version: second < 4500 ? "1" : "2") }
        }
        #expect(stream.timeline.count { $0.kind == .version } >= 3)
    }

    /// Whatever way rows are cut into batches, and whenever the observer is asked, the same changes come out.
    @Test(arguments: [1, 7, 500, 1_000_000]) func batchesDoNotMatter(_ size: Int) {
        let spans = (0..<1500).flatMap { second -> [TestSpan] in
            let version = second < 900 ? "1.0" : "1.1"
            var spans = usual(second, version: version)
            if second >= 1000 { spans.append(.seen(Double(second) + 0.7, name: "GET /new", version: version)) }
            if second < 1100 { spans.append(.seen(Double(second) + 0.8, name: "GET /old", version: version)) }
            return spans
        }
        var stream = ChangeStream()
        var place = 0
        while place < spans.count {
            stream.send(Array(spans[place..<min(spans.count, place + size)]), arrival: 0)
            place += size
        }
        stream.settle(ChangeStream.at(1500))
        let kinds = stream.timeline.map(\.kind)
        #expect(kinds == [.version, .spanAppeared, .spanVanished])
        #expect(stream.timeline.map(\.time) == [900, 1000.7, 1099.8].map(ChangeStream.at))
    }

    /// Rows in any order of time say the same, or nothing, but nothing wrong.
    @Test func orderDoesNotMakeChanges() {
        var numbers = SeededNumbers(seed: 11)
        let spans = (0..<3000).flatMap { second in
            usual(second) + (second % 7 == 0 ? [.seen(Double(second), name: "GET /seventh")] : [])
        }
        for order in [spans.reversed(), spans.shuffled(using: &numbers)] {
            var stream = ChangeStream()
            stream.send(order, arrival: 0)
            stream.settle(ChangeStream.at(3000))
            #expect(stream.timeline.isEmpty)
        }
    }
}
