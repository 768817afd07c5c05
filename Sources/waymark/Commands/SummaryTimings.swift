import DataSources
import Foundation
import TerminalKit

/// Where the time of a summary went, for `--timings`.
struct SummaryTimings: Encodable {
    /// Seconds of processor time of all threads.
    struct Processor: Encodable {
        /// Bytes from the files into memory, unpacked.
        let readSeconds: Double
        /// Bytes to columns.
        let decodeSeconds: Double
        /// Columns to answers.
        let countSeconds: Double
        /// Everything else: starting, waking, letting memory go.
        let otherSeconds: Double
    }

    /// Wall time in seconds.
    let seconds: Double
    /// What the threads did meanwhile.
    let processor: Processor
    /// Bytes taken from the files, packed as they are.
    let bytes: Int
    /// Spans that were read, duplicates among them.
    let spans: Int
    /// The most memory the program held, in bytes.
    let peakMemoryBytes: Int
    /// How many processors there are to use.
    let processors: Int

    init(_ times: StageTimes, report: FilesReport, seconds: Double) {
        self.seconds = Self.rounded(seconds)
        bytes = report.bytesRead
        spans = report.spans
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        // Linux says it in kibibytes.
        peakMemoryBytes = Int(usage.ru_maxrss) * 1024
        processors = SystemFiles.processorCount
        let all = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        let stages = StageTimes.Stage.allCases.map { Double(times.spent($0)) / 1e9 }
        processor = Processor(
            readSeconds: Self.rounded(Double(times.spent(.read)) / 1e9),
            decodeSeconds: Self.rounded(Double(times.spent(.decode)) / 1e9),
            countSeconds: Self.rounded(Double(times.spent(.count)) / 1e9),
            otherSeconds: Self.rounded(max(0, all - stages.reduce(0, +))))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func rounded(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }

    /// The times as a table for people.
    var text: String {
        let stages = [
            ("read", processor.readSeconds), ("decode", processor.decodeSeconds), ("count", processor.countSeconds),
            ("other", processor.otherSeconds),
        ]
        let total = stages.reduce(0) { $0 + $1.1 }
        var lines = [Self.line("Stage", "CPU", "share", "ns/span")]
        for (name, spent) in stages + [("all", total)] {
            lines.append(
                Self.line(
                    name, NumberFormat.duration(UInt64(spent * 1e9)),
                    total > 0 ? NumberFormat.percent(spent / total) : NumberFormat.percent(nil),
                    spans > 0 ? String(format: "%.0f", spent * 1e9 / Double(spans)) : "-"))
        }
        let rate = NumberFormat.rate(perSecond: seconds > 0 ? Double(spans) / seconds : nil)
        let flow = NumberFormat.byteRate(perSecond: seconds > 0 ? Double(bytes) / seconds : nil)
        lines.append(
            "\(NumberFormat.bytes(UInt64(bytes))) in \(NumberFormat.duration(UInt64(seconds * 1e9))) on "
                + "\(processors) processors: \(flow), \(rate) spans, "
                + "at most \(NumberFormat.bytes(UInt64(peakMemoryBytes))) of memory")
        return "\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ name: String, _ time: String, _ share: String, _ each: String) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - DisplayText.width(of: text))) + text
        }
        return name.padding(toLength: 8, withPad: " ", startingAt: 0) + padded(time, 9) + padded(share, 9)
            + padded(each, 10)
    }
}
