import Telemetry
import TelemetryCodecs

/// What must hold for a decoder of spans:
///
/// * an error's place lies in the bytes, and a batch that is truncated after it takes the next message as a new one does;
/// * what is accepted whole is accepted as an outline, with the same spans, unless it is no JSON;
/// * OTLP JSON gives the same rows with spaces in it, which the shortcuts for the usual spelling leave to the general way;
/// * the same bytes give the same rows again in the same batch, whatever it has learned from the first time;
/// * rows that are written in either form of OTLP are read back as the same rows.
struct SpanCheck: Sendable {
    typealias Decode = @Sendable (UnsafeRawBufferPointer, inout SpanBatch) throws(DecodingError) -> DecodedCounts

    let decode: Decode
    /// Whether an outline leaves out what hangs on spans; a decoder may also keep it.
    private let hasBareOutlines: Bool
    private let isJSON: Bool
    private let sample: [UInt8]
    /// The sample in a batch of its own.
    let table: SpanTable

    /// - Parameter sample: A message that the decoder accepts.
    init(sample: [UInt8], hasBareOutlines: Bool, _ decode: @escaping Decode) {
        self.sample = sample
        isJSON = sample.first != 0x0A
        self.hasBareOutlines = hasBareOutlines
        self.decode = decode
        var batch = SpanBatch()
        _ = sample.withUnsafeBytes { bytes in try? decode(bytes, &batch) }
        table = batch.table
    }

    // Copies of these are much quicker to be had than new batches, and share nothing once they are written to.
    private static let empty = SpanBatch(.whole)
    private static let emptyOutline = SpanBatch(.outline)

    func run(_ bytes: UnsafeRawBufferPointer, _ share: FuzzShare) throws(FuzzFinding) {
        var whole = Self.empty
        let counts: DecodedCounts
        do throws(DecodingError) {
            counts = try decode(bytes, &whole)
        } catch {
            try check((0...bytes.count).contains(error.offset), "an error at byte \(error.offset) of \(bytes.count)")
            var outline = Self.emptyOutline
            _ = try? decode(bytes, &outline)
            if share.has(0) { try checkTruncation(&whole) }
            return
        }
        let table = whole.table
        try check(counts.spans == table.count, "\(counts.spans) spans are counted, and \(table.count) are there")
        do throws(FuzzFinding) {
            try checkOutline(bytes, counts, table)
            // Other decoders keep lists and objects in tags as they are written.
            if share.has(0), isJSON, hasBareOutlines { try checkSpaced(bytes, counts, table) }
        } catch {
            // What is no JSON may be taken and stepped over in different ways.
            if !isJSON || StrictJSON.isValid(bytes) { throw error }
        }
        if share.has(1) { try checkAgain(bytes, counts, &whole) }
        if share.has(2) { try checkRoundTrip(table, asJSON: true) }
        if share.has(3) { try checkRoundTrip(table, asJSON: false) }
    }

    // MARK: What is rejected

    private func checkTruncation(_ batch: inout SpanBatch) throws(FuzzFinding) {
        batch.truncate(to: 0)
        let rest = batch.table
        try check(rest.count == 0 && rest.events.isEmpty && rest.links.isEmpty, "rows are left after an error")
        let counts = sample.withUnsafeBytes { [decode] bytes in try? decode(bytes, &batch) }
        try check(counts != nil, "a good message is refused after a bad one")
        let got = batch.table
        try check(got.count == table.count, "a good message has \(got.count) spans after a bad one")
        for row in 0..<table.count {
            try check(
                RowContent.areEqual(table, row, got, row, .exact), "row \(row) differs after a bad message")
        }
    }

    // MARK: What is accepted

