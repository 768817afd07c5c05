import Telemetry

extension OTLPProtobuf {
    /// The reports of deployments in one `ExportLogsServiceRequest`; see ``ReportedMark``.
    ///
    /// - Throws: when the bytes are not such a message.
    package static func decodeDeployments(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingError) -> [ReportedMark] {
        guard LoggedDeployments.isNamed(in: bytes) else { return [] }
        do throws(ProtobufFault) {
            var marks: [ReportedMark] = []
            var reader = ProtobufReader(bytes)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                if tag == 1 << 3 | 2 { try readResource(try reader.message(), &marks) } else { try reader.skip(tag) }
            }
            return marks
        } catch {
            throw error.error
        }
    }

    /// ResourceLogs: `resource = 1`, `scope_logs = 2`; the resource may come last.
    private static func readResource(
        _ message: ProtobufReader, _ marks: inout [ReportedMark]
    ) throws(ProtobufFault) {
        var reader = message
        var resource = DeploymentAttributes()
        var reports: [LoggedDeployment] = []
        let room = LoggedDeployments.maximumCount - marks.count
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                var inner = try reader.message()
                while !inner.isAtEnd {
                    let tag = try inner.tag()
                    if tag == 1 << 3 | 2 {
                        try readPair(try inner.message(), &resource)
                    } else {
                        try inner.skip(tag)
                    }
                }
            case 2 << 3 | 2: try readScope(try reader.message(), room, &reports)
            default: try reader.skip(tag)
            }
        }
        marks += reports.map { $0.mark(resource) }
    }

    /// ScopeLogs: `log_records = 2`.
    private static func readScope(
        _ message: ProtobufReader, _ room: Int, _ reports: inout [LoggedDeployment]
    ) throws(ProtobufFault) {
        var reader = message
        while !reader.isAtEnd {
            let tag = try reader.tag()
            guard tag == 2 << 3 | 2 else {
                try reader.skip(tag)
                continue
            }
            let record = try readRecord(try reader.message())
            if record.isReport, reports.count < room { reports.append(record) }
        }
    }

    /// LogRecord: `time_unix_nano = 1`, `body = 5`, `attributes = 6`, `observed_time_unix_nano = 11`, `event_name = 12`.
    private static func readRecord(_ message: ProtobufReader) throws(ProtobufFault) -> LoggedDeployment {
        var reader = message
        var record = LoggedDeployment()
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 1: record.time = try reader.fixed64()
            case 11 << 3 | 1: record.observed = try reader.fixed64()
            case 12 << 3 | 2: record.eventName = String(decoding: try reader.buffer().prefix(256), as: UTF8.self)
            case 5 << 3 | 2:
                if case .string(let text) = try OTLPProtobufValues.value(try reader.message()) { record.body = text }
            case 6 << 3 | 2: try readPair(try reader.message(), &record.attributes)
            default: try reader.skip(tag)
            }
        }
        return record
    }

    private static func readPair(
        _ message: ProtobufReader, _ attributes: inout DeploymentAttributes
    ) throws(ProtobufFault) {
        var reader = message
        var key = ""
        var value = AttributeValue.empty
        while !reader.isAtEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: key = String(decoding: try reader.buffer().prefix(256), as: UTF8.self)
            case 2 << 3 | 2: value = try OTLPProtobufValues.value(try reader.message())
            default: try reader.skip(tag)
            }
        }
        attributes.add(key, value)
    }
}
