import Telemetry
import TelemetryCodecs

/// What must hold for requests of log records and metrics in both forms:
///
/// * the deployments among counted records are those that are found alone, not too many, and their texts not too long;
/// * JSON that is taken as any signal is taken as each, with the same counts;
/// * protobuf that is told to be a signal is accepted as that signal, and its detection in a file does no harm.
enum SignalCheck {
    private static let empty = SpanBatch(.outline)

    static func run(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        try checkJSON(bytes)
        try checkProtobuf(bytes)
    }

    private static func checkJSON(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        let marks = try? OTLPJSON.decodeDeployments(bytes)
        try check(marks ?? [])
        var batch = empty
        guard let any = try? OTLPJSON.decodeAny(bytes, into: &batch) else { return }
        do throws(FuzzFinding) {
            try checkJSON(bytes, any, marks)
        } catch {
            // What is no JSON may be taken and stepped over in different ways.
            if StrictJSON.isValid(bytes) { throw error }
        }
    }

    private static func checkJSON(
        _ bytes: UnsafeRawBufferPointer, _ any: DecodedCounts, _ marks: [ReportedMark]?
    ) throws(FuzzFinding) {
        let logs = try? OTLPJSON.countLogs(bytes)
        let metrics = try? OTLPJSON.countMetrics(bytes)
        try FuzzTargets.check(
            logs?.logRecords == any.logRecords && metrics?.metricPoints == any.metricPoints,
            "any signal: \(any); logs: \(String(describing: logs)); metrics: \(String(describing: metrics))")
        if any.logRecords > 0 {
            try FuzzTargets.check(any.deployments == marks, "deployments are found alone and not among the records")
        }
    }

    private static func checkProtobuf(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        let marks = try? OTLPProtobuf.decodeDeployments(bytes)
        try check(marks ?? [])
        if let logs = try? OTLPProtobuf.countLogs(bytes), logs.logRecords > 0 {
            try FuzzTargets.check(logs.deployments == marks, "deployments are found alone and not among the records")
        }
        switch OTLPProtobuf.signal(of: bytes) {
        case .logs: try accepted("logs", (try? OTLPProtobuf.countLogs(bytes)) != nil)
        case .metrics: try accepted("metrics", (try? OTLPProtobuf.countMetrics(bytes)) != nil)
        case .traces:
            var batch = empty
            try accepted("traces", (try? OTLPProtobuf.decodeTraces(bytes, into: &batch)) != nil)
        case nil: break
        }
        _ = ProtobufFrames.detection(prefix: bytes)
    }

    private static func accepted(_ signal: String, _ isAccepted: Bool) throws(FuzzFinding) {
        try FuzzTargets.check(isAccepted, "is told to be \(signal), and refused as such")
    }

    private static func check(_ marks: [ReportedMark]) throws(FuzzFinding) {
        try FuzzTargets.check(marks.count <= 256, "\(marks.count) deployments from one message")
        for mark in marks {
            for text in [mark.service, mark.version, mark.environment, mark.text, mark.by] {
                let size = text?.utf8.count ?? 1
                try FuzzTargets.check(
                    size > 0 && size <= ReportedMark.maximumTextBytes, "a text of a deployment has \(size) bytes")
            }
        }
    }
}
