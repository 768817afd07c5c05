import Journeys
import Telemetry
import TerminalKit

/// What a program without a keyboard asks of the dashboard.
extension AppState {
    /// Puts the cursor on the journey with this name; `false` when there is none.
    package mutating func select(journey name: String) -> Bool {
        let views = picture?.journeys.journeys(in: environment) ?? []
        guard let view = views.first(where: { $0.name == name }) else { return false }
        select(view.id)
        settle()
        return true
    }

    /// Goes to a screen; the trace screen shows the selected journey's slowest run.
    package mutating func open(_ screen: Screen) -> [Effect] {
        let effects = screen == .trace ? perform(.screenTrace) : show(screen)
        settle()
        return effects
    }

    /// Shows so many nanoseconds up to a moment in Unix nanoseconds; `nil` leaves what there is.
    package mutating func showTime(range: UInt64?, at moment: UInt64?) -> [Effect] {
        if let range {
            self.range = max(1_000_000_000, range)
            isRangeChosen = true
        }
        if let moment {
            pause()
            pausedAt = moment
        }
        reorder()
        table.selected = table.order.first
        settle()
        return followUps()
    }

    /// Puts a filter in force.
    package mutating func setFilter(_ text: String, _ expression: FilterExpression) -> [Effect] {
        filter = ActiveFilter(text: text, expression: expression, result: nil)
        return followUps()
    }
}
