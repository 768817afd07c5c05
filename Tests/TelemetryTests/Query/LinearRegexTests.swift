import Telemetry
import Testing

@Suite struct LinearRegexTests {
    @Test func wholeAndPart() throws {
        let regex = try LinearRegex("GET|POST")
        #expect(regex.matchesPart("a POST b"))
        #expect(!regex.matchesWhole("a POST b"))
        #expect(regex.matchesWhole("POST"))
        #expect(!regex.matchesPart(""))
        #expect(try LinearRegex("").matchesWhole(""))
        #expect(try LinearRegex("^GET").matchesPart("GET /"))
        #expect(try LinearRegex("a.b").matchesWhole("a\nb"))
        #expect(try LinearRegex("straße", ignoringCase: true).matchesWhole("STRAßE"))
    }

    @Test func hostileExpressionsEnd() throws {
        let regex = try LinearRegex("(a*)*b")
        #expect(!regex.matchesWhole(String(repeating: "a", count: 100_000)))
        #expect(throws: LinearRegex.CompileError.self) { try LinearRegex("((a{1000}){1000}){1000}") }
        #expect(throws: LinearRegex.CompileError.self) { try LinearRegex(String(repeating: "(", count: 60_000)) }
    }

    @Test func bytesNeedNotBeText() throws {
        let regex = try LinearRegex("b")
        let bytes: [UInt8] = [0xFF, 0x00, 0x62]
        #expect(bytes.withUnsafeBytes { regex.matchesPart($0) })
        #expect(!regex.matchesPart(UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    @Test func errorsSayWhere() {
        do throws(LinearRegex.CompileError) {
            _ = try LinearRegex("ab(?<x")
            Issue.record("compiled")
        } catch {
            #expect(error.range == 2..<5)
            #expect(!error.description.isEmpty)
        }
    }

    @Test func patternsAndEscapes() throws {
        #expect(LinearRegex.expression(forPattern: "GET /a.b*") == "GET /a\\.b.*")
        let odd = "a.b*c[d](e){f}^$|\\+?é\n"
        #expect(try LinearRegex(LinearRegex.escaped(odd)).matchesWhole(odd))
    }

    @Test(arguments: ["a", "\\Qa.", "\\Qa\\", "\\Qa\\E.", "\\Qa\\\\E", "\\\\Qa", "\\Qa\\Eb\\Qc(", "a\\."])
    func closedExpressionsStayWhole(expression: String) throws {
        let closed = LinearRegex.closed(expression)
        let grouped = try LinearRegex("(?:\(closed))x")
        for text in ["a", "ab", "a.", "a\\", "\\Qa", "aEb", "abc("] {
            #expect(try LinearRegex(expression).matchesWhole(text) == grouped.matchesWhole(text + "x"))
        }
    }
}
