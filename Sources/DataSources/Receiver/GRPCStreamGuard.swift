import NIOCore
import NIOHPACK
import NIOHTTP2

/// First in every HTTP/2 stream's pipeline, before grpc-swift: limits, counts and may answer by itself.
///
/// What was found about grpc-swift 2 (grpc-swift-nio-transport 2.9), and why this guard exists:
///
/// * Bytes in flight can be counted and limited before they are inflated, although the library has no setting for it.
///   Its `channelDebuggingCallbacks.onAcceptHTTP2Stream` hands out each stream's channel before the first frame, and a
///   handler put first in that pipeline sees HEADERS and DATA as they come from the socket. It can answer with
///   trailers of its own and keep the frames from the library. `onAcceptTCPConnection` does the same for connections.
///   Overload protection stands on these two.
/// * The library alone cannot meet the promises. When a message is over its limit, compressed or inflated, or does not
///   inflate, it resets the stream without a status: clients see CANCELLED, which they may retry for ever, instead of
///   RESOURCE_EXHAUSTED or INVALID_ARGUMENT. It does stop a gzip bomb at the limit, but only after it has filled a
///   buffer of that size (65 MiB of zeros, limit 64 MiB: the process grew by 66 MiB). It inflates on the event loop,
///   every message that came and before any handler runs, and holds all results until their handlers are done;
///   nothing counts or bounds their sum.
/// * So the library never inflates here. The guard takes `grpc-encoding` out of the header, clears the compressed flag
///   of the message and notes it inside, in a cover of its own (`MessageCover`); the export desk inflates with the
///   same code, limit and budget as over HTTP.
/// * Of HTTP/2 abuse, NIO's own limits stop rapid resets, CONTINUATION, PING and SETTINGS floods, empty DATA and large
///   header lists by closing the connection; the library adds the cap on streams, which is off by default.
final class GRPCStreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let desk: ExportDesk
    private let covers: MessageCovers
    private let share: ByteShare
    private let token: UInt64
    private var cover: MessageCover?
    private var timer: Scheduled<Void>?
    private var responseStarted = false
    private var isOver = false

    init(desk: ExportDesk, covers: MessageCovers) {
        self.desk = desk
        self.covers = covers
        share = ByteShare(of: desk.budget)
        token = covers.checkIn(share)
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            begin(context, headers)
        case .data(let frame):
            receive(context, frame)
        default:
            context.fireChannelRead(data)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func begin(_ context: ChannelHandlerContext, _ frame: HTTP2Frame.FramePayload.Headers) {
        var frame = frame
        guard cover == nil, isGRPC(frame.headers) else {
            return context.fireChannelRead(wrapInboundOut(.headers(frame)))
        }
        guard desk.gate.isOpen else { return refuse(context, .stopping, clientIsDone: frame.endStream) }
        let names = frame.headers[canonicalForm: "grpc-encoding"]
        let compression = names.first(where: { $0 != "identity" })
        if names.count > 1 || (compression.map { $0 != "gzip" } ?? false) {
            let refusal = Refusal.unknownCompression(names.joined(separator: ", "))
            return refuse(context, refusal, clientIsDone: frame.endStream)
        }
        frame.headers.remove(name: "grpc-encoding")
        answerInKind(&frame.headers, isCompressed: compression != nil)
        cover = MessageCover(token: token, isGzipCall: compression != nil, limit: desk.limits.messageBytes)
        if !frame.endStream { startTimer(context) }
        context.fireChannelRead(wrapInboundOut(.headers(frame)))
    }

    /// Lets the library compress the answer when the request was compressed and the client takes it.
    private func answerInKind(_ headers: inout HPACKHeaders, isCompressed: Bool) {
        let accepted = headers[canonicalForm: "grpc-accept-encoding"]
        headers.remove(name: "grpc-accept-encoding")
        if isCompressed && accepted.contains("gzip") { headers.add(name: "grpc-accept-encoding", value: "gzip") }
    }

    private func receive(_ context: ChannelHandlerContext, _ frame: HTTP2Frame.FramePayload.Data) {
        guard cover != nil, case .byteBuffer(let bytes) = frame.data else {
            return context.fireChannelRead(wrapInboundOut(.data(frame)))
        }
        if frame.endStream { stopTimer() }
        guard share.grow(by: bytes.readableBytes) else {
            let refusal = Refusal.overloaded(retryAfterSeconds: desk.limits.retryAfterSeconds)
            return refuse(context, refusal, clientIsDone: frame.endStream)
        }
        switch cover?.rewrite(bytes) {
        case .success(let rewritten):
            var frame = frame
            frame.data = .byteBuffer(rewritten)
            frame.paddingBytes = nil
            context.fireChannelRead(wrapInboundOut(.data(frame)))
        case .failure(let refusal):
            refuse(context, refusal, clientIsDone: frame.endStream)
        case nil:
            break
        }
    }

    private func isGRPC(_ headers: HPACKHeaders) -> Bool {
        headers.first(name: "content-type")?.hasPrefix("application/grpc") ?? false
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if case .headers = unwrapOutboundIn(data) { responseStarted = true }
        context.write(data, promise: promise)
    }

    /// Answers in the library's place. After that the stream is over for both sides.
    private func refuse(_ context: ChannelHandlerContext, _ refusal: Refusal, clientIsDone: Bool) {
        desk.refused(refusal)
        finish()
        isOver = true
        if !responseStarted {
            let trailers = HTTP2Frame.FramePayload.Headers(headers: .trailersOnly(refusal), endStream: true)
            context.write(wrapOutboundOut(.headers(trailers)), promise: nil)
        }
        if !clientIsDone || responseStarted {
            context.write(wrapOutboundOut(.rstStream(.noError)), promise: nil)
        }
        context.flush()
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(desk.limits.bodyTimeout)) {
            let (handler, context) = bound.value
            handler.refuse(context, .tooSlow, clientIsDone: false)
        }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    private func finish() {
        stopTimer()
        covers.forget(token)
    }
}

extension HPACKHeaders {
    /// A whole gRPC answer in one frame: an error and nothing else.
    fileprivate static func trailersOnly(_ refusal: Refusal) -> HPACKHeaders {
        var headers = HPACKHeaders([
            (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "\(refusal.grpcCode)"),
            ("grpc-message", refusal.message.percentEncoded), ("grpc-accept-encoding", "identity,gzip"),
        ])
        if let details = ResponseBody.statusDetails(refusal) {
            headers.add(name: "grpc-status-details-bin", value: base64(details))
        }
        return headers
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        var result = String.UnicodeScalarView()
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            var word: UInt32 = 0
            for index in 0..<3 { word = word << 8 | (index < group.count ? UInt32(group[start + index]) : 0) }
            // gRPC leaves the padding out.
            for index in 0...group.count { result.append(digits[Int(word >> (18 - 6 * UInt32(index)) & 63)]) }
        }
        return String(result)
    }
}

extension String {
    /// As gRPC writes `grpc-message`: printable ASCII except `%` as it is, every other byte as `%XX`.
    fileprivate var percentEncoded: String {
        let hex = Array("0123456789ABCDEF".unicodeScalars)
        var result = String.UnicodeScalarView()
        for byte in utf8 {
            if (0x20...0x7e).contains(byte), byte != 0x25 {
                result.append(Unicode.Scalar(byte))
            } else {
                result.append("%")
                result.append(hex[Int(byte >> 4)])
                result.append(hex[Int(byte & 15)])
            }
        }
        return String(result)
    }
}
