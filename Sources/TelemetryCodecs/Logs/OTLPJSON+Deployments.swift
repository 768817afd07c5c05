import Telemetry

extension OTLPJSON {
    /// The reports of deployments in one `{"resourceLogs": […]}` object; see ``ReportedMark``.
    ///
    /// - Throws: when the bytes are no such object.
    package static func decodeDeployments(
        _ bytes: UnsafeRawBufferPointer
    ) throws(DecodingError) -> [ReportedMark] {
        guard LoggedDeployments.isNamed(in: bytes) else { return [] }
        var decoder = OTLPJSONDecoder(bytes)
        return try decoder.decodeDeployments()
    }
}

extension OTLPJSONDecoder {
    mutating func decodeDeployments() throws(DecodingError) -> [ReportedMark] {
        var marks: [ReportedMark] = []
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("resourceLogs") {
                // The last of equal keys counts.
                marks = []
                var elements = try reader.beginArray()
                while elements {
                    try readResource(&marks)
                    elements = try reader.nextElement()
                }
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        try reader.finish()
        return marks
    }

    private mutating func readResource(_ marks: inout [ReportedMark]) throws(DecodingError) {
        var resource = DeploymentAttributes()
        var reports: [LoggedDeployment] = []
        let room = LoggedDeployments.maximumCount - marks.count
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("resource") {
                resource = try readOwner()
            } else if key.is("scopeLogs") {
                reports = []
                var elements = try reader.beginArray()
                while elements {
                    try readScope(room, &reports)
                    elements = try reader.nextElement()
                }
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        marks += reports.map { $0.mark(resource) }
    }

    private mutating func readOwner() throws(DecodingError) -> DeploymentAttributes {
        var attributes = DeploymentAttributes()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("attributes") {
                attributes = try readAttributes()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return attributes
    }

    private mutating func readScope(
        _ room: Int, _ reports: inout [LoggedDeployment]
    ) throws(DecodingError) {
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("logRecords") {
                var elements = try reader.beginArray()
                while elements {
                    let record = try readRecord()
                    if record.isReport, reports.count < room { reports.append(record) }
                    elements = try reader.nextElement()
                }
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    private mutating func readRecord() throws(DecodingError) -> LoggedDeployment {
        var record = LoggedDeployment()
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("timeUnixNano") {
                record.time = try reader.uint64()
            } else if key.is("observedTimeUnixNano") {
                record.observed = try reader.uint64()
            } else if key.is("eventName") {
                record.eventName = String(decoding: try reader.string().prefix(256), as: UTF8.self)
            } else if key.is("body") {
                record.body = try readBody()
            } else if key.is("attributes") {
                record.attributes = try readAttributes()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return record
    }

    /// The text of a body; empty for one of another kind.
    private mutating func readBody() throws(DecodingError) -> String {
        var body = ""
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("stringValue") {
                body = String(decoding: try reader.string(), as: UTF8.self)
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
        return body
    }

    private mutating func readAttributes() throws(DecodingError) -> DeploymentAttributes {
        var batch = SpanBatch()
        let list = try decodeAttributes(&batch)
        let table = batch.table
        var attributes = DeploymentAttributes()
        for position in 0..<table.count(list) {
            attributes.add(table.key(list, position).text, table.values.value(table.valueCode(list, position)))
        }
        return attributes
    }
}
