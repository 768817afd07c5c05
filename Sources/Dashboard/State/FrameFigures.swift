import TerminalKit

/// What frames cost, for `debug.frame`: measured by the program, shown in the last row.
package struct FrameFigures: Sendable, Equatable {
    private struct Frame: Sendable, Equatable {
        /// From the event to the finished picture, in nanoseconds.
        let nanoseconds: UInt64
        /// Bytes that the terminal had been sent when the frame began.
        let written: UInt64
    }

    /// How many frames the figures are about.
    private static let count = 200

    private var frames: [Frame] = []
    /// How many events wait for the frame before them, and questions for their answer.
    package var waiting = 0

    /// Figures of no frame yet.
    package init() {}

    /// Adds a frame.
    ///
    /// - Parameters:
    ///   - nanoseconds: From the event to the finished picture.
    ///   - written: How many bytes the terminal has been sent so far.
    package mutating func add(nanoseconds: UInt64, written: UInt64) {
        frames.append(Frame(nanoseconds: nanoseconds, written: written))
        if frames.count > FrameFigures.count { frames.removeFirst(frames.count - FrameFigures.count) }
    }

    /// The figures with what comes in and what is held meanwhile, the most important first.
    func pieces(_ picture: DashboardPicture?) -> [[StyledText]] {
        guard let last = frames.last else { return [[StyledText(" no frame yet", .textDim)]] }
        let sorted = frames.map(\.nanoseconds).sorted()
        func quantile(_ percent: Int) -> String {
            NumberFormat.duration(sorted[min(sorted.count - 1, sorted.count * percent / 100)])
        }
        let sent = (last.written &- frames[0].written) / UInt64(max(1, frames.count - 1))
        let rates = picture?.sources.compactMap(\.spansPerSecond) ?? []
        let store = picture.map {
            "\(NumberFormat.count($0.store.spanCount)) spans \(NumberFormat.bytes(UInt64($0.store.byteCount)))"
        }
        return [
            piece("frame", NumberFormat.duration(last.nanoseconds)),
            piece("p50", quantile(50)), piece("p99", "\(quantile(99)) of \(sorted.count)"),
            piece("sent", "\(NumberFormat.bytes(sent))/frame"),
            piece("in", NumberFormat.rate(perSecond: rates.isEmpty ? nil : rates.reduce(0, +))),
            piece("store", store ?? NumberFormat.missing), piece("queue", "\(waiting)"),
        ]
    }

    private func piece(_ name: String, _ value: String) -> [StyledText] {
        [StyledText(" \(name) ", .label), StyledText(value + " ", .text)]
    }
}
