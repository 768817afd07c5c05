import Telemetry
import Testing

@Suite struct FilterPrintingTests {
    @Test(arguments: [
        (
            #"service = cart  status=ERROR and duration>0.3s name~"^GET""#,
            #"service=cart status=error duration>300ms name~"^GET""#
        ),
        ("a=1 or b=2 and c=3", ".a=1 or .b=2 .c=3"),
        ("(a=1 or b=2) c=3", "(.a=1 or .b=2) .c=3"),
        ("!(a=1 b=2)", "not (.a=1 .b=2)"),
        ("http.method in (GET,'P T')", "http.method in (GET, \"P T\")"),
        ("span.x=\"5\" .name=\"true\"", "span.x=\"5\" .name=\"true\""),
        ("trace(a exists)", "trace(.a exists)"),
        ("service:pay* name:\"a *\"", "service:pay* name:\"a *\""),
        ("duration:1500ms..90m", "duration=1500ms..90m"),
        ("\"not\" \"service\" plain", "\"not\" \"service\" plain"),
        ("{ .a = 1.5 && span:name != nil }", ".a=1.5 name!=nil"),
        ("version=2.14.0 path=/cart", "version=2.14.0 .path=/cart"),
    ])
    func canonicalShortSpelling(text: String, printed: String) throws {
        let filter = try FilterExpression(parsing: text, mode: .bar)
        #expect(filter.shortSpelling == printed)
        #expect(try FilterExpression(parsing: printed, mode: .bar) == filter)
    }

    @Test(arguments: [
        ("service=cart status=error", #"{ resource.service.name = "cart" && status = error }"#),
        ("name~\"^GET\" or duration>300ms", #"{ name =~ ".*(?:^GET).*" || duration > 300ms }"#),
        ("name!~a.b", #"{ name !~ ".*(?:a.b).*" }"#),
        (
            "service in (a, b) kind=server",
            #"{ (resource.service.name = "a" || resource.service.name = "b") && kind = server }"#
        ),
        (
            "env=prod",
            #"{ (resource.deployment.environment.name = "prod" || "#
                + #"(resource.deployment.environment.name = nil && resource.deployment.environment = "prod")) }"#
        ),
        ("service:pay*", #"{ resource.service.name =~ "pay.*" }"#),
        ("http.size>10KiB", "{ .http.size > 10240 }"),
        ("cpu.load:5%..10%", "{ (.cpu.load >= 0.05 && .cpu.load <= 0.1) }"),
        ("http.route exists", "{ .http.route != nil }"),
        ("event.name=exception scope.name=x", #"{ event:name = "exception" && instrumentation:name = "x" }"#),
        ("not (a=1 or b=2)", "{ !(.a = 1 || .b = 2) }"),
        ("a.b", #"{ name =~ "(?i).*a\\.b.*" }"#),
        ("", "{ }"),
    ])
    func traceQL(text: String, printed: String) throws {
        #expect(try FilterExpression(parsing: text, mode: .bar).traceQL() == printed)
        _ = try FilterExpression(parsing: printed, mode: .bar)
    }

    @Test func whatTraceQLCannotSayIsNamed() throws {
        let filter = try FilterExpression(parsing: "service=a self>1s or not (journey=x trace(b=1))", mode: .bar)
        do throws(FilterTranslationError) {
            _ = try filter.traceQL()
            Issue.record("translated")
        } catch {
            #expect(error.clauses.map(\.text) == ["self>1s", "journey=x", "trace(.b=1)"])
            #expect(error.description.hasPrefix("self>1s: TraceQL has no such field; "))
        }
    }

    @Test func printedFiltersReadBackTheSame() throws {
        var generator = FilterGenerator(seed: 7)
        for _ in 0..<20_000 {
            let filter = generator.expression()
            let printed = filter.shortSpelling
            #expect(try FilterExpression(parsing: printed, mode: .bar) == filter, "\(printed)")
        }
    }

    @Test func translatedFiltersReadBackTheSameWhereTraceQLHasTheirClauses() throws {
        var generator = FilterGenerator(seed: 8)
        generator.sayableInTraceQL = true
        for _ in 0..<20_000 {
            let filter = generator.expression()
            let printed = try filter.traceQL()
            #expect(try FilterExpression(parsing: printed, mode: .bar) == filter, "\(printed)")
        }
    }
}

@Suite struct FilterFuzzTests {
    @Test func noTextCrashesTheParser() {
        var generator = FilterGenerator(seed: 99)
        var accepted = 0
        for round in 0..<200_000 {
            let text = generator.noise()
            let mode: FilterMode = round % 2 == 0 ? .bar : .journeyFile
            do throws(FilterError) {
                let filter = try FilterExpression(parsing: text, mode: mode)
                accepted += 1
                let printed = filter.shortSpelling
                let again = try FilterExpression(parsing: printed, mode: mode)
                if again != filter { Issue.record("\(text) → \(printed)") }
            } catch {
                let length = text.utf8.count
                if error.range.lowerBound < 0 || error.range.upperBound > length || error.description.isEmpty {
                    Issue.record("\(text): \(error)")
                }
            }
        }
        #expect(accepted > 2_000)
    }
}
