import Telemetry

/// The messages of OTLP, for walks that check and count without building anything.
enum OTLPMessage: UInt8, CaseIterable {
    case tracesRequest, resourceSpans, scopeSpans, span, event, link, status
    case logsRequest, resourceLogs, scopeLogs, logRecord
    case metricsRequest, resourceMetrics, scopeMetrics, metric
    case gauge, sum, histogram, exponentialHistogram, summary
    case numberPoint, histogramPoint, exponentialPoint, summaryPoint, buckets, quantile, exemplar
    case resource, scope, entity, keyValue, anyValue, arrayValue, keyValueList

    /// The message that a request of a signal is.
    static func request(_ signal: Signal) -> OTLPMessage {
        switch signal {
        case .traces: .tracesRequest
        case .logs: .logsRequest
        case .metrics: .metricsRequest
        }
    }

    /// What a field with this number is; `nil` for a number that this version of OTLP does not use here.
    func field(_ number: UInt32) -> OTLPField? {
        switch self {
        case .tracesRequest: number == 1 ? .message(.resourceSpans) : nil
        case .resourceSpans: resourceGroup(number, .scopeSpans)
        case .scopeSpans: scopeGroup(number, .span)
        case .logsRequest: number == 1 ? .message(.resourceLogs) : nil
        case .resourceLogs: resourceGroup(number, .scopeLogs)
        case .scopeLogs: scopeGroup(number, .logRecord)
        case .metricsRequest: number == 1 ? .message(.resourceMetrics) : nil
        case .resourceMetrics: resourceGroup(number, .scopeMetrics)
        case .scopeMetrics: scopeGroup(number, .metric)
        case .span, .event, .link, .status: traceField(number)
        case .logRecord: logField(number)
        case .metric, .gauge, .sum, .histogram, .exponentialHistogram, .summary: metricField(number)
        case .numberPoint, .histogramPoint, .exponentialPoint, .summaryPoint, .buckets, .quantile, .exemplar:
            pointField(number)
        case .resource, .scope, .entity, .keyValue, .anyValue, .arrayValue, .keyValueList: commonField(number)
        }
    }

    private func resourceGroup(_ number: UInt32, _ group: OTLPMessage) -> OTLPField? {
        switch number {
        case 1: .message(.resource)
        case 2: .message(group)
        case 3: .bytes
        default: nil
        }
    }

    private func scopeGroup(_ number: UInt32, _ item: OTLPMessage) -> OTLPField? {
        switch number {
        case 1: .message(.scope)
        case 2: .message(item)
        case 3: .bytes
        default: nil
        }
    }

    private func commonField(_ number: UInt32) -> OTLPField? {
        switch (self, number) {
        case (.resource, 1), (.scope, 3), (.keyValueList, 1): .message(.keyValue)
        case (.resource, 3): .message(.entity)
        case (.resource, 2), (.scope, 4): .varint
        case (.scope, 1), (.scope, 2), (.keyValue, 1), (.entity, 1...4): .bytes
        case (.keyValue, 2), (.arrayValue, 1): .message(.anyValue)
        case (.anyValue, 1), (.anyValue, 7): .bytes
        case (.anyValue, 2), (.anyValue, 3): .varint
        case (.anyValue, 4): .fixed64
        case (.anyValue, 5): .message(.arrayValue)
        case (.anyValue, 6): .message(.keyValueList)
        default: nil
        }
    }

    private func traceField(_ number: UInt32) -> OTLPField? {
        switch (self, number) {
        case (.span, 1...5), (.event, 2), (.link, 1...3), (.status, 2): .bytes
        case (.span, 9), (.event, 3), (.link, 4): .message(.keyValue)
        case (.span, 6), (.span, 10), (.span, 12), (.span, 14), (.event, 4), (.link, 5), (.status, 3): .varint
        case (.span, 7), (.span, 8), (.event, 1): .fixed64
        case (.span, 11): .message(.event)
        case (.span, 13): .message(.link)
        case (.span, 15): .message(.status)
        case (.span, 16), (.link, 6): .fixed32
        default: nil
        }
    }

    private func logField(_ number: UInt32) -> OTLPField? {
        switch number {
        case 1, 11: .fixed64
        case 2, 7: .varint
        case 3, 9, 10, 12: .bytes
        case 5: .message(.anyValue)
        case 6: .message(.keyValue)
        case 8: .fixed32
        default: nil
        }
    }

    private func metricField(_ number: UInt32) -> OTLPField? {
        switch (self, number) {
        case (.metric, 1...3): .bytes
        case (.metric, 5): .message(.gauge)
        case (.metric, 7): .message(.sum)
        case (.metric, 9): .message(.histogram)
        case (.metric, 10): .message(.exponentialHistogram)
        case (.metric, 11): .message(.summary)
        case (.metric, 12): .message(.keyValue)
        case (.gauge, 1), (.sum, 1): .message(.numberPoint)
        case (.histogram, 1): .message(.histogramPoint)
        case (.exponentialHistogram, 1): .message(.exponentialPoint)
        case (.summary, 1): .message(.summaryPoint)
        case (.sum, 2), (.sum, 3), (.histogram, 2), (.exponentialHistogram, 2): .varint
        default: nil
        }
    }

    private func pointField(_ number: UInt32) -> OTLPField? {
        switch (self, number) {
        case (.numberPoint, 7), (.histogramPoint, 9), (.exponentialPoint, 1), (.summaryPoint, 7), (.exemplar, 7):
            .message(.keyValue)
        case (.numberPoint, 5), (.histogramPoint, 8), (.exponentialPoint, 11): .message(.exemplar)
        case (.exponentialPoint, 8), (.exponentialPoint, 9): .message(.buckets)
        case (.summaryPoint, 6): .message(.quantile)
        case (.histogramPoint, 6), (.histogramPoint, 7): .packed64
        case (.buckets, 2): .packedVarints
        case (.numberPoint, 8), (.histogramPoint, 10), (.exponentialPoint, 6), (.exponentialPoint, 10): .varint
        case (.summaryPoint, 8), (.buckets, 1): .varint
        case (.exemplar, 4), (.exemplar, 5): .bytes
        case (.numberPoint, 2...4), (.numberPoint, 6), (.summaryPoint, 2...5), (.quantile, 1...2): .fixed64
        case (.histogramPoint, 2...5), (.histogramPoint, 11...12), (.exponentialPoint, 2...5): .fixed64
        case (.exponentialPoint, 7), (.exponentialPoint, 12...14): .fixed64
        case (.exemplar, 2), (.exemplar, 3), (.exemplar, 6): .fixed64
        default: nil
        }
    }
}

/// How a field of an ``OTLPMessage`` is laid out.
enum OTLPField: Equatable {
    case varint, fixed64, fixed32, bytes
    /// Numbers of eight bytes, one field each or all in one.
    case packed64
    /// Varints, one field each or all in one.
    case packedVarints
    case message(OTLPMessage)

    /// Whether a field may have this wire type.
    func allows(_ type: UInt32) -> Bool {
        switch self {
        case .varint: type == 0
        case .fixed64: type == 1
        case .fixed32: type == 5
        case .bytes, .message: type == 2
        case .packed64: type == 1 || type == 2
        case .packedVarints: type == 0 || type == 2
        }
    }
}
