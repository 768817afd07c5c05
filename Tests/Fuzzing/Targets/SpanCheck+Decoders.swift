import Telemetry
import TelemetryCodecs

extension SpanCheck {
    static let otlpJSON = SpanCheck(sample: Array(otlpSample.utf8), hasBareOutlines: true) {
        bytes, batch throws(DecodingError) in
        try OTLPJSON.decodeTraces(bytes, into: &batch)
    }

    static let otlpProtobuf = SpanCheck(
        sample: OTLPEncoder.protobuf(otlpJSON.table, rows: 0..<otlpJSON.table.count), hasBareOutlines: true
    ) {
        bytes, batch throws(DecodingError) in
        try OTLPProtobuf.decodeTraces(bytes, into: &batch)
    }

    static let jaeger = SpanCheck(sample: Array(jaegerSample.utf8), hasBareOutlines: false) {
        bytes, batch throws(DecodingError) in
        try JaegerJSON.decodeTraces(bytes, into: &batch)
    }

    static let zipkin = SpanCheck(sample: Array(zipkinSample.utf8), hasBareOutlines: false) {
        bytes, batch throws(DecodingError) in
        try ZipkinJSON.decodeTraces(bytes, into: &batch)
    }

    private static let otlpSample = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},\
        "scopeSpans":[{"scope":{"name":"s","version":"1"},"spans":[\
        {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"GET /","kind":2,\
        "startTimeUnixNano":"5","endTimeUnixNano":"9","attributes":[{"key":"a","value":{"stringValue":"b"}},\
        {"key":"n","value":{"intValue":"7"}}],"events":[{"timeUnixNano":"6","name":"x"}],\
        "links":[{"traceId":"0102030405060708090a0b0c0d0e0f11","spanId":"0102030405060709"}],"status":{"code":2}}]}]}]}
        """

    private static let jaegerSample = """
        {"data":[{"traceID":"1f","spans":[{"traceID":"1f","spanID":"2","operationName":"GET /","references":[],\
        "startTime":5,"duration":4,"tags":[{"key":"a","type":"string","value":"b"}],\
        "logs":[{"timestamp":6,"fields":[{"key":"event","type":"string","value":"x"}]}],"processID":"p1"}],\
        "processes":{"p1":{"serviceName":"cart","tags":[]}}}]}
        """

    private static let zipkinSample = """
        [{"traceId":"1f","id":"2","name":"get /","timestamp":5,"duration":4,"kind":"SERVER",\
        "localEndpoint":{"serviceName":"cart","ipv4":"10.0.0.1"},"tags":{"a":"b"},\
        "annotations":[{"timestamp":6,"value":"x"}]}]
        """
}
