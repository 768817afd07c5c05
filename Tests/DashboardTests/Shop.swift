import Journeys
import Telemetry

/// A small shop with one bad release, the same at every run: payments 2.14.0 is slow for the last quarter of the hour.
struct Shop {
    /// 2026-04-12 03:12:40 UTC, the end of the data.
    static let end: UInt64 = 1_775_963_560_000_000_000
    static let second: UInt64 = 1_000_000_000
    static let millisecond: UInt64 = 1_000_000

    /// A span before it is in a batch.
    struct Planned {
        var fields = SpanFields()
        var service = ""
        var version = ""
        var environment: String?
        var name = ""
        var attributes: [(String, AttributeValue)] = []
        var events: [(after: UInt64, name: String, attributes: [(String, AttributeValue)])] = []
        var links: [TraceID] = []
        var message = ""
    }

    private(set) var spans: [Planned] = []
    private var seed: UInt64
    fileprivate(set) var ids: UInt64 = 0x7C1E_09AB_0000_0000

    init(seed: UInt64 = 7) { self.seed = seed }

    /// An hour of the shop in production, and a little staging.
    static func make(minutes: UInt64 = 60, seed: UInt64 = 7) -> Shop {
        var shop = Shop(seed: seed)
        let start = end - minutes * 60 * second
        var time = start
        while time < end {
            time += shop.between(3000, 5000) * millisecond
            let isBad = time > end - minutes * 15 * second
            shop.checkout(at: time, isSlow: isBad && shop.between(0, 9) < 4)
            shop.visit("search", "GET /search", at: time, took: shop.between(30, 400), fails: shop.between(0, 199) == 0)
            shop.visit("accounts", "POST /login", at: time, took: shop.between(20, 90), fails: false)
            if shop.between(0, 3) == 0 {
                shop.visit("cart", "POST /cart/items", at: time, took: shop.between(10, 130), fails: false)
                shop.visit(
                    "accounts", "POST /login", at: time, took: shop.between(40, 180), fails: false,
                    environment: "staging")
            }
        }
        for step: UInt64 in 1...7 {
            let place = end - step * minutes * 60 * second / 8
            shop.visit("refunds", "POST /refund", at: place, took: shop.between(900, 2500), fails: step == 3)
        }
        return shop
    }

    /// Takes over spans that were planned elsewhere.
    mutating func `repeat`(_ planned: [Planned]) { spans += planned }

