/// Items of a request that were dropped, or a warning when none were.
struct PartialSuccess: Equatable, Sendable {
    /// How many items were dropped.
    var rejected: Int
    /// Why, or what the warning is.
    var message: String
}

/// Writes the few messages that a receiver answers with; field numbers from opentelemetry-proto and google.rpc.
enum ResponseBody {
    /// An `Export…ServiceResponse`: empty on full success, else with `partial_success`.
    ///
    /// The message is shortened until the body fits.
    static func success(
        _ partial: PartialSuccess?, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding, limit: Int
    ) -> [UInt8] {
        guard var partial else { return encoding == .json ? Array("{}".utf8) : [] }
        while true {
            let body = write(partial, signal: signal, encoding: encoding)
            if body.count <= limit || partial.message.isEmpty { return body }
            let excess = body.count - limit
            // An escaped byte takes up to six; take at least the excess's share away, at least one byte.
            let keep = partial.message.utf8.count - max(1, excess / 6)
            partial.message = partial.message.shortened(toBytes: max(0, min(keep, limit)))
        }
    }

    /// A `google.rpc.Status`.
    static func status(_ refusal: Refusal, encoding: OTLPReceiver.Encoding) -> [UInt8] {
        switch encoding {
        case .protobuf:
            var writer = ProtobufWriter()
            writer.number(field: 1, UInt64(refusal.grpcCode))
            writer.bytes(field: 2, Array(refusal.message.utf8))
            return writer.bytes
        case .json:
            return Array("{\"code\":\(refusal.grpcCode),\"message\":\(jsonString(refusal.message))}".utf8)
        }
    }

    /// A `google.rpc.Status` with a `RetryInfo`, for `grpc-status-details-bin`; nil when there is nothing to add.
    static func statusDetails(_ refusal: Refusal) -> [UInt8]? {
        guard let seconds = refusal.retryAfterSeconds else { return nil }
        var duration = ProtobufWriter()
        duration.number(field: 1, UInt64(max(1, seconds)))
        var retryInfo = ProtobufWriter()
        retryInfo.bytes(field: 1, duration.bytes)
        var any = ProtobufWriter()
        any.bytes(field: 1, Array("type.googleapis.com/google.rpc.RetryInfo".utf8))
        any.bytes(field: 2, retryInfo.bytes)
        var status = ProtobufWriter()
        status.number(field: 1, UInt64(refusal.grpcCode))
        status.bytes(field: 2, Array(refusal.message.utf8))
        status.bytes(field: 3, any.bytes)
        return status.bytes
    }

    private static func write(
        _ partial: PartialSuccess, signal: OTLPReceiver.Signal, encoding: OTLPReceiver.Encoding
    ) -> [UInt8] {
        switch encoding {
        case .protobuf:
            var inner = ProtobufWriter()
            if partial.rejected > 0 { inner.number(field: 1, UInt64(partial.rejected)) }
            if !partial.message.isEmpty { inner.bytes(field: 2, Array(partial.message.utf8)) }
            var outer = ProtobufWriter()
            outer.bytes(field: 1, inner.bytes)
            return outer.bytes
        case .json:
            var fields: [String] = []
            if partial.rejected > 0 { fields.append("\"\(signal.rejectedName)\":\"\(partial.rejected)\"") }
            if !partial.message.isEmpty { fields.append("\"errorMessage\":\(jsonString(partial.message))") }
            return Array("{\"partialSuccess\":{\(fields.joined(separator: ","))}}".utf8)
        }
    }

    private static func jsonString(_ text: String) -> String {
        let hex = Array("0123456789abcdef".unicodeScalars)
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                result += "\\u00"
                result.unicodeScalars.append(hex[Int(scalar.value >> 4)])
                result.unicodeScalars.append(hex[Int(scalar.value & 15)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// As much of protobuf's wire format as answers need.
private struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func bytes(field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
