import DataSources
import Foundation
import Telemetry
import TestSupport
import Testing

private let second: UInt64 = 1_000_000_000
private let start: UInt64 = 1_700_000_000 * second

/// The runs of one journey, read from the columns as a user of waymark would.
private struct Runs {
    var durations: [UInt64] = []
    var errors = 0
    var messages: [String: Int] = [:]

    init(_ batches: [SpanBatch], _ name: String, from: UInt64 = 0, to: UInt64 = .max) {
        for batch in batches {
            let table = batch.table
            for row in 0..<table.count where table.name(row).text == name && table.parentIDs[row] == 0 {
                guard table.starts[row] >= from, table.starts[row] < to else { continue }
                durations.append(table.duration(row))
                guard table.status(row) == .error else { continue }
                errors += 1
                messages[table.values.text(ValueCode(bits: table.statusMessages[row])), default: 0] += 1
            }
        }
        durations.sort()
    }

    /// Nearest rank, in milliseconds.
    func percentile(_ q: Double) -> Double {
        guard !durations.isEmpty else { return .nan }
        let rank = max(1, Int((q * Double(durations.count)).rounded(.up)))
        return Double(durations[rank - 1]) / 1e6
    }

    var errorRate: Double { Double(errors) / Double(max(1, durations.count)) }
}

@Suite struct SimulatorTests {
    private func shop(_ fault: ShopFault?, seed: UInt64 = 1, rate: Double = 1) -> Simulator {
        Simulator(SimulatorConfiguration(seed: seed, fault: fault, faultTime: start + 600 * second, rate: rate))
    }

    private func keys(_ batches: [SpanBatch]) -> [RecordingSink.Key] {
        batches.flatMap { RecordingSink.keys($0.table) }
    }

    // MARK: A pure function of seed and time

    @Test func equalSeeds_GiveEqualTelemetry_AndOthersDoNot() {
        let once = keys(shop(nil).batches(from: start, to: start + 20 * second))
        #expect(once == keys(shop(nil).batches(from: start, to: start + 20 * second)))
        #expect(Set(once).isDisjoint(with: keys(shop(nil, seed: 2).batches(from: start, to: start + 20 * second))))
        #expect(Set(once).count == once.count)
    }

    @Test func aRange_IsTheSumOfItsParts() {
        let whole = keys(shop(nil).batches(from: start, to: start + 90 * second))
        let cuts: [UInt64] = [0, 1, 17, 59, 60, 61, 90]
        let parts = zip(cuts, cuts.dropFirst()).flatMap { from, to in
            keys(shop(nil).batches(from: start + from * second, to: start + to * second))
        }
        #expect(whole == parts)
    }

    @Test func batches_HaveAtMostTheRowsAskedFor() {
        let batches = shop(nil).batches(from: start, to: start + 60 * second, maximumRows: 500)
        #expect(batches.dropLast().allSatisfy { $0.count == 500 })
        #expect(batches.reduce(0) { $0 + $1.count } > 5_000)
    }

    @Test func beforeTheFault_ItMakesNoDifference() {
        let well = keys(shop(nil).batches(from: start, to: start + 60 * second))
        for fault in ShopFault.allCases {
            #expect(keys(shop(fault).batches(from: start, to: start + 60 * second)) == well)
        }
    }

    // MARK: What a shop looks like

    @Test func aShopThatIsWell_HasTheLatenciesOfItsJourneys() {
        let batches = shop(nil, rate: 2).batches(from: start, to: start + 600 * second)
        let checkout = Runs(batches, "POST /checkout")
        #expect((250...310).contains(checkout.percentile(0.5)))
        #expect((340...410).contains(checkout.percentile(0.95)))
        #expect((0.0005...0.005).contains(checkout.errorRate))
        #expect((4000...5600).contains(checkout.durations.count))
        let limits: [(String, Double)] = [
            ("GET /search", 800), ("GET /products/{id}", 500), ("POST /login", 400), ("POST /cart/items", 600),
        ]
        for (name, limit) in limits {
            let runs = Runs(batches, name)
            #expect(runs.durations.count > 3000, "\(name)")
            #expect(runs.percentile(0.99) < limit, "\(name)")
            #expect(runs.errorRate < 0.003, "\(name)")
        }
    }

    @Test func aCheckout_HasTheSpansOfTheWaterfall() throws {
        let batches = shop(nil).batches(from: start, to: start + 60 * second)
        let table = try #require(batches.first).table
        var names: [TraceID: [String]] = [:]
        for row in 0..<table.count {
            names[table.traceID(row), default: []].append("\(table.service(row).text) \(table.name(row).text)")
        }
        let expected = [
            "cart GET /cart", "cart redis HGETALL", "fraud Score", "fraud model.infer", "ledger Append",
            "ledger audit.write", "ledger pg INSERT entry", "mailer consume order.created", "payments POST /charge",
            "payments pool.acquire", "payments psp POST /v1/charge", "pricing Quote", "pricing redis MGET",
            "pricing rules.eval", "web-bff POST /checkout", "web-bff publish order.created",
        ]
        let checkouts = names.values.filter { $0.contains("web-bff POST /checkout") && $0.count == expected.count }
        #expect(checkouts.count > 100)
        #expect(checkouts.allSatisfy { $0.sorted() == expected.sorted() })
    }

