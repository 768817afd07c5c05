import Telemetry
import Testing

/// The filter a text says in the bar.
private func parse(_ text: String, _ mode: FilterMode = .bar) throws -> FilterExpression {
    try FilterExpression(parsing: text, mode: mode)
}

private func failure(_ text: String, _ mode: FilterMode = .bar) -> FilterError? {
    do throws(FilterError) {
        _ = try FilterExpression(parsing: text, mode: mode)
        return nil
    } catch {
        return error
    }
}

private func clause(_ intrinsic: FilterIntrinsic, _ filterOperator: FilterOperator, _ value: FilterValue)
    -> FilterExpression
{
    .comparison(.intrinsic(intrinsic), filterOperator, value)
}

private func clause(
    _ scope: FilterScope, _ key: String, _ filterOperator: FilterOperator, _ value: FilterValue
) -> FilterExpression {
    .comparison(.attribute(scope, key), filterOperator, value)
}

@Suite struct FilterParsingTests {
    @Test func theExampleOfTheDesign() throws {
        let filter = try parse(#"service=cart status=error duration>300ms name~"^GET""#, .journeyFile)
        #expect(
            filter
                == .and([
                    clause(.service, .equal, .string("cart")), clause(.status, .equal, .status(.error)),
                    clause(.duration, .greater, .number(.duration(300_000_000))),
                    clause(.name, .contains, .string("^GET")),
                ]))
    }

    @Test func theSameInTraceQL() throws {
        let filter = try parse(
            #"{ resource.service.name = "cart" && name =~ "POST /cart.*" && duration > 300ms && status = error }"#)
        #expect(
            filter
                == .and([
                    clause(.resource, "service.name", .equal, .string("cart")),
                    clause(.name, .matches, .string("POST /cart.*")),
                    clause(.duration, .greater, .number(.duration(300_000_000))),
                    clause(.status, .equal, .status(.error)),
                ]))
    }

    @Test func orBindsLooserThanAnd() throws {
        let a = clause(.any, "a.b", .equal, .number(.integer(1)))
        let b = clause(.any, "b.b", .equal, .number(.integer(2)))
        let c = clause(.any, "c.b", .equal, .number(.integer(3)))
        #expect(try parse("a.b=1 b.b=2 or c.b=3") == .or([.and([a, b]), c]))
        #expect(try parse("a.b=1 AND (b.b=2 || c.b=3)") == .and([a, .or([b, c])]))
        #expect(try parse("a.b=1 && !b.b=2 c.b=3") == .and([a, .not(b), c]))
        #expect(try parse("{ .a.b = 1 && (.b.b = 2 || .c.b = 3) }") == .and([a, .or([b, c])]))
        #expect(try parse("{ .a.b = 1 && .b.b = 2 || !(.c.b = 3) }") == .or([.and([a, b]), .not(c)]))
    }

    @Test(arguments: [
        (
            "duration>=1.2s", FilterIntrinsic.duration, FilterOperator.greaterOrEqual,
            FilterValue.number(.duration(1_200_000_000))
        ),
        ("duration<1h30m", .duration, .less, .number(.duration(5_400_000_000_000))),
        ("duration:1s..2s", .duration, .equal, .range(.duration(1_000_000_000), .duration(2_000_000_000))),
        ("duration>0", .duration, .greater, .number(.duration(0))),
        ("self>5µs", .selfTime, .greater, .number(.duration(5_000))),
        ("STATUS = Error", .status, .equal, .status(.error)),
        ("kind!=server", .kind, .notEqual, .kind(.server)),
        ("level>=warn", .level, .greaterOrEqual, .level(.warn)),
        ("version=2.14", .version, .equal, .string("2.14")),
        ("version=nil", .version, .equal, .nil),
        ("version=\"nil\"", .version, .equal, .string("nil")),
        ("name:\"GET *\"", .name, .equal, .pattern("GET *")),
        ("service:pay*", .service, .equal, .pattern("pay*")),
        ("service:pay", .service, .equal, .string("pay")),
        ("service=pay*", .service, .equal, .string("pay*")),
        ("name=~'GET.*'", .name, .matches, .string("GET.*")),
        ("name!=~`\\d+`", .name, .notMatches, .string("\\d+")),
        ("name!~\"\\d+\"", .name, .notContains, .string("\\d+")),
        ("n>5", .count, .greater, .number(.integer(5))),
        ("root.service=web", .rootService, .equal, .string("web")),
        ("instance=db:5432", .instance, .equal, .string("db:5432")),
        ("trace=0042", .trace, .equal, .string("0042")),
    ])
    func intrinsics(text: String, field: FilterIntrinsic, filterOperator: FilterOperator, value: FilterValue) throws {
        #expect(try parse(text) == clause(field, filterOperator, value))
    }

