/// A decoder or parser that takes bytes from outside, with what must hold whatever the bytes are.
///
/// `Tests/Fuzzing/fuzz` runs them by the million under libFuzzer; the tests run them over the corpus of finds.
package enum FuzzTarget: String, Sendable, CaseIterable {
    /// Spans in OTLP's binary form.
    case otlpProtobuf = "otlp-protobuf"
    /// Objects of OTLP's JSON form.
    case otlpJSON = "otlp-json"
    /// Filters in both spellings.
    case filter
    /// Documents of Jaeger's query API.
    case jaeger
    /// Documents of Zipkin's API.
    case zipkin
    /// Whole files: packing, format, framing, lines and documents.
    case files
    /// Requests of log records and metrics, and deployments among the records.
    case deployments
    /// Lists and maps as tables keep them.
    case packedValues = "packed-values"
    /// gzip, zlib and zstd.
    case decompression
    /// Text on its way to the cells of a screen.
    case display
    /// Lines of a file of marks.
    case marks

    /// Runs the target on these bytes.
    ///
    /// - Parameter share: Which of the slower checks are made.
    /// - Throws: what should have held and did not.
    package func run(_ bytes: UnsafeRawBufferPointer, _ share: FuzzShare = .all) throws(FuzzFinding) {
        switch self {
        case .otlpProtobuf: try SpanCheck.otlpProtobuf.run(bytes, share)
        case .otlpJSON: try SpanCheck.otlpJSON.run(bytes, share)
        case .jaeger: try SpanCheck.jaeger.run(bytes, share)
        case .zipkin: try SpanCheck.zipkin.run(bytes, share)
        case .filter: try FilterCheck.run(bytes, share)
        case .files: try FileCheck.run(bytes)
        case .deployments: try SignalCheck.run(bytes)
        case .packedValues: try PackedValueCheck.run(bytes)
        case .decompression: try DecompressionCheck.run(bytes)
        case .display: try DisplayCheck.run(bytes, share)
        case .marks: try MarkCheck.run(bytes)
        }
    }
}

/// Which of a target's slower checks are made.
package struct FuzzShare: Sendable {
    private let part: Int?

    /// All of them, for tests.
    package static let all = FuzzShare(part: nil)

    /// One of four, chosen by the input: while fuzzing, many inputs with a check each find more than few with all.
    static func chosen(by bytes: UnsafeRawBufferPointer) -> FuzzShare { FuzzShare(part: bytes.count & 3) }

    /// Whether the check with this number, from 0 to 3, is made.
    func has(_ number: Int) -> Bool { part == nil || part == number }
}

/// Something that should hold for all inputs and does not for one.
package struct FuzzFinding: Error, CustomStringConvertible {
    /// What should have held, and what was there instead.
    package let description: String

    /// Makes a finding.
    package init(_ description: String) { self.description = description }
}

/// Throws a finding when something that should hold does not.
func check(_ holds: Bool, _ what: @autoclosure () -> String) throws(FuzzFinding) {
    if !holds { throw FuzzFinding(what()) }
}
