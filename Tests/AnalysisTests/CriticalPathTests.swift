import Analysis
import Telemetry
import Testing

@Suite struct CriticalPathTests {
    // MARK: Against brute force

    /// The owner of every instant of the root, found by looking at all children again and again.
    private func owners(_ trace: Trace, _ timing: SpanTiming, root: Int) -> [Int] {
        var owner = [Int](repeating: -1, count: Int(timing.duration(of: root)))
        let origin = timing.starts[root]
        func fill(_ span: Int, _ from: Int64, _ to: Int64) {
            var time = from
            while time < to {
                owner[Int(time - origin)] = span
                time += 1
            }
        }
        func explain(_ span: Int, _ low: Int64, _ high: Int64) {
            var point = high
            var left = Set(trace.children(of: span).filter { timing.isAwaited[$0] && timing.starts[$0] < high })
            while true {
                func end(_ child: Int) -> Int64 { min(timing.ends[child], high) }
                let candidates = left.filter { end($0) <= point && end($0) > low }
                let last = candidates.max { a, b in
                    end(a) != end(b) ? end(a) < end(b) : (timing.starts[a], a) > (timing.starts[b], b)
                }
                guard let last else { break }
                left.remove(last)
                fill(span, end(last), point)
                explain(last, max(timing.starts[last], low), end(last))
                point = max(timing.starts[last], low)
            }
            fill(span, low, point)
        }
        explain(root, origin, timing.ends[root])
        return owner
    }

    /// A tree whose spans are so short that no overlap is small enough to be forgiven.
    private func randomTree(_ seed: UInt64, longest: UInt64, kinds: [SpanKind], services: Int) throws -> Trace {
        var random = SeededRandom(seed)
        var spans = [MadeSpan(id: 1, service: "s0", start: 10, end: 10 + longest)]
        for id in 2...UInt64(Int.random(in: 2...40, using: &random)) {
            let parent = UInt64.random(in: 1..<id, using: &random)
            let start = UInt64.random(in: 0...longest + 20, using: &random)
            spans.append(
                MadeSpan(
                    id: id, parent: parent, service: "s\(Int.random(in: 0..<services, using: &random))", start: start,
                    end: start + UInt64.random(in: 0...longest, using: &random),
                    kind: kinds.randomElement(using: &random) ?? .unspecified))
        }
        return try Trace.make(spans)
    }

    @Test func agreesWithBruteForceAtEveryInstant() throws {
        for seed in 0..<400 as Range<UInt64> {
            let kinds: [SpanKind] = seed % 2 == 0 ? [.unspecified] : SpanKind.allCases
            let trace = try randomTree(seed, longest: 90, kinds: kinds, services: seed % 3 == 0 ? 1 : 5)
            let path = CriticalPath(of: trace)
            let root = try #require(path.root)
            let wanted = owners(trace, path.timing, root: root)
            var found = [Int](repeating: -1, count: wanted.count)
            for segment in path.segments {
                for time in segment.from..<segment.to { found[Int(time - trace.spans[root].start)] = segment.span }
            }
            #expect(found == wanted, "seed \(seed)")
            for span in trace.spans.indices {
                #expect(path.time(of: span) == UInt64(wanted.count { $0 == span }), "seed \(seed) span \(span)")
                #expect(path.time(of: span) == 0 || path.onPath(span))
            }
        }
    }

    @Test func segmentsCoverTheRootOnce() throws {
        for seed in 1000..<1400 as Range<UInt64> {
            let trace = try randomTree(seed, longest: 5000, kinds: SpanKind.allCases, services: 4)
            for skew in [ClockSkew.none, ClockSkew(estimating: trace)] {
                let path = CriticalPath(of: trace, skew: skew)
                let root = try #require(path.root)
                #expect(path.segments.first?.from == trace.spans[root].start)
                #expect(path.segments.last?.to == trace.spans[root].end)
                for (a, b) in zip(path.segments, path.segments.dropFirst()) {
                    #expect(a.to == b.from && a.span != b.span && a.from < a.to, "seed \(seed)")
                }
                let total = trace.spans.indices.reduce(0) { $0 + path.time(of: $1) }
                #expect(total == path.duration, "seed \(seed)")
                #expect(Set(path.spans).count == path.spans.count)
                #expect(Set(path.spans) == Set(trace.spans.indices.filter(path.onPath)))
            }
        }
    }

    @Test func selfTimeIsWhatNoAwaitedChildCovers() throws {
        for seed in 2000..<2300 as Range<UInt64> {
            let trace = try randomTree(seed, longest: 60, kinds: SpanKind.allCases, services: 3)
            let timing = SpanTiming(trace, skew: ClockSkew(estimating: trace))
            for span in trace.spans.indices {
                let children = trace.children(of: span).filter { timing.isAwaited[$0] }
                var own: UInt64 = 0
                for time in timing.starts[span]..<timing.ends[span]
                where !children.contains(where: { timing.starts[$0] <= time && time < timing.ends[$0] }) {
                    own += 1
                }
                #expect(timing.selfTimes[span] == own, "seed \(seed) span \(span)")
            }
        }
    }

    // MARK: Who was waited for

