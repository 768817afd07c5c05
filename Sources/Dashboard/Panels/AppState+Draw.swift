import TerminalKit

extension AppState {
    /// Draws the whole screen for the terminal's size.
    package func draw() -> Canvas {
        var canvas = Canvas(size: size)
        let sizeClass = SizeClass(size)
        guard sizeClass != .floor else {
            TooSmall.draw(self, on: &canvas)
            return canvas
        }
        let headerRows = sizeClass == .tiny ? 1 : 2
        Header.draw(self, in: canvas.bounds.inset(bottom: size.height - headerRows), on: &canvas)
        if isFirstRun {
            FirstRun.draw(self, in: body, on: &canvas)
        } else {
            switch screen {
            case .journeys: JourneysScreen.draw(self, on: &canvas)
            case .journey: JourneyScreen.draw(self, on: &canvas)
            case .trace: TraceScreen.draw(self, in: body, on: &canvas)
            }
        }
        HintBar.draw(self, in: canvas.bounds.row(size.height - 1), on: &canvas)
        OverlayPanel.draw(self, on: &canvas)
        return canvas
    }
}
