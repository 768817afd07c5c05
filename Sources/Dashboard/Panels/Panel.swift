import TerminalKit

/// A part of the screen: a pure function of what it shows, where, to cells.
package protocol Panel {
    /// What the panel shows, ready to be drawn.
    associatedtype Input

    /// Draws the input into a rectangle.
    static func draw(_ input: Input, in area: Rect, on canvas: inout Canvas)
}
