import Analysis
import Telemetry
import Testing

@Suite struct ClockSkewTests {
    private func trace(server: Range<UInt64>, status: StatusCode = .unset) throws -> Trace {
        try Trace.make([
            MadeSpan(id: 1, service: "web", start: 100_000, end: 900_000, kind: .server),
            MadeSpan(id: 2, parent: 1, service: "web", start: 200_000, end: 800_000, kind: .client, status: status),
            MadeSpan(
                id: 3, parent: 2, service: "fraud", start: server.lowerBound, end: server.upperBound, kind: .server),
            MadeSpan(
                id: 4, parent: 3, service: "fraud", start: server.lowerBound + 10_000, end: server.upperBound - 10_000),
        ])
    }

    @Test func spansThatFitAreLeftAlone() throws {
        #expect(ClockSkew(estimating: try trace(server: 200_000..<800_000)).isNone)
        // A microsecond is rounding.
        #expect(ClockSkew(estimating: try trace(server: 199_000..<700_000)).isNone)
    }

    @Test func aServiceThatBeginsBeforeItsCauseIsShiftedWhole() throws {
        let trace = try trace(server: 150_000..<650_000)
        let skew = ClockSkew(estimating: trace)
        #expect(skew.offsets == [ClockSkew.Offset(service: "fraud", shift: 50_000)])
        let timing = SpanTiming(trace, skew: skew)
        for id in [3, 4] as [UInt64] {
            let number = trace.number(id)
            #expect(timing.duration(of: number) == trace.spans[number].duration)
            #expect(skew.shift(of: number) == 50_000)
        }
        #expect(skew.shift(of: trace.number(1)) == 0)
    }

    @Test func aServerThatAnswersAfterItsClientIsShiftedBack() throws {
        let skew = ClockSkew(estimating: try trace(server: 300_000..<841_000))
        #expect(skew.offsets == [ClockSkew.Offset(service: "fraud", shift: -41_000)])
    }

    @Test func aClientThatGaveUpProvesNothing() throws {
        #expect(ClockSkew(estimating: try trace(server: 300_000..<841_000, status: .error)).isNone)
    }

    @Test func shiftsAddUpAlongTheCalls() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "a", start: 100_000, end: 900_000),
            MadeSpan(id: 2, parent: 1, service: "b", start: 50_000, end: 500_000),
            MadeSpan(id: 3, parent: 2, service: "c", start: 20_000, end: 400_000),
        ])
        let skew = ClockSkew(estimating: trace)
        #expect([1, 2, 3].map { skew.shift(of: trace.number($0)) } == [0, 50_000, 80_000])
    }

    @Test func twoInstancesOfAServiceHaveTheirOwnClocks() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "a", start: 100_000, end: 900_000),
            MadeSpan(id: 2, parent: 1, service: "b", instance: "b1", start: 50_000, end: 500_000),
            MadeSpan(id: 3, parent: 1, service: "b", instance: "b2", start: 200_000, end: 400_000),
        ])
        let skew = ClockSkew(estimating: trace)
        #expect([2, 3].map { skew.shift(of: trace.number($0)) } == [50_000, 0])
    }
}
