import Journeys
import Telemetry

/// 64 journeys and what they counted of some tables.
struct CountedJourneys {
    static let count = 64
    /// The roots of `make_traces.py` and of the built-in shop.
    private static let names = [
        "GET /api/home", "GET /api/search", "GET /api/products/{id}", "POST /api/cart/items", "POST /api/checkout",
        "GET /api/orders/{id}", "POST /api/login", "POST /api/refunds", "GET /products/{id}", "POST /checkout",
        "GET /search", "POST /login", "POST /cart/items",
    ]

    /// Of names, each of which few roots have.
    private static let parts = ["home", "search", "products", "cart", "checkout", "orders", "login", "refunds"]

    /// Journeys of which each root is a run of one at most: the names of all roots, and names that no span has.
    let exact: [JourneyDefinition]
    /// Journeys whose entries are regular expressions over names, each another one.
    let regexes: [JourneyDefinition]
    /// Each of the roots once.
    let usual: [JourneyDefinition]
    let tables: [SpanTable]
    /// What 64 journeys counted that all have runs, one frame after the other: each knows more runs than the one before.
    let pictures: [JourneysPicture]
    /// When the data ends, in Unix nanoseconds.
    let end: UInt64
    /// How many frames there are.
    private static let frames = 21

    init(tables: [SpanTable]) throws {
        let names = Self.names
        exact = try Self.journeys(
            Self.text(Self.count) { number in
                "name=\"\(number < names.count ? names[number] : "other \(number)")\" kind=server"
            })
        let shared = try Self.journeys(Self.text(Self.count) { "name=\"\(names[$0 % 8])\" kind=server" })
        usual = try Self.journeys(Self.usualText)
        let regexText = Self.text(Self.count) { number in
            "name~\"^(GET|POST) (/api)?/(\(Self.parts[number % Self.parts.count])|other-\(number))\""
        }
        regexes = try Self.journeys(regexText)
        self.tables = tables
        var engine = JourneyEngine(journeys: shared, options: .init(base: .file))
        var pictures: [JourneysPicture] = []
        for (number, table) in tables.enumerated() {
            // The last table comes in so many parts that each is about what comes in a frame.
            let isLast = number == tables.count - 1
            let part = max(1, isLast ? table.count / Self.frames : table.count)
            for first in stride(from: 0, to: table.count, by: part) {
                let rows = first..<min(table.count, first + part)
                _ = engine.ingest(table, rows: rows, chunk: UInt64(number), arrival: 0)
                if isLast { pictures.append(engine.takePicture()) }
            }
        }
        engine.finish()
        self.pictures = pictures
        end = tables.reduce(0) { latest, table in table.ends.withUnsafeBuffer { max(latest, $0.max() ?? 0) } }
    }

    /// A journey file of as many journeys as a team has: each of the roots once.
    static let usualText = text(names.count) { "name=\"\(names[$0])\" kind=server" }

    private static func text(_ count: Int, entry: (Int) -> String) -> String {
        (0..<count).map { number in
            """
            journey: journey-\(number)
            entry: \(entry(number))
            slo:
              fast:    {target: 99%, under: 300ms}
              success: {target: 99.9%}
            """
        }.joined(separator: "\n---\n")
    }

    private static func journeys(_ text: String) throws -> [JourneyDefinition] {
        let set = JourneySet(text: text, file: "benchmark.yaml")
        guard !set.hasErrors else { throw BenchmarkError(reason: "\(set.diagnostics)") }
        return set.journeys
    }

    /// How many spans there are.
    var spans: Int { tables.reduce(0) { $0 + $1.count } }

    /// Looks at all spans with the filters of journeys; gives how many runs they found.
    static func match(_ journeys: [JourneyDefinition], _ tables: [SpanTable]) -> Int {
        var matcher = JourneyMatcher(journeys)
        return tables.reduce(0) { $0 + matcher.match($1, rows: 0..<$1.count).entries.count }
    }

    /// Counts all spans; gives how many runs have been counted.
    static func ingest(_ journeys: [JourneyDefinition], _ tables: [SpanTable]) -> Int {
        var engine = JourneyEngine(journeys: journeys, options: .init(base: .file))
        var pending = 0
        for (number, table) in tables.enumerated() {
            pending += engine.ingest(table, rows: 0..<table.count, chunk: UInt64(number), arrival: 0).count
        }
        return pending
    }
}
