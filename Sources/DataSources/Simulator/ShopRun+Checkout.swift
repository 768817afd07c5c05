import Telemetry

/// What a failed step tells the one that called it.
struct ShopFailure {
    var message: String
    var type: String
    var code: Int64

    static let timeout = ShopFailure(message: "upstream timeout", type: "timeout", code: 504)
    static let provider = ShopFailure(message: "payment provider failed", type: "503", code: 502)
    static let pricing = ShopFailure(message: "no price for item", type: "500", code: 500)
    static let canceled = ShopFailure(message: "context canceled", type: "context.Canceled", code: 499)
}

extension ShopRun {
    /// POST /checkout: basket, price, payment, and a message about the new order.
    mutating func checkout() {
        let root = begin(.checkout)
        describeUser(root)
        add(root, ShopKey.cartItems, .int(Int64(1 + random.below(6))))
        work(12, in: root)
        if let failure = reviewCart(root) ?? quote(root) ?? charge(root) {
            work(3, in: root)
            addEvent(
                root, "exception", at: time,
                [
                    (ShopKey.exceptionType, .string(failure.type)),
                    (ShopKey.exceptionMessage, .string(failure.message)),
                ])
            return fail(root, failure.message, type: failure.type, code: failure.code)
        }
        let publish = begin(.publishOrder, under: root, on: spans[root].instance)
        describeMessage(publish)
        work(2, in: publish)
        end(publish)
        work(9, in: root)
        end(root)
        mail(after: publish)
    }

    mutating func describeUser(_ span: Int) {
        let tier = ["free", "free", "free", "plus", "plus", "business"][random.below(6)]
        add(span, ShopKey.userTier, .string(tier))
        add(span, ShopKey.clientAddress, .string("203.0.113.\(1 + random.below(250))"))
    }

    private mutating func reviewCart(_ root: Int) -> ShopFailure? {
        hop()
        let cart = begin(.cartGet, under: root)
        work(8, in: cart)
        leaf(.cartHGETALL, under: cart, 2.4)
        work(7, in: cart)
        end(cart)
        hop()
        return random.happens(0.000_5) ? .canceled : nil
    }

    private mutating func quote(_ root: Int) -> ShopFailure? {
        hop()
        let quote = begin(.quote, under: root)
        work(12, in: quote)
        leaf(.rulesEval, under: quote, 34)
        leaf(.pricingMGET, under: quote, 2.6)
        work(7, in: quote)
        let isLost = random.happens(0.000_7)
        if isLost {
            fail(quote, ShopFailure.pricing.message, type: "Internal", code: 500)
        } else {
            end(quote)
        }
        hop()
        return isLost ? .pricing : nil
    }

    private mutating func charge(_ root: Int) -> ShopFailure? {
        hop()
        let charge = begin(.charge, under: root)
        work(5, in: charge)
        var failure = acquireConnection(charge)
        if failure == nil {
            score(charge)
            failure = askProvider(charge)
        }
        if failure == nil { append(charge) }
        work(4, in: charge)
        if let failure {
            fail(charge, failure.message, type: failure.type, code: failure.code)
        } else {
            end(charge)
        }
        hop()
        return failure
    }

    /// A connection of the pool: at once from a pool of 50; from a pool of 10 more often than not after a long wait.
    private mutating func acquireConnection(_ charge: Int) -> ShopFailure? {
        let instance = spans[charge].instance
        let acquire = begin(.poolAcquire, under: charge, on: instance)
        let isSmall = instance.isNewRelease
        let waits = isSmall && random.happens(0.57)
        add(acquire, ShopKey.poolMaximum, .int(isSmall ? 10 : 50))
        add(acquire, ShopKey.poolWaiting, .int(Int64(waits ? 380 + random.below(50) : random.below(3))))
        add(acquire, ShopKey.poolInUse, .int(Int64(isSmall ? 10 : 12 + random.below(20))))
        guard waits else {
            work(isSmall ? 3 : 0.6, in: acquire)
            end(acquire)
            return nil
        }
        let milliseconds = 1300 + 300 * random.unit()
        wait(milliseconds - 100)
        addEvent(
            acquire, "pool.wait_long", at: time,
            [(ShopKey.waited, .int(Int64(milliseconds - 100))), (ShopKey.poolInUse, .int(10))])
        wait(100)
        guard random.happens(0.08) else {
            end(acquire)
            return nil
        }
        fail(acquire, "upstream timeout", type: "timeout", code: 504)
        return .timeout
    }

    private mutating func score(_ charge: Int) {
        hop()
        let score = begin(.score, under: charge)
        add(score, ShopKey.fraudScore, .double((random.unit() * 40).rounded() / 100))
        work(22, in: score)
        leaf(.modelInfer, under: score, 10)
        work(6, in: score)
        end(score)
        hop()
    }

    /// The payment provider outside; a broken connection is tried once more.
    private mutating func askProvider(_ charge: Int) -> ShopFailure? {
        if random.happens(0.006) {
            let first = begin(.pspCharge, under: charge, on: spans[charge].instance)
            work(25, in: first)
            fail(first, "connection reset by peer", type: "connection_reset", code: 0)
            wait(20)
            return provider(charge, attempt: 1)
        }
        return provider(charge, attempt: 0)
    }

    private mutating func provider(_ charge: Int, attempt: Int64) -> ShopFailure? {
        let isDown = suffers(from: .dependency)
        let span = begin(.pspCharge, under: charge, on: spans[charge].instance)
        if attempt > 0 { add(span, ShopKey.resendCount, .int(attempt)) }
        work(isDown ? 950 : 80, in: span)
        guard random.happens(isDown ? 0.06 : 0.000_8) else {
            end(span)
            return nil
        }
        fail(span, "503 Service Unavailable", type: "503", code: 503)
        return .provider
    }

    private mutating func append(_ charge: Int) {
        hop()
        let append = begin(.append, under: charge)
        work(4, in: append)
        leaf(.insertEntry, under: append, 7)
        let back = time
        leaf(.auditWrite, under: append, 6)
        if random.happens(0.01) { loseParent(of: spans.count - 1) }
        // The audit is written beside the answer.
        time = back
        work(2, in: append)
        end(append)
        hop()
    }

    /// Another process reads the message a little later, in the same trace.
    private mutating func mail(after publish: Int) {
        time = spans[publish].end
        wait(random.logNormal(median: 150, sigma: 0.6))
        let consume = begin(.consumeOrder, under: publish)
        link(consume, to: publish)
        describeMessage(consume)
        work(38, in: consume)
        end(consume)
    }

    private mutating func describeMessage(_ span: Int) {
        add(span, ShopKey.messageID, .string("m-\(String(spans[0].id, radix: 16))"))
        add(span, ShopKey.partition, .string("\(random.below(6))"))
    }
}
