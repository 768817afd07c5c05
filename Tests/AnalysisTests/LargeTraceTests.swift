import Analysis
import Telemetry
import Testing

/// Traces with so many spans that they are looked at on two cores and searched column by column.
@Suite struct LargeTraceTests {
    private static let count = 20_000

    private static func spans(_ seed: UInt64) -> [MadeSpan] {
        var random = SeededRandom(seed)
        var spans: [MadeSpan] = []
        for number in 0..<count {
            let above = number == 0 ? nil : spans[Int.random(in: max(0, number / 4 - 8)...number / 4, using: &random)]
            var span = MadeSpan(id: UInt64(number) + 1, parent: above?.id ?? 0, service: "shop\(number % 3)")
            let begin = above?.start ?? 0
            let end = above?.end ?? 10_000_000_000
            span.start = UInt64.random(in: begin...max(begin, end), using: &random)
            span.end = UInt64.random(in: span.start...max(span.start, end), using: &random) + random.next() % 3
            span.name = "work \(Int.random(in: 0..<4, using: &random))"
            span.status = number % 97 == 0 ? .error : .unset
            span.attributes = [
                Attribute("http.request.method", .string(number % 4 == 0 ? "POST" : "GET")),
                Attribute("app.user", .string("u-\(100_000 + number)")), Attribute("server.port", .int(8_080)),
                Attribute("mixed", number % 5 == 0 ? .double(Double(number) / 8) : .int(Int64(number))),
            ]
            if number % 50 == 0 { span.attributes.append(Attribute("note", .string("a note of \(number % 200)"))) }
            if number % 301 == 0 { span.events = ["retried"] }
            spans.append(span)
        }
        return spans
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func thePictureIsThatOfOneCore(seed: UInt64) throws {
        let trace = try Trace.make(Self.spans(seed))
        let picture = TracePicture(trace)
        #expect(picture.skew == ClockSkew(estimating: trace))
        let path = CriticalPath(of: trace, skew: picture.skew)
        #expect(picture.path.segments == path.segments)
        #expect(picture.path.longest == path.spans.max { (path.time(of: $0), $1) < (path.time(of: $1), $0) })
        #expect(trace.spans.indices.allSatisfy { picture.marks[$0].contains(.critical) == path.onPath($0) })
        let errors = trace.spans.indices.filter { picture.marks[$0].contains(.error) }
        #expect(errors == trace.spans.indices.filter { trace.spans[$0].status == .error })
        #expect(!picture.groups.isEmpty)
        for group in picture.groups {
            let marks = group.members.reduce(into: TraceRowMarks()) { $0.formUnion(picture.marks[$1]) }
            if group.marks != marks { Issue.record("seed \(seed): a group without the marks of its members") }
        }
    }

    @Test(arguments: [
        "u-100012", "u-1", "get", "POST", "8080", "1999", "875", "-", "NOTE", "note of 150", "retried", "shop2",
        "work 3",
        "app.user", "nowhere",
    ])
    func findsWhatEverySpanHolds(text: String) throws {
        let made = Self.spans(9)
        let trace = try Trace.make(made)
        let wanted = text.lowercased()
        func holds(_ part: String) -> Bool { part.lowercased().contains(wanted) }
        let expected = trace.spans.indices.filter { number in
            let span = made[Int(trace.spans[number].id.value) - 1]
            return holds(span.name) || holds(span.service) || holds("service.name")
                || holds(SpanID(span.id).hex) || (span.parent != 0 && holds(SpanID(span.parent).hex))
                || span.events.contains(where: holds)
                || span.attributes.contains { holds($0.key) || holds($0.value.text) }
        }
        #expect(TraceSearch(text).matches(in: TracePicture(trace)).sorted() == expected)
    }
}
