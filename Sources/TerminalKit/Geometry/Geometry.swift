/// A position on the canvas, in cells; the origin is the upper left corner.
package struct Point: Hashable, Sendable {
    package var x: Int
    package var y: Int

    package init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}

/// A width and a height in cells; never negative.
package struct Size: Hashable, Sendable {
    package let width: Int
    package let height: Int

    /// Negative values become zero.
    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
    }
}

/// How much room a screen has (SCREENS section 12); ordered from smallest to largest.
package enum SizeClass: Int, Comparable, Sendable, CaseIterable {
    /// Below 60x15: one line.
    case floor
    /// From 60x15: two lines and one list.
    case tiny
    /// From 80x24: rules instead of boxes.
    case narrow
    /// From 100x30: boxes.
    case normal
    /// From 180x50: a third column.
    case wide

    package init(_ size: Size) {
        switch (size.width, size.height) {
        case (180..., 50...): self = .wide
        case (100..., 30...): self = .normal
        case (80..., 24...): self = .narrow
        case (60..., 15...): self = .tiny
        default: self = .floor
        }
    }

    package static func < (left: SizeClass, right: SizeClass) -> Bool { left.rawValue < right.rawValue }
}

/// A rectangle of cells; its size is never negative, its origin may lie outside the canvas.
package struct Rect: Hashable, Sendable {
    package var origin: Point
    package var size: Size

    package init(x: Int, y: Int, width: Int, height: Int) {
        origin = Point(x: x, y: y)
        size = Size(width: width, height: height)
    }

    /// The rectangle of a whole canvas of this size.
    package init(_ size: Size) {
        origin = Point(x: 0, y: 0)
        self.size = size
    }

    package var x: Int { origin.x }
    package var y: Int { origin.y }
    package var width: Int { size.width }
    package var height: Int { size.height }
    /// First column to the right of the rectangle.
    package var maxX: Int { origin.x + size.width }
    /// First row below the rectangle.
    package var maxY: Int { origin.y + size.height }
    package var isEmpty: Bool { size.width == 0 || size.height == 0 }

    package func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
    }

    /// The part shared with another rectangle; empty if there is none.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
    }

    /// The rectangle without this many cells on each side.
    package func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
        Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
    }

    /// The rectangle without `cells` on every side: what is inside a panel's frame.
    package func inset(by cells: Int) -> Rect {
        inset(left: cells, top: cells, right: cells, bottom: cells)
    }

    /// One row of the rectangle, counted from its top; empty outside.
    package func row(_ index: Int) -> Rect {
        guard index >= 0, index < height else { return Rect(x: x, y: y, width: 0, height: 0) }
        return Rect(x: x, y: y + index, width: width, height: 1)
    }
}