    mutating func between(_ low: UInt64, _ high: UInt64) -> UInt64 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return low + (seed >> 33) % (high - low + 1)
    }

    mutating func trace() -> TraceID {
        ids &+= 0x0000_0001_0000_0001
        return TraceID(high: ids &* 0x9E37_79B9_7F4A_7C15, low: ids)
    }

    /// Adds a span and gives its id.
    @discardableResult
    mutating func add(
        _ trace: TraceID, in parent: SpanID?, _ service: String, _ name: String, at start: UInt64, took length: UInt64?,
        kind: SpanKind = .internal, version: String = "", environment: String? = "prod-eu",
        change: (inout Planned) -> Void = { _ in }
    ) -> SpanID {
        ids &+= 0x0000_0000_0000_0101
        let id = SpanID(ids &* 0xD6E8_FEB8_6659_FD93)
        var span = Planned()
        span.fields.trace = trace
        span.fields.span = id
        span.fields.parent = parent ?? SpanID(0)
        span.fields.start = start
        span.fields.end = length.map { start + $0 } ?? 0
        span.fields.kind = kind
        span.service = service
        span.version = version
        span.environment = environment
        span.name = name
        change(&span)
        spans.append(span)
        return id
    }

    /// A trace of one span.
    mutating func visit(
        _ service: String, _ name: String, at end: UInt64, took milliseconds: UInt64, fails: Bool,
        environment: String = "prod-eu"
    ) {
        let length = milliseconds * Shop.millisecond
        add(
            trace(), in: nil, service, name, at: end - length, took: length, kind: .server, version: "3.9.0",
            environment: environment
        ) { span in
            if fails {
                span.fields.status = .error
                span.attributes = [("error.type", .string("timeout"))]
            }
        }
    }

    /// A whole checkout; slow ones wait for the connection pool of payments 2.14.0.
    mutating func checkout(at end: UInt64, isSlow: Bool) {
        let ms = Shop.millisecond
        let id = trace()
        let wait = isSlow ? between(900, 1700) : between(1, 9)
        let psp = between(60, 140)
        let charge = wait + psp + 30
        let total = charge + 160 + between(0, 60)
        let start = end - total * ms
        let fails = isSlow && between(0, 19) == 0
        let root = add(
            id, in: nil, "web-bff", "POST /checkout", at: start, took: total * ms, kind: .server, version: "8.1.0"
        ) { span in
            span.attributes = [
                ("http.request.method", .string("POST")), ("url.path", .string("/checkout")),
                ("http.response.status_code", .int(fails ? 504 : 201)),
            ]
            if fails { span.fields.status = .error }
        }
        let cart = add(
            id, in: root, "cart", "GET /cart", at: start + 5 * ms, took: 34 * ms, kind: .server, version: "4.0.3")
        add(id, in: cart, "cart", "redis HGETALL", at: start + 9 * ms, took: 4 * ms, kind: .client, version: "4.0.3")
        let quote = add(
            id, in: root, "pricing", "Quote", at: start + 42 * ms, took: 70 * ms, kind: .server, version: "0.32.0")
        for rule: UInt64 in 0..<12 {
            add(
                id, in: quote, "pricing", "rules.eval", at: start + (45 + rule * 5) * ms, took: (rule % 4 + 1) * ms,
                version: "0.32.0")
        }
        let version = isSlow ? "2.14.0" : "2.13.4"
        let paying = start + 115 * ms
        let pay = add(
            id, in: root, "payments", "POST /charge", at: paying, took: charge * ms, kind: .server, version: version
        ) { span in
            if fails {
                span.fields.status = .error
                span.message = "pool exhausted"
                span.attributes = [("error.type", .string("timeout"))]
            }
        }
        add(id, in: pay, "payments", "pool.acquire", at: paying + 2 * ms, took: wait * ms, version: version) { span in
            span.attributes = [
                ("app.pool.name", .string("orders")), ("app.pool.max", .int(isSlow ? 10 : 50)),
                ("app.pool.waiting", .int(Int64(wait / 4))),
                ("server.address", .string("orders-db.internal.example:5432")),
            ]
            if isSlow {
                span.events = [(wait * ms, "pool.wait_long", [("waited", .string("\(wait)ms"))])]
            }
        }
        // The clock of fraud is 1.9 s behind.
        let scoring = paying + (wait + 5) * ms - 1900 * ms
        let score = add(
            id, in: pay, "fraud", "Score", at: scoring, took: 18 * ms,
            kind: .server, version: "1.2.0")
        add(id, in: score, "fraud", "model.infer", at: scoring + 3 * ms, took: 9 * ms, version: "1.2.0")
        add(
            id, in: pay, "payments", "psp POST /v1/charges", at: paying + (wait + 25) * ms, took: psp * ms,
            kind: .client, version: version)
        let append = add(
            id, in: root, "ledger", "Append", at: paying + (charge + 2) * ms, took: 24 * ms, kind: .server,
            version: "1.9.2")
        add(
            id, in: append, "ledger", "pg INSERT entry", at: paying + (charge + 6) * ms, took: 11 * ms, kind: .client,
            version: "1.9.2")
        guard isSlow else { return }
        add(
            id, in: SpanID(0x5D10_C2A0_11F3_0B77), "ledger", "audit.write", at: paying + (charge + 4) * ms,
            took: 7 * ms, version: "1.9.2")
        add(
            id, in: root, "mailer", "consume order.created", at: paying + (charge + 30) * ms, took: nil,
            kind: .consumer, version: "2.2.2"
        ) { span in
            span.links = [TraceID(high: 0, low: 0x51)]
        }
    }
}