    @Test(arguments: [
        (
            "http.response.status_code>=500", FilterScope.any, "http.response.status_code",
            FilterValue.number(.integer(500))
        ),
        (".name>=-5", .any, "name", .number(.integer(-5))),
        ("span.size>=10MiB", .span, "size", .number(.bytes(10 << 20))),
        ("resource.load>=99.5%", .resource, "load", .number(.percent(99.5))),
        ("event.x>=1.5", .event, "x", .number(.decimal(1.5))),
        ("link.x>=300ms", .link, "x", .number(.duration(300_000_000))),
        ("scope.x>=\"z\"", .scope, "x", .string("z")),
        ("instrumentation.x>=z", .scope, "x", .string("z")),
        ("log.x>=99999999999999999999", .log, "x", .number(.decimal(1e20))),
        ("tenant>=acme", .any, "tenant", .string("acme")),
        (".\"a b\">=0042", .any, "a b", .string("0042")),
        ("span.kind>=1", .span, "kind", .number(.integer(1))),
    ])
    func attributes(text: String, scope: FilterScope, key: String, value: FilterValue) throws {
        #expect(try parse(text) == clause(scope, key, .greaterOrEqual, value))
    }

    @Test func listsExistenceWordsAndLifts() throws {
        let list: [FilterValue] = [.string("a"), .string("b c")]
        #expect(try parse("service in (a, \"b c\")") == .oneOf(.intrinsic(.service), list))
        #expect(try parse("http.route exists") == .exists(.attribute(.any, "http.route")))
        #expect(try parse("checkout") == .word("checkout"))
        #expect(try parse("\"GET /cart\" timeout") == .and([.word("GET /cart"), .word("timeout")]))
        #expect(
            try parse("stuck in cart !slow") == .and([.word("stuck"), .word("in"), .word("cart"), .not(.word("slow"))]))
        #expect(try parse("trace(status=error)") == .trace(clause(.status, .equal, .status(.error))))
        #expect(try parse("not not x") == .not(.not(.word("x"))))
        #expect(try parse("!!x") == .not(.not(.word("x"))))
        #expect(try parse("  ") == .everything)
        #expect(try parse("{}") == .everything)
        #expect(try parse("escaped.flag=true") == clause(.any, "escaped.flag", .equal, .bool(true)))
        #expect(try parse("{ .flag }") == clause(.any, "flag", .equal, .bool(true)))
    }

    @Test func traceQLKeepsItsOwnMeaning() throws {
        #expect(try parse("{ name !~ \"a.*\" }") == clause(.name, .notMatches, .string("a.*")))
        #expect(try parse("{name=`a`}") == clause(.name, .equal, .string("a")))
        #expect(try parse("{ span.\"a b\" = nil }") == clause(.span, "a b", .equal, .nil))
        #expect(try parse("{ trace:id = \"ab\" }") == clause(.trace, .equal, .string("ab")))
        #expect(try parse("{ rootServiceName = \"web\" }") == clause(.rootService, .equal, .string("web")))
        #expect(try parse("{ kind = server }") == clause(.kind, .equal, .kind(.server)))
        #expect(try parse("{ duration > 100 }") == clause(.duration, .greater, .number(.duration(100))))
        #expect(try parse("{ event:name = \"exception\" }") == clause(.event, "name", .equal, .string("exception")))
        #expect(try parse("{ instrumentation.x = 1.5 }") == clause(.scope, "x", .equal, .number(.decimal(1.5))))
    }

    @Test(arguments: [
        ("servce=cart", "column 1: unknown field \"servce\"; did you mean service?"),
        ("status=error durration>1s", "column 14: unknown field \"durration\"; did you mean duration?"),
        ("status=eror", "column 8: status cannot be \"eror\"; did you mean error?"),
        ("foo=1", "column 1: unknown field \"foo\"; expected a field such as service, or .foo for an attribute"),
        ("status=error adn kind=server", "column 14: \"adn\" alone is not a clause; did you mean and?"),
        ("trace(status=error)", "column 1: trace() cannot stand here: a journey's filter looks at one span"),
        ("root.name=x", "column 1: root.name cannot stand here: a journey's filter looks at one span"),
        ("self>1s", "column 1: self cannot stand here: a journey's filter looks at one span"),
        ("journey=x", "column 1: journey cannot stand here: a journey's filter looks at one span"),
        ("{ rootName = \"x\" }", "column 3: root.name cannot stand here: a journey's filter looks at one span"),
        ("", "column 1: the filter is empty; expected a clause such as service=cart"),
        ("duration>300", "column 10: \"300\" has no unit; expected a duration such as 300ms"),
        ("duration>300mss", "column 13: unknown unit \"mss\"; expected one of ns us ms s m h B KiB MiB %"),
        ("http.size>10GB", "column 13: unknown unit \"GB\"; expected one of ns us ms s m h B KiB MiB %"),
        ("service==cart", "column 8: unknown operator \"==\"; did you mean =?"),
        ("service=", "column 9: the filter ends too early; expected a value"),
        ("service", "column 1: \"service\" alone is not a clause; expected FIELD=VALUE such as name=\"GET /cart\""),
        ("(service=cart", "column 1: this parenthesis is never closed; expected another )"),
        ("service=cart)", "column 13: unexpected \")\"; expected the end of the filter"),
        ("name=\"x", "column 6: this quote is never closed; expected another \""),
        ("é.x=é name~\"a(b\"", "column 13: wrong regular expression: missing ): a(b"),
        ("name~\"a[[:foo:]]b\"", "column 9: wrong regular expression: invalid character class range: [:foo:]"),
        ("status~err", "column 8: status does not go with ~; expected = or !="),
        ("duration:9s..1s", "column 10: the range \"9s..1s\" holds nothing; expected the smaller end first"),
        ("duration=99999999999h", "column 10: the number \"99999999999h\" is too large; expected at most 64 bits"),
        ("service=a & kind=server", "column 11: unexpected \"&\"; expected a clause such as service=cart"),
        ("service in (a", "column 14: the filter ends too early; expected , or )"),
        ("span.=x", "column 1: the key after the dot is missing; expected an attribute key"),
        ("{ name = foo }", "column 10: \"foo\" without quotes; expected text in quotes inside braces"),
        ("{ name = \"a\"", "column 1: this brace is never closed; expected another }"),
        ("{ nme = \"a\" }", "column 3: unknown field \"nme\"; did you mean name?"),
        (
            "{ status = error } | count() > 2",
            "column 20: more after the closing brace; "
                + "expected one spanset filter { … } without pipes or structural operators"
        ),
    ])
    func errorsSayWhereAndWhat(text: String, message: String) {
        #expect(failure(text, .journeyFile)?.description == message)
    }

    @Test func rangesAreBytesAndColumnsCharacters() throws {
        let error = try #require(failure("é.x=1 servce=1", .journeyFile))
        #expect(error.range == 7..<13)
        #expect(error.columns == 6..<12)
        #expect(error.column == 7)
    }

    @Test func depthAndLengthAreLimited() {
        for open in ["(", "not ", "!", "trace(", "{ !", "{ ("] {
            let text = String(repeating: open == "{ !" ? "!" : open, count: 30_000 / open.utf8.count)
            let error = failure((open.hasPrefix("{") ? "{ " : "") + text.replacing("{ ", with: "") + "x=1")
            #expect(error?.problem == "the filter is nested too deep", "\(open)")
        }
        let parentheses = String(repeating: "(", count: 100) + "a.b=1" + String(repeating: ")", count: 100)
        #expect(failure(parentheses) == nil)
        #expect(failure("(" + parentheses + ")") != nil)
        #expect(failure(String(repeating: "a ", count: 40_000))?.problem == "the filter has 80000 bytes")
        #expect(failure(String(repeating: "a ", count: 30_000))?.problem == "the filter has 30000 clauses")
        #expect(failure(String(repeating: "a ", count: 1_000)) == nil)
        #expect(failure(String(repeating: "a~b ", count: 101))?.problem == "too many regular expressions")
        #expect(failure(String(repeating: "a~b ", count: 100)) == nil)
    }

    @Test func suggestionsAreNear() {
        let words = FilterIntrinsic.allCases.map(\.rawValue)
        #expect(EditDistance.nearest(to: "sttaus", among: words) == "status")
        #expect(EditDistance.nearest(to: "Servce", among: words) == "service")
        #expect(EditDistance.nearest(to: "zzzz", among: words) == nil)
        #expect(EditDistance.between("abc", "acb") == 1)
        #expect(EditDistance.between("", "ab") == 2)
        #expect(EditDistance.between("kitten", "sitting") == 3)
    }

    @Test func everyIntrinsicIsDescribed() throws {
        for intrinsic in FilterIntrinsic.allCases {
            #expect(!intrinsic.documentation.isEmpty)
            #expect(try parse("\(intrinsic.rawValue) exists") == .exists(.intrinsic(intrinsic)))
            for value in intrinsic.knownValues { _ = try parse("\(intrinsic.rawValue)=\(value)") }
        }
        #expect(
            FilterIntrinsic.kind.knownValues == ["unspecified", "internal", "server", "client", "producer", "consumer"])
    }
}