    @Test func spans_CarryWhatRealOnesCarry() throws {
        let table = try #require(shop(nil).batches(from: start, to: start + 60 * second).first).table
        let needed = [
            "service.name", "service.version", "service.instance.id", "deployment.environment.name", "host.name",
            "k8s.pod.name", "telemetry.sdk.language",
        ]
        var bare: Set<String> = []
        for row in 0..<table.count {
            let resource = table.resources[Int(table.resourceOf[row])].attributes
            let isWhole =
                needed.allSatisfy { table.valueCode(resource, key: Symbol($0)) != nil }
                && (7...14).contains(table.count(table.attributes(row))) && table.ends[row] >= table.starts[row]
            if !isWhole { bare.insert(table.name(row).text) }
        }
        #expect(bare == [])
        let consumer = try #require((0..<table.count).first { table.kind($0) == .consumer })
        #expect(table.links(consumer).count == 1)
    }

    @Test func processesSendOnTheirOwn_ChildrenBeforeParentsAndSomeLate() {
        let batches = shop(nil).batches(from: start, to: start + 120 * second)
        var position: [SpanID: Int] = [:]
        var parents: [(SpanID, Int)] = []
        var orphans = 0
        var index = 0
        for batch in batches {
            for row in 0..<batch.count {
                position[batch.table.spanID(row)] = index
                if batch.table.parentIDs[row] != 0 { parents.append((batch.table.parentID(row), index)) }
                index += 1
            }
        }
        let childFirst = parents.count { parent, place in position[parent].map { $0 > place } ?? false }
        orphans = parents.count { position[$0.0] == nil }
        #expect(childFirst > parents.count / 4)
        #expect(orphans > 0)
        #expect(orphans < parents.count / 50)
    }

    // MARK: Faults

    @Test func theBadRelease_HurtsCheckoutsOnThreeInstances() {
        let batches = shop(.release, rate: 2).batches(from: start + 600 * second, to: start + 1200 * second)
        let checkout = Runs(batches, "POST /checkout", from: start + 600 * second)
        #expect((250...330).contains(checkout.percentile(0.5)))
        #expect((1600...2000).contains(checkout.percentile(0.95)))
        #expect((0.012...0.028).contains(checkout.errorRate))
        let over = Double(checkout.durations.count { $0 > 1_200_000_000 }) / Double(checkout.durations.count)
        #expect((0.17...0.26).contains(over))
        #expect(checkout.messages["upstream timeout", default: 0] > checkout.errors / 2)
        #expect(Runs(batches, "GET /search").percentile(0.95) < 300)

        var instances: [String: Set<String>] = [:]
        var pools: [String: Set<String>] = [:]
        var waits = 0
        for batch in batches {
            let table = batch.table
            for row in 0..<table.count
            where table.name(row).text == "pool.acquire" && table.starts[row] > start + 600 * second {
                let resource = table.resources[Int(table.resourceOf[row])]
                instances[resource.version.text, default: []].insert(table.values.text(resource.instance))
                let pool = table.valueCode(table.attributes(row), key: Symbol("app.pool.max"))
                pools[resource.version.text, default: []].insert(pool.map { table.values.text($0) } ?? "none")
                for event in table.events(row) where table.values.text(event.name) == "pool.wait_long" {
                    waits += 1
                    #expect(resource.version.text == "2.14.0")
                }
            }
        }
        #expect(instances.mapValues(\.count) == ["2.13.4": 5, "2.14.0": 3])
        #expect(pools == ["2.13.4": ["50"], "2.14.0": ["10"]])
        #expect(waits > 500)
    }

    @Test func theDependencyFault_HurtsEveryInstance() {
        let batches = shop(.dependency).batches(from: start + 600 * second, to: start + 900 * second)
        let checkout = Runs(batches, "POST /checkout", from: start + 600 * second)
        #expect(checkout.percentile(0.5) > 900)
        #expect((0.03...0.1).contains(checkout.errorRate))
        #expect(Runs(batches, "POST /login").percentile(0.95) < 150)
    }

    @Test func theHostFault_HurtsWhatRunsThere() {
        let batches = shop(.host, rate: 2).batches(from: start + 600 * second, to: start + 900 * second)
        var there: [UInt64] = []
        var elsewhere: [UInt64] = []
        for batch in batches {
            let table = batch.table
            for row in 0..<table.count
            where table.name(row).text == "argon2.verify" && table.starts[row] > start + 600 * second {
                let resource = table.resources[Int(table.resourceOf[row])].attributes
                let host = table.valueCode(resource, key: Symbol("host.name")).map { table.values.text($0) }
                if host == "node-b" { there.append(table.duration(row)) } else { elsewhere.append(table.duration(row)) }
            }
        }
        there.sort()
        elsewhere.sort()
        #expect(there[there.count / 2] > 2 * elsewhere[elsewhere.count / 2])
    }

    @Test func silence_IsNoSearches() {
        let batches = shop(.silence).batches(from: start + 540 * second, to: start + 900 * second)
        #expect(
            Runs(batches, "GET /search", from: start + 540 * second, to: start + 600 * second).durations.count > 300)
        #expect(Runs(batches, "GET /search", from: start + 600 * second).durations.isEmpty)
        #expect(Runs(batches, "GET /products/{id}", from: start + 600 * second).durations.count > 1000)
    }

    // MARK: Random numbers

    @Test func distributions_HaveTheirMeans() {
        var random = ShopRandom(seed: 5, 1, 2)
        let poisson = (0..<20_000).reduce(0) { sum, _ in sum + random.poisson(45) }
        #expect(abs(Double(poisson) / 20_000 - 45) < 0.3)
        let normal = (0..<50_000).reduce(0.0) { sum, _ in sum + random.normal() }
        #expect(abs(normal / 50_000) < 0.03)
        var below = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { below[random.below(7)] += 1 }
        #expect(below.allSatisfy { abs($0 - 10_000) < 500 })
    }
}