    private func checkOutline(
        _ bytes: UnsafeRawBufferPointer, _ counts: DecodedCounts, _ table: SpanTable
    ) throws(FuzzFinding) {
        var batch = Self.emptyOutline
        let outlined: DecodedCounts
        do throws(DecodingError) {
            outlined = try decode(bytes, &batch)
        } catch {
            throw FuzzFinding("accepted whole, and as an outline refused: \(error)")
        }
        try check(outlined == counts, "whole: \(counts); outline: \(outlined)")
        let outline = batch.table
        try check(
            !hasBareOutlines || outline.events.isEmpty && outline.links.isEmpty, "an outline has events or links")
        for row in 0..<table.count {
            try check(
                RowContent.areEqual(table, row, outline, row, .outline)
                    && (!hasBareOutlines || outline.attributes(row) == .none), "row \(row) of the outline differs")
        }
    }

    /// Shortcuts are for text without white space.
    private func checkSpaced(
        _ bytes: UnsafeRawBufferPointer, _ counts: DecodedCounts, _ table: SpanTable
    ) throws(FuzzFinding) {
        var batch = Self.empty
        let spaced = StrictJSON.spaced(bytes).withUnsafeBytes { [decode] bytes in try? decode(bytes, &batch) }
        try check(spaced == counts, "\(counts); with spaces \(spaced.map { "\($0)" } ?? "an error")")
        let other = batch.table
        for row in 0..<table.count {
            try check(RowContent.areEqual(table, row, other, row, .exact), "row \(row) differs with spaces")
        }
    }

    private func checkAgain(
        _ bytes: UnsafeRawBufferPointer, _ counts: DecodedCounts, _ batch: inout SpanBatch
    ) throws(FuzzFinding) {
        let again = try? decode(bytes, &batch)
        try check(again == counts, "\(counts); and in the same batch again: \(again.map { "\($0)" } ?? "an error")")
        let table = batch.table
        try check(table.count == 2 * counts.spans, "\(table.count) rows after twice \(counts.spans)")
        for row in 0..<counts.spans {
            let later = row + counts.spans
            try check(
                table.resourceOf[row] == table.resourceOf[later] && table.scopeOf[row] == table.scopeOf[later]
                    && RowContent.haveEqualCodes(table, row, later), "row \(row) differs the second time")
        }
    }

    private func checkRoundTrip(_ table: SpanTable, asJSON: Bool) throws(FuzzFinding) {
        let rows = 0..<table.count
        let written = asJSON ? OTLPEncoder.json(table, rows: rows) : OTLPEncoder.protobuf(table, rows: rows)
        var batch = Self.empty
        let counts = written.withUnsafeBytes { bytes in
            Result { () throws(DecodingError) in
                asJSON
                    ? try OTLPJSON.decodeTraces(bytes, into: &batch)
                    : try OTLPProtobuf.decodeTraces(bytes, into: &batch)
            }
        }
        if case .failure(let error) = counts { throw FuzzFinding("what was written is refused: \(error)") }
        let back = batch.table
        try check(back.count == table.count, "\(table.count) rows were written, and \(back.count) read back")
        let detail: RowContent.Detail = asJSON ? .json : .exact
        for (place, row) in Self.grouped(table).enumerated() {
            try check(
                RowContent.areEqual(table, row, back, place, detail),
                "row \(row) was written as \(asJSON ? "JSON" : "protobuf") and read back differently")
        }
    }

    /// The rows in the order in which they are written: by resource, then by scope, as these first appear.
    private static func grouped(_ table: SpanTable) -> [Int] {
        var resources: [UInt32: Int] = [:]
        var scopes: [UInt64: Int] = [:]
        let keys = (0..<table.count).map { row in
            let resource = table.resourceOf[row]
            let scope = UInt64(resource) << 32 | UInt64(table.scopeOf[row])
            if resources[resource] == nil { resources[resource] = row }
            if scopes[scope] == nil { scopes[scope] = row }
            return (resources[resource] ?? row, scopes[scope] ?? row, row)
        }
        return keys.sorted { $0 < $1 }.map { $0.2 }
    }
}
