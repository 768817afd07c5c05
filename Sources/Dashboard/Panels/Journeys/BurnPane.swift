import Journeys
import TerminalKit

/// How fast every promise of a journey burns its budget over all windows, and which alerts that makes.
struct BurnPane: Panel {
    /// What the pane shows.
    struct Input {
        var name: String
        var promises: [ObjectiveVerdict]
        var now: UInt64

        init(_ view: JourneyView, _ state: AppState) {
            name = view.name
            promises = state.verdict(on: view.id)?.objectives ?? []
            now = state.judgedAt
        }
    }

    /// The windows that every promise is read over, in nanoseconds: 5m, 1h, 6h, 3d.
    static let windows: [UInt64] = [300, 3_600, 21_600, 259_200].map { $0 * 1_000_000_000 }

    /// Such as `burn 5m 42.6×  1h 17.1×  6h 3.1×  3d 0.9×`.
    static func line(_ promise: ObjectiveVerdict) -> [[StyledText]] {
        [[StyledText("burn", .label)]]
            + windows.enumerated().map { number, window in
                let burn = promise.burn(over: window)?.burn
                return [
                    StyledText("\(number == 0 ? " " : "  ")\(DurationText.text(window)) ", .label),
                    StyledText(NumberFormat.burn(burn), (burn ?? 0) > 1 ? .sloOver : .text),
                ]
            }
    }

    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas) {
        let inside = Frame.draw(
            area, title: [StyledText("\(Shorten.middle(input.name, to: 32)) · burn", .title)],
            right: [StyledText("5m / 1h / 6h / 3d", .textDim)], isBoxed: true, on: &canvas)
        guard !input.promises.isEmpty else {
            canvas.put("no promises", x: inside.x + 1, y: inside.y, style: .dim, width: inside.width - 1)
            return
        }
        var lines: [[StyledText]] = []
        for promise in input.promises {
            lines.append(
                [StyledText(pad(promise.objective.name, 12), .text)]
                    + windows.map { window in
                        let burn = promise.burn(over: window)?.burn
                        return StyledText(lead(NumberFormat.burn(burn), 8), (burn ?? 0) > 1 ? .sloOver : .text)
                    })
        }
        for promise in input.promises {
            lines.append([])
            lines.append([StyledText("\(promise.objective.name) ", .text), StyledText("alerts", .label)])
            lines += promise.alerts.map { row($0, now: input.now) }
            lines += promise.unreachable.map { alert in
                [StyledText("  \(pad(rule(alert), 18)) can never fire for this target", .textDim)]
            }
        }
        for (index, line) in lines.prefix(inside.height).enumerated() {
            canvas.put(line, x: inside.x + 1, y: inside.y + index, width: inside.width - 2)
        }
    }

    private static func rule(_ alert: JourneyDefinition.Alert) -> String {
        "\(alert.severity.rawValue) \(alert.factor) \(DurationText.text(alert.long))/\(DurationText.text(alert.short))"
    }

    private static func row(_ verdict: AlertVerdict, now: UInt64) -> [StyledText] {
        let role: Role = verdict.alert.severity == .page ? .statusPage : .statusWarn
        let state =
            verdict.firedAt.map { "since \(EventText.time($0, now: now))" }
            ?? (verdict.isFiring ? "fires" : "quiet")
        return [
            StyledText(verdict.isFiring ? "✗ " : "  ", role), StyledText(pad(rule(verdict.alert), 18), .text),
            StyledText(lead(NumberFormat.burn(verdict.long.burn), 7), .text),
            StyledText(lead(NumberFormat.burn(verdict.short.burn), 7), .text),
            StyledText("  " + state, verdict.isFiring ? role : .textDim),
        ]
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        let text = Shorten.middle(text, to: width)
        return text + String(repeating: " ", count: max(0, width - DisplayText.width(of: text)))
    }

    private static func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - DisplayText.width(of: text))) + text
    }
}
