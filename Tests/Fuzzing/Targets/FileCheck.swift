import DataSources
import Telemetry
import TelemetryCodecs

/// What must hold for files:
///
/// * reading comes to an end;
/// * a file that comes in small pieces, with small buffers and small batches, gives the same spans, counts, format and
///   problems as one that comes at once;
/// * a file that grows while it is read, and one whose records are too long, do no harm.
///
/// Packed files are left to ``DecompressionCheck``: few bytes may be a large file.
enum FileCheck {
    static func run(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        guard Compression(prefix: bytes) == .none else { return }
        let whole = try read(MemoryFile(bytes, longestPiece: .max), options(block: 64 << 10), rowLimit: .max)
        let pieces = try read(MemoryFile(bytes, longestPiece: 48), options(block: 32), rowLimit: 2)
        try compare(whole, pieces)
        var random = FuzzRandom(bytes)
        if random.below(8) == 0 {
            let visible = random.below(bytes.count + 1)
            let file = MemoryFile(bytes, longestPiece: 512, visible: visible)
            _ = try read(file, options(block: 128, longestRecord: 256), rowLimit: 4)
        }
    }

    /// What became of a file.
    private struct Reading {
        var report: FileReport
        var tables: [SpanTable] = []
        var logRecords = 0
        var metricPoints = 0
        var rejected = 0
        var deployments: [ReportedMark] = []

        /// Every row as a table and a row in it.
        var rows: [(table: Int, row: Int)] {
            tables.indices.flatMap { table in (0..<tables[table].count).map { (table, $0) } }
        }
    }

    private static func options(block: Int, longestRecord: Int = 1 << 30) -> FileSource.Options {
        var options = FileSource.Options()
        options.firstBlockBytes = block
        options.blockBytes = block
        options.maximumRecordBytes = longestRecord
        return options
    }

    private static func read(
        _ file: MemoryFile, _ options: FileSource.Options, rowLimit: Int
    ) throws(FuzzFinding) -> Reading {
        let reader = FileReader(file, path: "f", size: nil, options: options)
        var reading = Reading(report: reader.report)
        var isLast = false
        var steps = 0
        while true {
            let pause = reader.advance(isLast: isLast, rowLimit: rowLimit)
            take(reader, &reading)
            steps += 1
            try check(steps < 100_000, "reading does not come to an end")
            switch pause {
            case .more: continue
            case .idle:
                // The file as it is was read, and now it is whole.
                file.grow()
                isLast = true
            case .finished:
                reading.report = reader.report
                return reading
            }
        }
    }

    private static func take(_ reader: FileReader, _ reading: inout Reading) {
        guard let delivery = reader.takeDelivery() else { return }
        if let batch = delivery.spans { reading.tables.append(batch.table) }
        reading.logRecords += delivery.logRecords
        reading.metricPoints += delivery.metricPoints
        reading.rejected += delivery.rejected
        reading.deployments += delivery.deployments
        reader.delivered(spans: delivery.spans?.count ?? 0, rejected: delivery.rejectedSpans)
    }

    private static func compare(_ whole: Reading, _ pieces: Reading) throws(FuzzFinding) {
        let (a, b) = (whole.report, pieces.report)
        try check(a == b, "at once: \(a); in pieces: \(b)")
        try check(
            (whole.logRecords, whole.metricPoints, whole.rejected)
                == (pieces.logRecords, pieces.metricPoints, pieces.rejected)
                && whole.deployments == pieces.deployments, "other signals differ: \(a)")
        let (left, right) = (whole.rows, pieces.rows)
        try check(left.count == right.count, "\(left.count) spans at once, \(right.count) in pieces")
        for (x, y) in zip(left, right) {
            try check(
                RowContent.areEqual(whole.tables[x.table], x.row, pieces.tables[y.table], y.row, .exact),
                "row \(x.row) differs in pieces")
        }
    }
}