    private func child(_ change: (inout MadeSpan) -> Void) throws -> CriticalPath {
        var child = MadeSpan(id: 2, parent: 1, service: "b", start: 400, end: 1500)
        change(&child)
        return CriticalPath(of: try Trace.make([MadeSpan(id: 1, service: "a", start: 0, end: 1000), child]))
    }

    @Test func aChildOfAnotherProcessThatOutlastsItsParentIsCut() throws {
        let path = try child { _ in }
        #expect(path.time(of: 1) == 600)
        #expect(path.selfTime(of: 0) == 400)
    }

    @Test func aDetachedTaskIsNotWaitedFor() throws {
        let path = try child { $0.service = "a" }
        #expect(path.time(of: 0) == 1000)
        #expect(path.selfTime(of: 0) == 1000)
        #expect(!path.onPath(1))
    }

    @Test func aTaskThatEndsWithItsParentIsWaitedFor() throws {
        #expect(try child { ($0.service, $0.end) = ("a", 1009) }.time(of: 1) == 600)
        #expect(try child { ($0.service, $0.end) = ("a", 1010) }.time(of: 1) == 0)
    }

    @Test func aConsumerCountsOnlyWhenItEndsWithinItsParent() throws {
        #expect(try child { $0.kind = .consumer }.time(of: 1) == 0)
        #expect(try child { ($0.kind, $0.end) = (.consumer, 1000) }.time(of: 1) == 600)
    }

    @Test func aChildThatBeginsAfterItsParentIsNotOnThePath() throws {
        #expect(try child { $0.start = 1000 }.onPath(1) == false)
    }

    @Test func anOpenChildOfAnEndedParentIsNotWaitedFor() throws {
        let path = try child { $0.end = nil }
        #expect(path.time(of: 0) == 1000)
        #expect(path.timing.isOpen == [false, true])
    }

    @Test func anOpenRootLastsUntilTheLastThingKnown() throws {
        let path = CriticalPath(
            of: try Trace.make([
                MadeSpan(id: 1, start: 0, end: nil), MadeSpan(id: 2, parent: 1, service: "b", start: 10, end: nil),
                MadeSpan(id: 3, parent: 2, service: "c", start: 20, end: 90),
            ]))
        #expect(path.duration == 90)
        #expect([0, 1, 2].map(path.time(of:)) == [10, 10, 70])
    }

    // MARK: Odd traces

    @Test func theMainRootIsTheLongestThatNamesNoParent() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, parent: 99, start: 0, end: 5000), MadeSpan(id: 2, start: 10, end: 20),
            MadeSpan(id: 3, start: 30, end: 90), MadeSpan(id: 4, start: 100, end: 160),
        ])
        #expect(CriticalPath(of: trace).root == trace.number(3))
        let timing = SpanTiming(trace)
        let orphan = CriticalPath(of: trace, timing: timing, root: trace.number(1))
        #expect(orphan.duration == 5000)
        #expect(orphan.segments.count == 1)
    }

    @Test func withoutARealRootTheLongestOrphanStandsForTheTrace() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, parent: 99, start: 0, end: 50), MadeSpan(id: 2, parent: 98, start: 10, end: 80),
        ])
        #expect(CriticalPath(of: trace).root == trace.number(2))
    }

    @Test func cyclesAndZeroDurationsEnd() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, parent: 2, start: 0, end: 0), MadeSpan(id: 2, parent: 1, start: 0, end: 0),
            MadeSpan(id: 3, parent: 3, start: 5, end: 9),
        ])
        let path = CriticalPath(of: trace)
        #expect(path.root != nil)
        #expect(path.segments.reduce(0) { $0 + $1.to - $1.from } == path.duration)
    }

    @Test func extremeTimesDoNotOverflow() throws {
        let trace = try Trace.make(
            [
                MadeSpan(id: 1, start: 0, end: .max), MadeSpan(id: 2, parent: 1, service: "b", start: 1, end: .max),
                MadeSpan(id: 3, parent: 2, service: "c", start: .max, end: 3),
                MadeSpan(id: 4, parent: 3, service: "d", start: 1, end: .max),
            ], origin: 0)
        for skew in [ClockSkew.none, ClockSkew(estimating: trace)] {
            let path = CriticalPath(of: trace, skew: skew)
            #expect(trace.spans.indices.reduce(0) { $0 + path.time(of: $1) } == path.duration)
        }
    }

    @Test func aMillionSpansDeep() throws {
        let count: UInt64 = 1_000_000
        let spans = (0..<count).map { number in
            MadeSpan(id: number + 1, parent: number, start: number, end: 3 * count - number)
        }
        let path = CriticalPath(of: try Trace.make(spans))
        #expect(path.spans.count == Int(count))
        #expect(path.segments.count == Int(2 * count - 1))
        #expect(path.time(of: 0) == 2)
        #expect(path.duration == 3 * count)
    }

    @Test func aMillionChildren() throws {
        let count: UInt64 = 1_000_000
        var spans = [MadeSpan(id: 1, service: "a", start: 0, end: count * 4)]
        spans += (0..<count).map { MadeSpan(id: $0 + 2, parent: 1, service: "b", start: $0 * 4, end: $0 * 4 + 3) }
        let path = CriticalPath(of: try Trace.make(spans))
        #expect(path.time(of: 0) == count)
        #expect(path.selfTime(of: 0) == count)
        #expect(path.spans.count == Int(count) + 1)
    }
}
