import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: reads requests one after another, bounded in bytes and time, and answers each.
///
/// Bytes are charged to the budget as they are read from the socket. An error that is known before the body has come
/// is answered at once when the body is large, and the rest is read and thrown away, because closing a socket with
/// unread bytes would take the answer away from the client; the connection then closes.
final class HTTPExportHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// Between requests.
        case waiting
        /// A good request's body is coming.
        case receiving(Incoming)
        /// The request will be refused when its (small) body has been read.
        case refusing(Refusal, HTTPRequestHead, remaining: Int)
        /// Answered; what still comes is thrown away, then the connection closes.
        case discarding
        /// The request is complete and is being worked on.
        case answering
        /// Closing; nothing is looked at any more.
        case closed
    }

    fileprivate struct Incoming {
        var head: HTTPRequestHead
        var export: ExportHead
        var body: ByteBuffer
        var share: ByteShare
    }

    /// Bodies of refused requests up to this size are read before the answer, so that the connection can go on.
    private static let politeBytes = 1 << 20

    /// How long a client has to take the answer to something that was not HTTP.
    private static let linger: Duration = .seconds(2)

    private let desk: ExportDesk
    private var executor: LoopExecutor?
    private var phase = Phase.waiting
    /// When something must have happened; nil while nothing is waited for.
    private var deadline: NIODeadline?
    /// Looks after the deadline; one that fires before it is set again, which is cheaper than a new one for each request.
    private var timer: (task: Scheduled<Void>, time: NIODeadline)?
    private var isStopping = false
    private var holdsRead = false
    /// Nothing that still comes can be read as HTTP.
    private var inputIsBroken = false

    init(desk: ExportDesk) { self.desk = desk }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        executor = LoopExecutor(context.eventLoop)
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ReceiverIsStopping {
            isStopping = true
            if case .waiting = phase { close(context) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A client that does not take its answers gets no more requests read.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { holdsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, holdsRead {
            holdsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            // The decoder complains again about every byte after its first error.
            if error is ByteToMessageDecoderError { return }
            return close(context)
        }
        inputIsBroken = true
        switch phase {
        case .waiting:
            answer(context, .failure(desk.refused(refusal(for: error))), head: nil, closing: true)
        case .receiving(let incoming):
            answer(context, .failure(desk.refused(refusal(for: error))), head: incoming.head, closing: true)
        case .refusing(let refusal, let head, _):
            answer(context, .failure(refusal), head: head, closing: true)
        case .answering, .discarding, .closed:
            break
        }
    }

    private func refusal(for error: any Error) -> Refusal {
        (error as? HTTPParserError) == .headerOverflow ? .headersTooLarge : .notHTTP
    }

    private func start(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        setTimer(context, desk.limits.headerTimeout)
    }

    private func finish() {
        deadline = nil
        timer?.task.cancel()
        timer = nil
        phase = .closed
    }

    private func close(_ context: ChannelHandlerContext) {
        finish()
        context.close(promise: nil)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(context, head)
        case .body(let bytes): receive(context, bytes)
        case .end: end(context)
        }
    }

    private func begin(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        guard case .waiting = phase else { return }
        setTimer(context, desk.limits.bodyTimeout)
        switch head.exportHead(limits: desk.limits) {
        case .success(let export):
            guard desk.gate.isOpen else { return refuse(context, .stopping, head) }
            let share = ByteShare(of: desk.budget)
            phase = .receiving(Incoming(head: head, export: export, body: ByteBuffer(), share: share))
            if head.expectsContinue {
                let go = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
            }
        case .failure(let refusal):
            refuse(context, refusal, head)
        }
    }

    /// Refuses a request whose body may still be coming.
    private func refuse(_ context: ChannelHandlerContext, _ refusal: Refusal, _ head: HTTPRequestHead) {
        desk.refused(refusal)
        if head.expectsContinue {
            // The body was not asked for and will not come.
            phase = .answering
            answer(context, .failure(refusal), head: head, closing: true)
        } else if (head.declaredLength ?? 0) <= Self.politeBytes {
            phase = .refusing(refusal, head, remaining: Self.politeBytes)
        } else {
            phase = .discarding
            answer(context, .failure(refusal), head: head, closing: true)
        }
    }

    private func receive(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        switch phase {
        case .receiving(var incoming):
            phase = .waiting
            if let refusal = incoming.take(bytes, limits: desk.limits) {
                desk.refused(refusal)
                phase = .discarding
                answer(context, .failure(refusal), head: incoming.head, closing: true)
            } else {
                phase = .receiving(incoming)
            }
        case .refusing(let refusal, let head, let remaining):
            if bytes.readableBytes > remaining {
                phase = .discarding
                answer(context, .failure(refusal), head: head, closing: true)
            } else {
                phase = .refusing(refusal, head, remaining: remaining - bytes.readableBytes)
            }
        case .waiting, .discarding, .answering, .closed:
            break
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        switch phase {
        case .receiving(let incoming):
            phase = .answering
            deadline = nil
            work(context, incoming)
        case .refusing(let refusal, let head, _):
            phase = .answering
            answer(context, .failure(refusal), head: head, closing: false)
        case .discarding:
            close(context)
        case .waiting, .answering, .closed:
            break
        }
    }

    private func work(_ context: ChannelHandlerContext, _ incoming: Incoming) {
        let (desk, loop) = (desk, context.eventLoop)
        let (head, export, share) = (incoming.head, incoming.export, incoming.share)
        let body = RequestBody(buffer: incoming.body, isCompressed: export.isCompressed)
        if body.isUsual,
            let result = desk.exportNow(body, signal: export.signal, encoding: export.encoding, share: share)
        {
            return answer(
                context, result.map { HTTPAnswer.Success(partial: $0, head: export) }, head: head, closing: false)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        Task(executorPreference: body.isUsual ? executor : nil) {
            let result = await desk.export(body, signal: export.signal, encoding: export.encoding, share: share)
            loop.execute {
                let (handler, context) = bound.value
                guard case .answering = handler.phase else { return }
                let answer = result.map { HTTPAnswer.Success(partial: $0, head: export) }
                handler.answer(context, answer, head: head, closing: false)
            }
        }
    }

    // MARK: Answers

    private func answer(
        _ context: ChannelHandlerContext, _ result: Result<HTTPAnswer.Success, Refusal>, head: HTTPRequestHead?,
        closing: Bool
    ) {
        let keepsAlive = !closing && !isStopping && !inputIsBroken && desk.gate.isOpen && (head?.isKeepAlive ?? false)
        let (response, body) = HTTPAnswer.make(
            result, to: head, keepsAlive: keepsAlive, limit: desk.limits.responseBytes)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        if case .discarding = phase {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else if keepsAlive {
            phase = .waiting
            setTimer(context, desk.limits.idleTimeout)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else if inputIsBroken {
            // Bytes that nobody read would take the answer away from the client when the socket closes.
            phase = .discarding
            setTimer(context, min(desk.limits.bodyTimeout, Self.linger))
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(mode: .output, promise: nil)
        } else {
            finish()
            let bound = context.loopBound
            context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
                bound.value.close(promise: nil)
            }
        }
    }

    private func setTimer(_ context: ChannelHandlerContext, _ duration: Duration) {
        let time = NIODeadline.now() + TimeAmount(duration)
        deadline = time
        guard let timer else { return startTimer(context, time) }
        if timer.time > time {
            timer.task.cancel()
            startTimer(context, time)
        }
    }

    private func startTimer(_ context: ChannelHandlerContext, _ time: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: time) {
            let (handler, context) = bound.value
            handler.timer = nil
            guard let deadline = handler.deadline else { return }
            if deadline > .now() { handler.startTimer(context, deadline) } else { handler.timeIsUp(context) }
        }
        timer = (task, time)
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        deadline = nil
        switch phase {
        case .receiving(let incoming):
            desk.closedConnection("a connection was closed: a request took too long")
            phase = .answering
            answer(context, .failure(desk.refused(.tooSlow)), head: incoming.head, closing: true)
        case .refusing(let refusal, let head, _):
            phase = .answering
            answer(context, .failure(refusal), head: head, closing: true)
        case .waiting:
            desk.closedConnection("a connection was closed: nothing came in time")
            close(context)
        case .discarding:
            close(context)
        case .answering, .closed:
            break
        }
    }
}

extension HTTPExportHandler.Incoming {
    /// How much memory is set aside at once for a body that has only begun to come.
    private static let reservedBytes = 1 << 20

    /// Adds bytes of the body, or says why not; then the body is gone and its bytes are given back.
    fileprivate mutating func take(_ bytes: ByteBuffer, limits: ReceiverLimits) -> Refusal? {
        var refusal: Refusal?
        if body.readableBytes + bytes.readableBytes > limits.messageBytes {
            refusal = .tooLarge(limit: limits.messageBytes)
        } else if !share.grow(by: bytes.readableBytes) {
            refusal = .overloaded(retryAfterSeconds: limits.retryAfterSeconds)
        }
        guard refusal == nil else {
            body = ByteBuffer()
            share.releaseAll()
            return refusal
        }
        let length = head.declaredLength ?? 0
        if body.capacity == 0, bytes.readableBytes == length, length >= bytes.storageCapacity / 2 {
            // A body in one piece stays where it was read, unless that is much larger.
            body = bytes
            return nil
        }
        if body.capacity == 0 {
            // What the client announces is believed up to a bound; a body that grows would be copied again and again.
            body.reserveCapacity(min(length, limits.messageBytes, Self.reservedBytes))
        }
        body.writeImmutableBuffer(bytes)
        return nil
    }
}
