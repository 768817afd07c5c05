import Dashboard
import Journeys
import Telemetry
import TerminalKit
import Testing

/// The steps funnel of a journey whose steps lie in several traces.
struct JoinedFunnelTests {
    private static let yaml = """
        journey: purchase
        join: session.id
        within: 2m
        steps:
          - browse:   name="GET /product"
          - add:      name="POST /cart"
          - checkout: name="POST /order"
        """

    /// Forty sessions: ten buy, twenty leave after the first step, five after the second, five have just begun.
    private static func shop() -> Shop {
        var shop = Shop()
        func visit(_ name: String, _ session: Int?, secondsAgo: UInt64) {
            shop.add(
                shop.trace(), in: nil, "web", name, at: Shop.end - secondsAgo * Shop.second,
                took: 80 * Shop.millisecond,
                kind: .server
            ) { span in
                if let session { span.attributes = [("session.id", .string("s-\(session)"))] }
            }
        }
        for session in 0..<40 {
            let begun: UInt64 = session < 35 ? 250 : 60
            visit("GET /product", session, secondsAgo: begun)
            if session < 15 { visit("POST /cart", session, secondsAgo: begun - 20) }
            if session < 10 { visit("POST /order", session, secondsAgo: begun - 40) }
        }
        for _ in 0..<3 { visit("POST /cart", nil, secondsAgo: 100) }
        return shop
    }

    private func panel(live: Bool, width: Int, height: Int) throws -> [String] {
        let journeys = JourneySet(text: Self.yaml, file: "purchase.yaml").journeys
        let picture = Self.shop().picture(live: live, journeys: journeys)
        let state = AppState.make(picture, width: width, height: height, screen: .journey, journey: "purchase")
        let lines = state.lines()
        let first = try #require(lines.firstIndex { $0.contains("Steps funnel") })
        return Array(lines[first...])
    }

    @Test(arguments: [(120, 36), (200, 60)])
    func theLastLineTellsWhatTheStepsDoNot(width: Int, height: Int) throws {
        let lines = try panel(live: true, width: width, height: height)
        #expect(lines.contains { $0.contains("5 open, 25 abandoned, 3 unjoinable") })
        #expect(lines.contains { $0.contains("joined by session.id · n=35") })
        let add = try #require(lines.first { $0.contains(" add ") && $0.contains("42.9%") })
        #expect(add.contains("−20"), "\(add)")
        let checkout = try #require(lines.first { $0.contains(" checkout ") })
        #expect(checkout.contains("28.6%"), "\(checkout)")
    }

    @Test func atTheEndOfAFileNothingIsOpen() throws {
        let lines = try panel(live: false, width: 120, height: 36)
        #expect(
            lines.contains { $0.contains("0 open, 30 abandoned, 3 unjoinable") }, "\(lines.joined(separator: "\n"))")
    }
}
