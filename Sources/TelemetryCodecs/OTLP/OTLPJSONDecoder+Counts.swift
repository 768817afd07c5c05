import Telemetry

/// Logs and metrics are counted, and checked as far as their structure, enums and values go.
extension OTLPJSONDecoder {
    /// The lists on the way from a document to what is counted, with the keys that lead on.
    private enum Level {
        case resourceLogs, scopeLogs, logRecords, resourceMetrics, scopeMetrics, metrics, points
    }

    mutating func countResourceLogs() throws(DecodingError) { try walk(.resourceLogs) }

    mutating func countResourceMetrics() throws(DecodingError) { try walk(.resourceMetrics) }

    /// A list of objects of one level; the levels are fixed, so the calls are at most five deep.
    private mutating func walk(_ level: Level) throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            switch level {
            case .resourceLogs: try descend("scopeLogs", .scopeLogs)
            case .scopeLogs: try descend("logRecords", .logRecords)
            case .resourceMetrics: try descend("scopeMetrics", .scopeMetrics)
            case .scopeMetrics: try descend("metrics", .metrics)
            case .metrics: try countMetric()
            case .logRecords:
                try checkObject()
                counts.logRecords += 1
            case .points:
                try checkObject()
                counts.metricPoints += 1
            }
            more = try reader.nextElement()
        }
    }

    /// An object with a resource or a scope and a list to go into.
    private mutating func descend(_ list: StaticString, _ level: Level) throws(DecodingError) {
        let before = counts
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is(list) {
                counts = before
                try walk(level)
            } else if key.is("resource") || key.is("scope") {
                try checkObject()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    /// Metric: one of five kinds, each an object with `dataPoints`.
    private mutating func countMetric() throws(DecodingError) {
        let before = counts
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("gauge") || key.is("sum") || key.is("histogram") || key.is("exponentialHistogram")
                || key.is("summary")
            {
                counts = before
                try countPoints()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    private mutating func countPoints() throws(DecodingError) {
        let before = counts
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("dataPoints") {
                counts = before
                try walk(.points)
            } else if key.is("aggregationTemporality") {
                _ = try reader.enumNumber()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    /// A resource, scope, log record or data point: its attributes, body, severity and times are checked.
    private mutating func checkObject() throws(DecodingError) {
        var more = try reader.beginObject()
        while more {
            let key = try reader.key()
            if try reader.takeNull() {
                // Absent.
            } else if key.is("attributes") {
                try checkAttributes()
            } else if key.is("body") {
                try checkValue()
            } else if key.is("severityNumber") {
                _ = try reader.enumNumber()
            } else if key.is("timeUnixNano") || key.is("startTimeUnixNano") || key.is("observedTimeUnixNano") {
                _ = try reader.uint64()
            } else {
                try reader.skip()
            }
            more = try reader.nextMember()
        }
    }

    private mutating func checkAttributes() throws(DecodingError) {
        var more = try reader.beginArray()
        while more {
            var members = try reader.beginObject()
            while members {
                let key = try reader.key()
                if try reader.takeNull() {
                    // Absent.
                } else if key.is("value") {
                    try checkValue()
                } else if key.is("key") {
                    _ = try reader.string()
                } else {
                    try reader.skip()
                }
                members = try reader.nextMember()
            }
            more = try reader.nextElement()
        }
    }
}
