import Telemetry

/// The bytes of a request as a protocol's library holds them.
protocol WireBody: Sendable {
    /// How many bytes there are, as they were on the wire.
    var wireBytes: Int { get }

    /// Whether they are gzip.
    var isCompressed: Bool { get }

    /// Lends the bytes, as they were on the wire.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value
}

/// Where both protocols bring their requests: inflates, decodes, hands to the sink, counts, and says what to answer.
final class ExportDesk: Sendable {
    /// The limits.
    let limits: ReceiverLimits
    /// The bytes of all requests under way.
    let budget: ByteBudget
    /// Closes on stop.
    let gate = AdmissionGate()
    /// What the screen shows.
    let status: SourceStatusHolder

    private let decoder: any OTLPDecoding
    private let sink: any BatchSink
    private let now: @Sendable () -> UInt64

    init(
        limits: ReceiverLimits, budget: ByteBudget, status: SourceStatusHolder, decoder: any OTLPDecoding,
        sink: any BatchSink, now: @escaping @Sendable () -> UInt64
    ) {
        self.limits = limits
        self.budget = budget
        self.status = status
        self.decoder = decoder
        self.sink = sink
        self.now = now
    }

    /// Takes one request in, whole; returns once it is in the sink.
    ///
    /// - Parameter share: Holds the wire bytes; inflated bytes are added to it.
    func export(
        _ body: some WireBody, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding, share: ByteShare
    ) async -> Result<PartialSuccess?, Refusal> {
        guard gate.enter() else { return .failure(refused(.stopping)) }
        defer { gate.leave() }
        do throws(Refusal) {
            let delivery = try decode(body, signal: signal, encoding: encoding, share: share)
            return .success(try await deliver(delivery, signal: signal))
        } catch {
            return .failure(refused(error))
        }
    }

    /// Takes one request in, whole, without waiting; nil when the sink makes whoever delivers wait.
    ///
    /// An answer that is there at once spares a task, two turns of the event loop and the pause in reading between them.
    func exportNow(
        _ body: some WireBody, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding, share: ByteShare
    ) -> Result<PartialSuccess?, Refusal>? {
        guard sink.acceptsNow else { return nil }
        guard gate.enter() else { return .failure(refused(.stopping)) }
        defer { gate.leave() }
        do throws(Refusal) {
            let delivery = try decode(body, signal: signal, encoding: encoding, share: share)
            let receipt = Receipt(delivery, signal)
            do throws(SinkRefusal) { try sink.acceptNow(delivery) } catch { throw Refusal(error) }
            return .success(count(receipt))
        } catch {
            return .failure(refused(error))
        }
    }

    /// Counts a request that is answered with an error, and hands the error back.
    @discardableResult
    func refused(_ refusal: Refusal) -> Refusal {
        status.update {
            $0.counters.requests &+= 1
            $0.counters.refused &+= 1
            if refusal.isRetryable { $0.counters.refusedRetryable &+= 1 }
            $0.message = refusal.message
        }
        return refusal
    }

    /// Counts a connection that was closed because of a limit.
    func closedConnection(_ why: String) {
        status.update {
            $0.counters.closedConnections &+= 1
            $0.message = why
        }
    }

    private func decode(
        _ body: some WireBody, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding, share: ByteShare
    ) throws(Refusal) -> Delivery {
        let result = body.withBytes { wire -> Result<Delivery, Refusal> in
            Result { () throws(Refusal) -> Delivery in
                guard body.isCompressed else {
                    return try decodePlain(wire, signal: signal, encoding: encoding)
                }
                let inflated = try inflate(wire, share: share)
                let decoded = inflated.withUnsafeBytes { bytes in
                    Result { () throws(Refusal) in try decodePlain(bytes, signal: signal, encoding: encoding) }
                }
                return try decoded.get()
            }
        }
        var delivery = try result.get()
        delivery.wireBytes = body.wireBytes
        return delivery
    }

    private func inflate(_ wire: UnsafeRawBufferPointer, share: ByteShare) throws(Refusal) -> [UInt8] {
        do throws(Gzip.Failure) {
            return try Gzip.inflate(wire, limit: limits.messageBytes, share: share)
        } catch {
            switch error {
            case .corrupt: throw .corruptGzip
            case .tooLarge: throw .tooLarge(limit: limits.messageBytes)
            case .noRoom: throw .overloaded(retryAfterSeconds: limits.retryAfterSeconds)
            }
        }
    }

    private func decodePlain(
        _ bytes: UnsafeRawBufferPointer, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) throws(Refusal) -> Delivery {
        do {
            guard signal == .traces, let open = sink.lend() else {
                return try decoder.decode(bytes, signal: signal, encoding: encoding)
            }
            return try decodeSpans(bytes, encoding: encoding, into: open)
        } catch {
            throw .badData("\(error)")
        }
    }

    /// Decodes spans to where they will stay.
    private func decodeSpans(
        _ bytes: UnsafeRawBufferPointer, encoding: OTLPReceiver.Encoding, into open: OpenSpans
    ) throws -> Delivery {
        do {
            var delivery = try decoder.decodeSpans(bytes, encoding: encoding, into: &open.batch)
            if open.count > 0 { delivery.lent = open } else { sink.giveBack(open) }
            return delivery
        } catch {
            sink.giveBack(open)
            throw error
        }
    }

    private func deliver(_ delivery: Delivery, signal: OTLPReceiver.Signal) async throws(Refusal) -> PartialSuccess? {
        let receipt = Receipt(delivery, signal)
        do throws(SinkRefusal) { try await sink.accept(delivery) } catch { throw Refusal(error) }
        return count(receipt)
    }

    /// What is told of a delivery once it is in the sink.
    private struct Receipt {
        let spans: Int
        let logRecords: Int
        let metricPoints: Int
        let bytes: Int
        let rejected: Int
        let message: String?

        init(_ delivery: borrowing Delivery, _ signal: OTLPReceiver.Signal) {
            spans = delivery.spans?.count ?? delivery.lent?.count ?? 0
            logRecords = delivery.logRecords
            metricPoints = delivery.metricPoints
            bytes = delivery.wireBytes
            rejected = max(0, signal.rejected(of: delivery))
            message = delivery.message
        }
    }

    /// Counts what is in the sink; what the client is told beyond success.
    private func count(_ receipt: Receipt) -> PartialSuccess? {
        status.countAccepted(
            spans: receipt.spans, logRecords: receipt.logRecords, metricPoints: receipt.metricPoints,
            rejected: receipt.rejected, bytes: receipt.bytes, at: now())
        return partialSuccess(rejected: receipt.rejected, message: receipt.message)
    }

    private func partialSuccess(rejected: Int, message: String?) -> PartialSuccess? {
        if rejected > 0 { return PartialSuccess(rejected: rejected, message: message ?? "some items were dropped") }
        guard let message, !message.isEmpty else { return nil }
        return PartialSuccess(rejected: 0, message: message)
    }
}
