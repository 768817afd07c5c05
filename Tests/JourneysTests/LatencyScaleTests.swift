import Foundation
import Journeys
import Testing

@Suite("Latency buckets")
struct LatencyScaleTests {
    @Test(arguments: [1, 7, 1_000, 1_000_000, 400_000_000, 1_200_000_000, 1 << 40, UInt64(Int64.max), UInt64.max])
    func anEdge_LiesExactlyOnTheAnchor(_ anchor: UInt64) {
        let scale = LatencyScale(anchor: anchor)
        #expect(scale.edge(0) == anchor)
        // Below about 92 ns neighbouring edges fall on one nanosecond, and the last of them counts.
        #expect(anchor < 100 ? scale.bucket(of: anchor) >= 0 : scale.bucket(of: anchor) == 0)
        #expect(scale.bucket(of: anchor - 1) < 0)
        #expect(scale.bucket(of: 0) < 0)
        if anchor < UInt64.max { #expect(scale.bucket(of: anchor + 1) >= 0) }
        #expect(scale.bucket(of: .max) >= 0)
    }

    @Test func octaves_AreExactDoubles() {
        let scale = LatencyScale(anchor: 1_200_000_000)
        for octave in 0..<20 {
            #expect(scale.edge(octave * 64) == 1_200_000_000 << UInt64(octave))
        }
        #expect(scale.edge(-64) == 600_000_000)
        #expect(scale.edge(-128) == 300_000_000)
    }

    @Test func edges_FollowTheFormula() {
        let anchor = 1_200_000_000.0
        let scale = LatencyScale(anchor: 1_200_000_000)
        for bucket in stride(from: -900, through: 900, by: 7) {
            let exact = anchor * pow(2, Double(bucket) / 64)
            #expect(abs(Double(scale.edge(bucket)) - exact) <= 0.5 + exact * 1e-12, "bucket \(bucket)")
        }
    }

    @Test func everyDuration_LiesInItsBucket_AndIsShownAtMost055PercentOff() {
        var numbers = SeededNumbers(seed: 1)
        let scales = [1, 999, 1_000_000, 1_200_000_000].map { LatencyScale(anchor: $0) }
        for _ in 0..<100_000 {
            let duration = numbers.next() >> (numbers.next() % 64)
            let scale = scales[Int(numbers.next() % 4)]
            let bucket = scale.bucket(of: duration)
            #expect(scale.edge(bucket) <= duration)
            #expect(scale.edge(bucket + 1) > duration || duration == .max)
            if duration > 10_000, duration < 1 << 62 {
                let shown = Double(scale.representative(bucket))
                #expect(abs(shown / Double(duration) - 1) <= 0.005_5, "\(duration) shown as \(shown)")
            }
        }
    }

    @Test func rank_IsNearestRank() {
        #expect(Quantile.p50.rank(of: 1) == 1)
        #expect(Quantile.p50.rank(of: 2) == 1)
        #expect(Quantile.p50.rank(of: 3) == 2)
        #expect(Quantile.p95.rank(of: 20) == 19)
        #expect(Quantile.p95.rank(of: 21) == 20)
        #expect(Quantile.p99.rank(of: 100) == 99)
        #expect(Quantile.p99.rank(of: 101) == 100)
        #expect(Quantile(partsPerMillion: 0).rank(of: 5) == 1)
        #expect(Quantile(partsPerMillion: 1_000_000).rank(of: .max) == .max)
    }
}

@Suite("Weights of sampled spans")
struct RunWeightTests {
    @Test func noThreshold_IsOne() {
        for state in [
            "", "vendor=x", "ot=rv:1234", "ot=th:", "ot=th:xyz", "ot=th:123456789012345", "ot=th:+1", "xot=th:8",
        ] {
            #expect(RunWeight(traceState: state) == .one, "\(state)")
        }
    }

    @Test(arguments: [
        ("ot=th:0", 1.0), ("ot=th:8", 2.0), ("ot=th:c", 4.0), ("a=b, ot=rv:1;th:c,z=y", 4.0), ("ot=th:C", 4.0),
    ])
    func threshold_IsReadWhereverItStands(_ state: String, _ runs: Double) {
        #expect(RunWeight(traceState: state).runs == runs)
    }

    @Test func weight_IsAccurateToAMillionth() {
        var numbers = SeededNumbers(seed: 2)
        for _ in 0..<10_000 {
            let threshold = numbers.next() >> 8
            let exact = pow(2, 56) / (pow(2, 56) - Double(threshold))
            guard exact < 1e6 else { continue }
            #expect(abs(RunWeight(threshold: threshold).runs / exact - 1) < 1e-7)
        }
    }

    @Test func extremes_StayInBounds() {
        #expect(RunWeight(threshold: (1 << 56) - 1) == .largest)
        #expect(RunWeight(threshold: .max) == .largest)
        #expect(RunWeight(traceState: "ot=th:ffffffffffffff") == .largest)
    }
}
