import Foundation

extension Report {
    /// The rows as a table for a README: what was measured, at which size, and what was to be reached.
    var markdown: String {
        var text = "| Path | Measured | CPU a span | Aim |\n|---|---|---|---|\n"
        for line in lines {
            guard let point = line.points.last(where: { $0.spans == judgedSpans(line) }) ?? line.points.last else {
                continue
            }
            let processor = point.facts["cpu ns/span"].map { "\(Self.number($0)) ns" } ?? ""
            text += "| \(line.title) | \(Self.number(point.value)) \(line.unit) | \(processor) | \(line.goal) |\n"
        }
        return text + "\n\(machine.text); medians of \(runs) runs that take turns.\n"
    }

    /// The size that the aims are about, where it was measured.
    private func judgedSpans(_ line: Line) -> Int? {
        line.points.map(\.spans).first { $0 >= 1_000_000 }
    }
}
