import Telemetry
import Testing

@Suite struct ModelTests {
    @Test func idsReadAndWriteHexadecimal() {
        #expect(TraceID(hex: "4BF92F3577B34DA6A3CE929D0E0E4736")?.hex == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(TraceID(hex: "1")?.hex == "00000000000000000000000000000001")
        #expect(SpanID(hex: "00F067AA0BA902B7")?.hex == "00f067aa0ba902b7")
        for wrong in ["", "xyz", "0x1", " 1", "-1", String(repeating: "0", count: 33)] {
            #expect(TraceID(hex: wrong) == nil)
        }
        #expect(SpanID(hex: "00000000000000001") == nil)
        #expect(TraceID(high: 0, low: 0).isZero)
        #expect(!TraceID(high: 1, low: 0).isZero)
    }

    @Test func idsSortLikeTheirText() {
        var random = SeededRandom(1)
        let ids = (0..<200).map { _ in TraceID(high: random.next() >> 60, low: random.next()) }
        #expect(ids.sorted().map(\.hex) == ids.map(\.hex).sorted())
    }

    @Test func wordsAreEqualWhereTheirSymbolsAre() {
        #expect(Symbol("checkout") == Symbol("checkout"))
        #expect(Symbol("checkout") != Symbol("Checkout"))
        #expect(Symbol("") == .empty)
        #expect(Symbol("ключ").text == "ключ")
        #expect(Words.existing("never seen before in this process") == nil)
    }

    @Test func longWordsAreCutAtACharacter() {
        let text = String(repeating: "a", count: Words.maximumWordBytes - 1) + "é"
        #expect(Symbol(text).text == String(repeating: "a", count: Words.maximumWordBytes - 1))
        let fits = String(repeating: "a", count: Words.maximumWordBytes - 2) + "é"
        #expect(Symbol(fits).text == fits)
    }

    @Test func valuesReadAsPeopleWriteThem() {
        #expect(AttributeValue.double(3).text == "3")
        #expect(AttributeValue.double(2.5).text == "2.5")
        #expect(AttributeValue.bytes([0, 255]).text == "00ff")
        #expect(AttributeValue.array([.int(1), .string("a\"b"), .empty]).text == #"[1,"a\"b",null]"#)
        #expect(AttributeValue.map([Attribute("k", .bool(true))]).text == #"{"k":true}"#)
        #expect(AttributeValue.double(.infinity).text == "inf")
        #expect(AttributeValue.double(.nan).text == "nan")
    }
}
