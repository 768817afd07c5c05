import Telemetry

/// A span of the built-in shop before it is written into columns.
struct ShopSpan {
    var trace: TraceID
    var id: UInt64
    /// Zero for none.
    var parent: UInt64
    /// Unix nanoseconds.
    var start: UInt64
    /// Unix nanoseconds.
    var end: UInt64
    var operation: ShopOperation
    var instance: ShopInstance
    var status = StatusCode.unset
    var statusMessage = ""
    /// What differs from span to span of one operation.
    var attributes: [(Symbol, AttributeValue)] = []
    var events: [ShopEvent] = []
    /// The span that this one goes back to; zero for none.
    var link: UInt64 = 0
    /// When the process sends it, Unix nanoseconds.
    var export: UInt64 = 0
}

/// An event of a span.
struct ShopEvent {
    /// Unix nanoseconds.
    var time: UInt64
    var name: String
    var attributes: [(Symbol, AttributeValue)]
}

/// Attribute keys whose values differ from span to span.
enum ShopKey {
    static let httpStatus = Symbol("http.response.status_code")
    static let grpcStatus = Symbol("rpc.grpc.status_code")
    static let resendCount = Symbol("http.request.resend_count")
    static let errorType = Symbol("error.type")
    static let clientAddress = Symbol("client.address")
    static let userTier = Symbol("app.user.tier")
    static let cartItems = Symbol("app.cart.items")
    static let poolMaximum = Symbol("app.pool.max")
    static let poolWaiting = Symbol("app.pool.waiting")
    static let poolInUse = Symbol("app.pool.in_use")
    static let waited = Symbol("waited_ms")
    static let cacheHit = Symbol("app.cache.hit")
    static let hits = Symbol("app.search.hits")
    static let fraudScore = Symbol("app.fraud.score")
    static let busy = Symbol("busy_ns")
    static let idle = Symbol("idle_ns")
    static let threadID = Symbol("thread.id")
    static let goroutine = Symbol("app.go.goroutines")
    static let peerAddress = Symbol("network.peer.address")
    static let messageID = Symbol("messaging.message.id")
    static let partition = Symbol("messaging.destination.partition.id")
    static let exceptionType = Symbol("exception.type")
    static let exceptionMessage = Symbol("exception.message")
}
