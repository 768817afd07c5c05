import Analysis
import Telemetry
import Testing

@Suite struct TraceSummaryTests {
    @Test func namesTheSpanThatTheTraceWaitedForLongest() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "web", version: "8.1.0", name: "POST /checkout", start: 0, end: 2000),
            MadeSpan(id: 2, parent: 1, service: "payments", version: "2.14.0", name: "charge", start: 100, end: 1900),
            MadeSpan(
                id: 3, parent: 2, service: "payments", version: "2.14.0", name: "pool.acquire", start: 200, end: 1800,
                events: ["pool.wait_long"]),
            MadeSpan(id: 4, parent: 99, service: "ledger", name: "audit", start: 50, end: 60),
            MadeSpan(id: 5, parent: 2, service: "mailer", name: "consume", start: 1850, end: nil, kind: .consumer),
        ])
        let summary = TraceSummary(trace)
        #expect(summary.start == Trace.origin)
        #expect(summary.total == 2000)
        let worst = try #require(summary.worst)
        #expect(worst.name == "pool.acquire")
        #expect(worst.service == "payments")
        #expect(worst.version == "2.14.0")
        #expect(worst.time == 1600)
        #expect(worst.selfTime == 1600)
        #expect(worst.share == 0.8)
        #expect(worst.id == SpanID(3))
        #expect(worst.reference == trace.reference(of: trace.spans[trace.number(3)]))
        #expect([summary.spans, summary.services, summary.events, summary.errors] == [5, 4, 1, 0])
        #expect([summary.missingParents, summary.open] == [1, 1])
        #expect(summary.errorReason.isEmpty)
        #expect(summary.skew.isEmpty)
    }

    @Test func theDeepestErrorSaysWhy() throws {
        let trace = try Trace.make([
            MadeSpan(
                id: 1, service: "a", start: 0, end: 100_000, status: .error,
                attributes: [Attribute("error.type", .string("500"))]),
            MadeSpan(
                id: 2, parent: 1, service: "b", start: 10_000, end: 90_000, status: .error,
                attributes: [Attribute("error.type", .string("timeout"))]),
            MadeSpan(id: 3, parent: 1, service: "c", start: 10_000, end: 20_000),
        ])
        let summary = TraceSummary(trace)
        #expect(summary.errors == 2)
        #expect(summary.errorReason == "timeout")
    }

    @Test func saysWhoseClockIsOff() throws {
        let trace = try Trace.make([
            MadeSpan(id: 1, service: "a", start: 50_000, end: 100_000),
            MadeSpan(id: 2, parent: 1, service: "b", start: 10_000, end: 20_000),
        ])
        let summary = TraceSummary(trace)
        #expect(summary.skew == [ClockSkew.Offset(service: "b", shift: 40_000)])
        #expect(summary.start == Trace.origin + 50_000)
    }

    @Test func aTraceThatTookNoTimeHasNoWorstSpan() throws {
        #expect(TraceSummary(try Trace.make([MadeSpan(id: 1, start: 5, end: 5)])).worst == nil)
    }
}
