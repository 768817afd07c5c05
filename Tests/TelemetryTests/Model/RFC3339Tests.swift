import Foundation
import Telemetry
import Testing

@Suite struct RFC3339Tests {
    @Test func readsMomentsOfTheSpecification() {
        // Examples of RFC 3339, section 5.8.
        #expect(RFC3339.nanoseconds("1985-04-12T23:20:50.52Z") == 482_196_050_520_000_000)
        #expect(RFC3339.nanoseconds("1996-12-19T16:39:57-08:00") == RFC3339.nanoseconds("1996-12-20T00:39:57Z"))
        #expect(RFC3339.nanoseconds("1990-12-31T23:59:60Z") == RFC3339.nanoseconds("1991-01-01T00:00:00Z"))
        #expect(
            RFC3339.nanoseconds("2026-11-23t03:12:40.123456789123z")
                == RFC3339.nanoseconds("2026-11-23T03:12:40Z").map {
                    $0 + 123_456_789
                })
        #expect(RFC3339.nanoseconds("1970-01-01T00:00:00Z") == 0)
        #expect(RFC3339.nanoseconds("1970-01-01T01:00:00+01:00") == 0)
    }

    @Test(arguments: [
        "", "Z", "2026-11-23", "2026-11-23T03:12Z", "2026-11-23T03:12:40", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T03:60:00Z", "2026-11-23T03:12:61Z", "2026-11-23T03:12:40.Z", "2026-11-23T03:12:40+1:00",
        "2026-11-23T03:12:40+24:00", "2026-11-23T03:12:40Zx", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "２026-11-23T03:12:40Z",
    ])
    func refusesWhatIsNone(_ text: String) { #expect(RFC3339.nanoseconds(text) == nil) }

    /// The calendar agrees with Foundation's, and text comes back as it was.
    @Test func agreesWithFoundation() throws {
        var seconds: UInt64 = 0
        while seconds < 16_000_000_000 {
            let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            #expect(RFC3339.nanoseconds(text) == seconds * 1_000_000_000)
            #expect(RFC3339.text(seconds * 1_000_000_000) == text)
            seconds += 3_888_017
        }
        for time in [0, 1, 999_999_999, 1_763_867_560_123_456_789, UInt64.max] {
            #expect(RFC3339.nanoseconds(RFC3339.text(time)) == time)
        }
    }
}
