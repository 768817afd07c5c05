import Telemetry
import Testing

/// Looking for a literal first must not change what a filter selects.
@Suite struct RequiredLiteralTests {
    private static let texts = [
        "", "abc", "ab", "aabbc", "a|c", "FROM orders", "from orders", "x FROM shipments y", "a.c", "a]c", "{2}", "aa",
        "ab{2}", "日本語abc", "12 abc 34", "a\nbc",
    ]

    private static let expressions = [
        "abc", "ab?c", "ab*", "a{0}bc", "a{2}", "ab+c", "(ab)?c", "(abc|x)", "abc|x", "a[bc]+c", "a[]]c", "a[^]]c",
        "FROM (orders|shipments)", "(?i)from", "(?i:from) orders", "\\d+ abc \\d+", "a\\.c", "\\Qa|c\\E", ".*abc.*",
        "^abc$", "日本語abc", "日*abc", "[[:alpha:]]bc", "a(b(c)?)?", "\\x61bc", "x?abc{1}", "ab{2}", "a\\]c", "^ab{1,2}c?",
    ]

    @Test(arguments: expressions) func selectsWhatTheExpressionFits(expression: String) throws {
        var maker = SpanTableMaker()
        for text in Self.texts { maker.span(attributes: [Attribute("k", .string(text))]) }
        let table = maker.batch.table
        let regex = try LinearRegex(expression)
        let field = FilterField.attribute(.span, "k")
        for (filterOperator, isWhole, isNegated) in [
            (FilterOperator.contains, false, false), (.notContains, false, true), (.matches, true, false),
            (.notMatches, true, true),
        ] {
            let filter = FilterExpression.comparison(field, filterOperator, .string(expression))
            var selected: [UInt32] = []
            SpanPredicate(filter).select(in: table, rows: 0..<table.count, into: &selected)
            let expected = Self.texts.indices.filter { number in
                (isWhole ? regex.matchesWhole(Self.texts[number]) : regex.matchesPart(Self.texts[number])) != isNegated
            }
            #expect(selected.map(Int.init) == expected, "\(expression)")
        }
    }
}
