import NIOCore
import NIOHPACK
import NIOHTTP2

/// One HTTP/2 connection whose streams are gRPC calls of `Export`: reads messages, bounded in bytes and time, and answers
/// each.
///
/// All streams of a connection are served by this one handler: a channel and tasks for every call, as libraries make them,
/// cost more than a usual message. NIO's handlers before it keep the protocol: frames, flow control of answers, PING,
/// SETTINGS, and the limits against rapid resets, CONTINUATION, PING and SETTINGS floods, empty DATA and large header lists,
/// which close the connection.
///
/// Bytes are charged to the budget as they come, and the windows of flow control are opened again at once: it is the budget
/// that bounds memory. A call that is refused before its message has come is answered at once and reset without an error.
final class GRPCExportHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private final class Call {
        let head: GRPCHead
        let share: ByteShare
        let deadline: NIODeadline
        var message: GRPCMessage
        /// Whether the message is whole and is being worked on.
        var isAnswering = false

        init(_ head: GRPCHead, share: ByteShare, deadline: NIODeadline, limit: Int) {
            self.head = head
            self.share = share
            self.deadline = deadline
            message = GRPCMessage(isGzipCall: head.isCompressed, limit: limit)
        }
    }

    /// What a client may send on one stream, and on all of them, before it hears from us.
    static let streamWindow = 1 << 20
    private static let connectionWindow = 4 << 20
    /// The connection's window as HTTP/2 begins with it.
    private static let firstConnectionWindow = 65_535

    private let desk: ExportDesk
    private var executor: LoopExecutor?
    private var calls: [HTTP2StreamID: Call] = [:]
    /// Looks after the calls whose messages are still coming; set for the oldest of them.
    private var timer: Scheduled<Void>?
    private var hasBegun = false
    private var holdsRead = false

    init(desk: ExportDesk) { self.desk = desk }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        executor = LoopExecutor(context.eventLoop)
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func begin(_ context: ChannelHandlerContext) {
        guard !hasBegun else { return }
        hasBegun = true
        open(context, .rootStream, by: Self.connectionWindow - Self.firstConnectionWindow)
        context.flush()
    }

    private func finish() {
        timer?.cancel()
        timer = nil
        calls.removeAll()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as StreamClosedEvent:
            calls[event.streamID] = nil
        case let event as NIOHTTP2WindowUpdatedEvent:
            if let left = event.inboundWindowSize { refill(context, event.streamID, left) }
        case is ReceiverIsStopping:
            // NIO's handler says goodbye, and closes the connection when all calls are answered.
            context.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// An error of one stream, which was reset, is none of the others; all other errors end the connection.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed, is NIOHTTP2Errors.NoSuchStream: break
        default: context.close(promise: nil)
        }
    }

    /// A client that does not take its answers gets no more calls read.
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

    // MARK: Flow control

    private func refill(_ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ left: Int) {
        let target: Int
        if stream == .rootStream {
            target = Self.connectionWindow
        } else {
            guard let call = calls[stream], !call.isAnswering else { return }
            target = Self.streamWindow
        }
        // Half of it goes on meanwhile.
        if left < target / 2 { open(context, stream, by: target - left) }
    }

    /// Lets the client send more. It is flushed when everything that came has been looked at.
    private func open(_ context: ChannelHandlerContext, _ stream: HTTP2StreamID, by bytes: Int) {
        let frame = HTTP2Frame(streamID: stream, payload: .windowUpdate(windowSizeIncrement: bytes))
        context.write(wrapOutboundOut(frame), promise: nil)
    }

    // MARK: Calls

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        let stream = frame.streamID
        switch frame.payload {
        case .headers(let headers):
            if calls[stream] == nil {
                begin(context, stream, headers.headers, isDone: headers.endStream)
            } else if headers.endStream {
                end(context, stream)
            }
        case .data(let part):
            guard let call = calls[stream], !call.isAnswering else { return }
            if case .byteBuffer(let bytes) = part.data, bytes.readableBytes > 0 {
                let isTaken = take(context, stream, call, bytes, isDone: part.endStream)
                guard isTaken else { return }
            }
            if part.endStream { end(context, stream) }
        default:
            break
        }
    }

    private func begin(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ headers: HPACKHeaders, isDone: Bool
    ) {
        guard headers.isGRPC else { return write(context, stream, trailers: .notGRPC, isDone: isDone) }
        guard desk.gate.isOpen else { return refuse(context, stream, .stopping, isDone: isDone) }
        switch headers.grpcHead {
        case .success(let head):
            let call = Call(
                head, share: ByteShare(of: desk.budget), deadline: .now() + TimeAmount(desk.limits.bodyTimeout),
                limit: desk.limits.messageBytes)
            calls[stream] = call
            if isDone { end(context, stream) } else { watch(context, until: call.deadline) }
        case .failure(let refusal):
            refuse(context, stream, refusal, isDone: isDone)
        }
    }

    /// Adds bytes to a message; false when the call was refused instead.
    private func take(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ call: Call, _ bytes: ByteBuffer, isDone: Bool
    ) -> Bool {
        let refusal: Refusal? =
            if call.share.grow(by: bytes.readableBytes) {
                call.message.take(bytes)
            } else {
                .overloaded(retryAfterSeconds: desk.limits.retryAfterSeconds)
            }
        if let refusal { refuse(context, stream, refusal, isDone: isDone) }
        return refusal == nil
    }

    private func end(_ context: ChannelHandlerContext, _ stream: HTTP2StreamID) {
        guard let call = calls[stream], !call.isAnswering else { return }
        guard call.message.isWhole else { return refuse(context, stream, .notOneMessage, isDone: true) }
        call.isAnswering = true
        let (desk, loop, head, share) = (desk, context.eventLoop, call.head, call.share)
        let isCompressed = call.message.isCompressed
        let body = RequestBody(buffer: call.message.takeBytes(), isCompressed: isCompressed)
        if body.isUsual,
            let result = desk.exportNow(body, signal: head.signal, encoding: .protobuf, share: share)
        {
            return answer(context, stream, result)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        Task(executorPreference: body.isUsual ? executor : nil) {
            let result = await desk.export(body, signal: head.signal, encoding: .protobuf, share: share)
            loop.execute {
                let (handler, context) = bound.value
                handler.answer(context, stream, result)
            }
        }
    }

    // MARK: Answers

    private func answer(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ result: Result<PartialSuccess?, Refusal>
    ) {
        // Gone when the client gave the call up.
        guard let call = calls[stream] else { return }
        switch result {
        case .success(let partial):
            let message = ResponseBody.success(
                partial, signal: call.head.signal, encoding: .protobuf, limit: desk.limits.responseBytes)
            let isGzip = call.head.takesGzip
            write(context, stream, .headers(.init(headers: isGzip ? .answerInGzip : .answer)))
            write(context, stream, .data(.init(data: .byteBuffer(Self.framed(message, isGzip: isGzip)))))
            write(context, stream, trailers: .done, isDone: true)
        case .failure(let refusal):
            write(context, stream, trailers: .trailersOnly(refusal), isDone: true)
        }
    }

    /// A message as it goes over the wire.
    private static func framed(_ message: [UInt8], isGzip: Bool) -> ByteBuffer {
        let compressed = isGzip && !message.isEmpty ? Gzip.compress(message) : nil
        let bytes = compressed ?? message
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.count + 5)
        buffer.writeInteger(UInt8(compressed == nil ? 0 : 1))
        buffer.writeInteger(UInt32(truncatingIfNeeded: bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }

    /// Answers with an error, whatever has come of the message.
    private func refuse(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ refusal: Refusal, isDone: Bool
    ) {
        desk.refused(refusal)
        write(context, stream, trailers: .trailersOnly(refusal), isDone: isDone)
    }

    /// Ends a call; the client is told to stop when it is not done.
    private func write(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, trailers: HPACKHeaders, isDone: Bool
    ) {
        calls[stream] = nil
        write(context, stream, .headers(.init(headers: trailers, endStream: true)))
        if !isDone { write(context, stream, .rstStream(.noError)) }
        context.flush()
    }

    private func write(
        _ context: ChannelHandlerContext, _ stream: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload
    ) {
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
    }

    // MARK: Time

    /// Sees to it that somebody looks at that time; all calls have as much time, so the first that is set is the next.
    private func watch(_ context: ChannelHandlerContext, until deadline: NIODeadline) {
        guard timer == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timeIsUp(context)
        }
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        timer = nil
        let now = NIODeadline.now()
        var next: NIODeadline?
        for (stream, call) in calls where !call.isAnswering {
            if call.deadline <= now {
                refuse(context, stream, .tooSlow, isDone: false)
            } else {
                next = min(next ?? call.deadline, call.deadline)
            }
        }
        if let next { watch(context, until: next) }
    }
}
