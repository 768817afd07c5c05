import Alerting
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test func wordsAreThoseOfFoundation() throws {
        var moment: UInt64 = 0
        let style = Date.ISO8601FormatStyle()
        while moment < 4_200_000_000 {
            let text = Timestamp.text(moment * 1_000_000_000)
            #expect(text == Date(timeIntervalSince1970: Double(moment)).formatted(style))
            #expect(Timestamp.nanoseconds(text) == moment * 1_000_000_000)
            moment += 1_234_567
        }
        #expect(Timestamp.text(1_795_402_800_007_999_999) == "2026-11-23T03:00:00.007Z")
        #expect(Timestamp.text(.max) == "2554-07-21T23:34:33.709Z")
    }

    @Test func zonesFractionsAndDigitsAreRead() {
        let expected: UInt64 = 1_795_402_800_120_000_000
        for text in [
            "2026-11-23T03:00:00.12Z", "2026-11-23T04:00:00.120+01:00", "2026-11-22t22:30:00.120000000-04:30",
            "1795402800120000000",
        ] { #expect(Timestamp.nanoseconds(text) == expected) }
        #expect(Timestamp.nanoseconds("2024-02-29T00:00:00Z") != nil)
    }

    @Test(arguments: [
        "", "now", "2026-11-23", "2026-11-23T03:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T03:60:00Z", "2026-11-23T03:00:00.Z", "2026-11-23T03:00:00+1:00",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2600-01-01T00:00:00Z", "12345", "99999999999999999999999",
        "2026-11-23T03:00:00.1234567890Z", "٢٠٢٦-11-23T03:00:00Z",
    ])
    func otherTextsAreNoTime(text: String) {
        #expect(Timestamp.nanoseconds(text) == nil)
    }
}
