import DataSources
import Journeys
import Telemetry
import Testing

/// The built-in shop, twenty minutes that are well and then a fault: what is told, and what is told wrongly.
///
/// Labels: `release` brings payments 2.14.0 to 3 of 8 instances with `app.pool.max` 10 instead of 50; `silence` takes
/// away everything that only searches do; `dependency` and `host` change nothing that can be seen but durations.
@Suite struct ShopChangesTests {
    private static let start: UInt64 = 1_760_000_000_000_000_000
    private static let fault = start + 1_200_000_000_000

    private func timeline(_ fault: ShopFault?, seed: UInt64, minutes: UInt64 = 30) -> [TimelineEvent] {
        let shop = Simulator(SimulatorConfiguration(seed: seed, fault: fault, faultTime: ShopChangesTests.fault))
        var observer = ChangeObserver()
        var store = SpanStore()
        var timeline: [TimelineEvent] = []
        var now = ShopChangesTests.start
        while now < ShopChangesTests.start + minutes * 60_000_000_000 {
            let next = now + 60_000_000_000
            for batch in shop.batches(from: now, to: next, maximumRows: 600) {
                for accepted in store.append(batch, arrival: next) { observer.observe(accepted) }
            }
            timeline.record(observer.settle(now: next))
            now = next
        }
        #expect(observer.unwatched.isEmpty)
        return timeline
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func theReleaseIsNamedAndNothingElse(_ seed: UInt64) throws {
        let timeline = timeline(.release, seed: seed)
        let sentences = Set(timeline.map(\.sentence))
        #expect(
            sentences == ["payments 2.13.4 → 2.14.0 on 3 of 8 instances", "payments app.pool.max 50 → 10 (orders)"])
        for event in timeline {
            #expect(event.time >= ShopChangesTests.fault && event.time < ShopChangesTests.fault + 20_000_000_000)
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func whatOnlySearchesDoVanishes(_ seed: UInt64) {
        let sentences = Set(timeline(.silence, seed: seed).map(\.sentence))
        #expect(
            sentences == [
                "no more span web-bff GET /search", "no more span pricing PriceList", "no more spans of search",
            ])
    }

    @Test(arguments: [ShopFault.dependency, .host, nil]) func nothingChangesWhereNothingDoes(_ fault: ShopFault?) {
        #expect(timeline(fault, seed: 4, minutes: 60).map(\.sentence) == [])
    }

    @Test func theReleaseIsAmongTheChangesOfCheckoutAndNotOfLogin() {
        let timeline = timeline(.release, seed: 1)
        let onset = ShopChangesTests.fault + 120_000_000_000
        let relevance = ChangeRelevance()
        let checkout = relevance.changes(
            near: onset, services: ["web-bff", "cart", "pricing", "payments", "ledger"], environment: "prod-eu",
            in: timeline)
        #expect(checkout.map(\.kind) == [.version, .config])
        #expect(
            relevance.changes(near: onset, services: ["web-bff", "auth"], environment: "prod-eu", in: timeline).isEmpty)
        #expect(
            relevance.changes(near: onset, services: ["payments"], environment: "staging", in: timeline).isEmpty)
    }
}
