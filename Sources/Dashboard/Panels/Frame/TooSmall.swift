import TerminalKit

/// A terminal below 60x15 gets one line that still says what matters most.
enum TooSmall {
    static func draw(_ state: AppState, on canvas: inout Canvas) {
        let size = "\(canvas.size.width)x\(canvas.size.height)"
        var text = "\(size), needs 60x15 · q quit"
        if let worst = JourneyRows.worstSentence(of: state) { text = "\(worst) · \(text)" }
        if DisplayText.width(of: text) > canvas.size.width { text = "\(size) < 60x15 · q" }
        canvas.put(text, x: 0, y: 0, width: canvas.size.width)
    }
}
