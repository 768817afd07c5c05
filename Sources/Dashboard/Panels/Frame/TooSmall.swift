import TerminalKit

/// A terminal below 60x15 gets one line that still says what matters most.
enum TooSmall {
    static func draw(_ state: AppState, on canvas: inout Canvas) {
        let size = "\(canvas.size.width)x\(canvas.size.height)"
        var text = "\(size), needs 60x15 · q quit"
        if let worst = JourneyRows.worstSentence(of: state) { text = "\(worst) · \(text)" }
        if DisplayText.width(of: text) > canvas.size.width { text = "\(size) < 60x15 · q" }
        if !state.hurting.isEmpty, let worst = JourneyRows.worstSentence(of: state) {
            // An alert is said before anything about the size.
            let ways = [
                "\(worst) · \(size), needs 60x15 · q quit", "\(worst) · \(size) < 60x15 · q", "\(worst) · q", worst,
            ]
            text =
                ways.first { DisplayText.width(of: $0) <= canvas.size.width }
                ?? Shorten.end(worst, to: canvas.size.width)
        }
        canvas.put(text, x: 0, y: 0, width: canvas.size.width)
    }
}
