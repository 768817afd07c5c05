import Dashboard
import Telemetry
import TerminalKit

/// One very large trace in a store.
struct BigTrace {
    static let id = TraceID(high: 0x5EED, low: 0xB16)
    /// What only some of its spans have in an attribute.
    static let needle = "u-00077"

    let snapshot: StoreSnapshot

    /// Makes a trace: every span has four children, which share its time.
    init(spans: Int) {
        var store = SpanStore()
        var starts: [UInt64] = []
        var lengths: [UInt64] = []
        var batch = SpanBatch()
        var resources = Self.resources(in: &batch)
        var scope = batch.appendScope(name: Symbol("bench"), version: Symbol("1.0.0"), attributes: .none)
        for number in 0..<spans {
            let parent = (number - 1) / 4
            let length = number == 0 ? 60_000_000_000 : max(1000, lengths[parent] / 4)
            let start = number == 0 ? 1_760_000_040_000_000_000 : starts[parent] + UInt64((number - 1) % 4) * length
            starts.append(start)
            lengths.append(length)
            var fields = SpanFields()
            fields.trace = Self.id
            fields.span = SpanID(UInt64(number) + 1)
            fields.parent = SpanID(number == 0 ? 0 : UInt64(parent) + 1)
            fields.start = start
            fields.end = start + length
            fields.name = Symbol("operation \(number % 12)")
            fields.kind = number % 3 == 0 ? .server : .client
            fields.status = number % 997 == 0 ? .error : .unset
            fields.resource = resources[number / 7 % resources.count]
            fields.scope = scope
            fields.attributes = Self.attributes(of: number, in: &batch)
            batch.appendSpan(fields)
            guard batch.count >= 65_536 else { continue }
            _ = store.append(batch, arrival: 1)
            batch = SpanBatch()
            resources = Self.resources(in: &batch)
            scope = batch.appendScope(name: Symbol("bench"), version: Symbol("1.0.0"), attributes: .none)
        }
        _ = store.append(batch, arrival: 1)
        snapshot = store.snapshot()
    }

    private static func resources(in batch: inout SpanBatch) -> [UInt32] {
        (0..<12).map { number in
            batch.addAttribute(WellKnown.serviceName, value: .string("service-\(number)"))
            batch.addAttribute(WellKnown.serviceVersion, value: .string("1.\(number).0"))
            return batch.appendResource(batch.takeAttributes())
        }
    }

    private static func attributes(of number: Int, in batch: inout SpanBatch) -> AttributeList {
        batch.addAttribute(Symbol("http.request.method"), value: .string(number % 4 == 0 ? "POST" : "GET"))
        batch.addAttribute(Symbol("url.path"), value: .string("/orders/\(number % 5000)"))
        batch.addAttribute(Symbol("http.response.status_code"), int: number % 997 == 0 ? 503 : 200)
        batch.addAttribute(Symbol("db.system.name"), value: .string("postgresql"))
        batch.addAttribute(Symbol("db.query.text"), value: .string("SELECT * FROM orders WHERE id = $1"))
        batch.addAttribute(Symbol("app.user.id"), value: .string("u-\(String(100_000 + number).suffix(5))"))
        batch.addAttribute(Symbol("server.address"), value: .string("10.42.\(number % 200).17"))
        batch.addAttribute(Symbol("thread.id"), int: Int64(number % 32))
        return batch.takeAttributes()
    }

    /// A dashboard of 200x60 that is about to open the trace.
    func dashboard() -> AppState {
        var state = AppState(size: Size(width: 200, height: 60))
        let now: UInt64 = 1_760_000_100_000_000_000
        _ = state.handle(.tick(now))
        _ = state.handle(
            .picture(DashboardPicture(now: now, origin: .file("trace"), store: snapshot, journeys: .empty)))
        return state
    }
}
