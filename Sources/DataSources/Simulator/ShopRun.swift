import Telemetry

/// One run of a journey through the built-in shop, told step by step.
///
/// The cursor ``time`` moves through the run; spans are begun and ended at it.
struct ShopRun {
    /// One attempt in this many seconds of a day's user is slower or faster as a whole.
    private static let runSigma = 0.15
    private static let stepSigma = 0.3

    let configuration: SimulatorConfiguration
    var random: ShopRandom
    /// Unix nanoseconds.
    var time: UInt64
    private(set) var spans: [ShopSpan] = []

    private let trace: TraceID
    private let factor: Double

    init(configuration: SimulatorConfiguration, random: ShopRandom, start: UInt64) {
        self.configuration = configuration
        self.random = random
        time = start
        trace = TraceID(high: self.random.next() | 1, low: self.random.next() | 1)
        factor = self.random.logNormal(median: 1, sigma: Self.runSigma)
    }

    /// Whether the fault of this shop is this one and has begun.
    func suffers(from fault: ShopFault) -> Bool {
        configuration.fault == fault && time >= configuration.faultTime
    }

    // MARK: Spans

    /// Begins a span at the cursor on an instance picked at random; gives its place among ``spans``.
    mutating func begin(_ operation: ShopOperation, under parent: Int? = nil, on instance: ShopInstance? = nil) -> Int {
        let instance = instance ?? pick(operation.service)
        spans.append(
            ShopSpan(
                trace: trace, id: random.next() | 1, parent: parent.map { spans[$0].id } ?? 0, start: time, end: time,
                operation: operation, instance: instance))
        return spans.count - 1
    }

    /// Ends a span well at the cursor.
    mutating func end(_ span: Int) {
        finish(span)
        if spans[span].operation.isHTTP { add(span, ShopKey.httpStatus, .int(200)) }
        if spans[span].operation.isRPC { add(span, ShopKey.grpcStatus, .int(0)) }
    }

    /// Ends a span with an error at the cursor.
    mutating func fail(_ span: Int, _ message: String, type: String, code: Int64) {
        finish(span)
        spans[span].status = .error
        spans[span].statusMessage = message
        add(span, ShopKey.errorType, .string(type))
        if spans[span].operation.isHTTP { add(span, ShopKey.httpStatus, .int(code)) }
        if spans[span].operation.isRPC { add(span, ShopKey.grpcStatus, .int(code == 504 ? 4 : 13)) }
    }

    /// A span without children: begins, works, ends.
    mutating func leaf(
        _ operation: ShopOperation, under parent: Int, _ milliseconds: Double, sigma: Double = stepSigma
    ) {
        let span = begin(operation, under: parent, on: spans[parent].instance)
        work(milliseconds, in: span, sigma: sigma)
        end(span)
    }

    mutating func add(_ span: Int, _ key: Symbol, _ value: AttributeValue) {
        spans[span].attributes.append((key, value))
    }

    mutating func addEvent(_ span: Int, _ name: String, at moment: UInt64, _ attributes: [(Symbol, AttributeValue)]) {
        spans[span].events.append(ShopEvent(time: moment, name: name, attributes: attributes))
    }

    /// Says that a span goes back to another one.
    mutating func link(_ span: Int, to other: Int) { spans[span].link = spans[other].id }

    /// Lets a span name a parent that was never sent, as when a process dies with spans in its queue.
    mutating func loseParent(of span: Int) { spans[span].parent = random.next() | 1 }

    private mutating func finish(_ span: Int) {
        spans[span].end = time
        let took = Int64(time - spans[span].start)
        switch spans[span].operation.service.language {
        case .rust:
            let busy = Int64(Double(took) * (0.3 + 0.4 * random.unit()))
            add(span, ShopKey.busy, .int(busy))
            add(span, ShopKey.idle, .int(took - busy))
            add(span, ShopKey.threadID, .int(Int64(2 + random.below(8))))
        case .go:
            add(span, ShopKey.peerAddress, .string(Self.addresses[random.below(Self.addresses.count)]))
        }
    }

    private static let addresses = (1...24).map { "10.42.\($0 % 3).\($0 * 7)" }

    // MARK: Time

    /// Works on a span's instance: about so many milliseconds, log-normal, more on a host without processor time.
    mutating func work(_ milliseconds: Double, in span: Int, sigma: Double = stepSigma) {
        let slow = suffers(from: .host) && spans[span].instance.hostNumber == 1 ? 3.0 : 1.0
        wait(random.logNormal(median: milliseconds, sigma: sigma) * factor * slow)
    }

    /// Moves the cursor by exactly so many milliseconds.
    mutating func wait(_ milliseconds: Double) { time += UInt64(max(0, milliseconds) * 1e6) }

    /// A way through the network.
    mutating func hop() { wait(0.25 + random.logNormal(median: 0.5, sigma: 0.5)) }

    private mutating func pick(_ service: ShopService) -> ShopInstance {
        var instance = ShopInstance(service: service, number: random.below(service.instances))
        instance.isNewRelease =
            service == .payments && suffers(from: .release)
            && instance.number >= service.instances - ShopInstance.badInstances
        return instance
    }
}

extension ShopOperation {
    /// Whether its spans carry an HTTP status.
    var isHTTP: Bool {
        switch self {
        case .checkout, .cartGet, .charge, .pspCharge, .searchPage, .openSearch, .product, .login, .cartItems, .cartAdd:
            true
        default: false
        }
    }

    /// Whether its spans carry a gRPC status.
    var isRPC: Bool {
        switch self {
        case .quote, .priceList, .score, .append, .query, .getProduct, .verify: true
        default: false
        }
    }
}
