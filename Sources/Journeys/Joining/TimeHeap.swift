/// Elements by time, the earliest first; a binary heap.
struct TimeHeap<Element: Sendable>: Sendable {
    private var items: [(time: UInt64, element: Element)] = []

    /// How many elements there are, outdated ones included.
    var count: Int { items.count }

    /// The earliest.
    var first: (time: UInt64, element: Element)? { items.first }

    /// Adds an element.
    mutating func push(_ time: UInt64, _ element: Element) {
        items.append((time, element))
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].time < items[parent].time else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest out.
    @discardableResult
    mutating func pop() -> (time: UInt64, element: Element)? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return first }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].time < items[least].time { least = child }
            }
            guard least != parent else { return first }
            items.swapAt(least, parent)
            parent = least
        }
    }

    /// Takes everything out.
    mutating func removeAll() {
        items.removeAll()
    }
}
