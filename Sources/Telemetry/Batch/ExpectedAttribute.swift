/// What stood at one place of the last attribute list of its kind: a guess at what stands there in the next.
///
/// A guess is never trusted: its bytes are compared with those that came, and equal bytes have equal symbols and codes.
struct ExpectedAttribute: Sendable, BitwiseCopyable {
    /// The key's place in the bytes of the ``WordCache``; a count no key has says that there is no guess.
    var keyOffset: UInt32 = 0
    var keyCount = UInt32.max
    var key: UInt32 = 0
    /// The value's place in the bytes of the ``ValueTable``, likewise.
    var valueOffset: UInt32 = 0
    var valueCount = UInt32.max
    var value: UInt32 = 0
    /// Whether the bytes need no escapes in JSON, so that they may be compared with its text.
    var isKeyPlain = false
    var isValuePlain = false
}

/// Guesses at the attributes to come, by the kind of their list and by their position in it.
///
/// Lists of spans are told apart by the span's name and kind: the two ends of a call often have one name, and other
/// attributes. All other lists are of the first kind.
struct ExpectedAttributes: Sendable {
    private var entries: [ExpectedAttribute] = []
    /// By kind of list.
    private var shapes: [UInt32] = [0]
    private var names: [UInt32] = [0]
    /// Open addressing by name: kinds of lists, zero for none.
    private var slots: [UInt16] = Array(repeating: 0, count: 32)
    private var list = 0

    /// How many positions of a list have places of their own; a power of two.
    private static let positions = 32
    /// How many kinds of lists have places of their own; later ones share them.
    private static let maximumLists = 512

    /// Says that a list of the first kind comes next.
    @inline(__always) mutating func expectOther() { list = 0 }

    /// Says that the attributes of a span come next.
    @inline(__always) mutating func expect(_ name: UInt32, _ kind: UInt8) {
        // No two spans with other names and kinds have the same number, but by a wrap that costs a wrong guess.
        let name = name << 3 | UInt32(kind)
        let mask = slots.count &- 1
        var slot = Self.slot(name) & mask
        while slots[slot] != 0 {
            let found = Int(slots[slot])
            if names[found] == name {
                list = found
                return
            }
            slot = (slot &+ 1) & mask
        }
        add(name)
    }

    private static func slot(_ name: UInt32) -> Int { Int((name &* 0x9E37_79B9) >> 20) }

    @inline(never) private mutating func add(_ name: UInt32) {
        guard names.count < Self.maximumLists else {
            list = 1 + Int(name) % (Self.maximumLists - 1)
            return
        }
        list = names.count
        names.append(name)
        shapes.append(0)
        if names.count * 2 > slots.count {
            slots = Array(repeating: 0, count: slots.count * 2)
            for known in 1..<names.count { fill(known) }
        } else {
            fill(list)
        }
    }

    private mutating func fill(_ list: Int) {
        var slot = Self.slot(names[list]) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt16(list)
    }

    /// The place of a position in the list that is expected.
    @inline(__always) func place(_ position: Int) -> Int { firstPlace &+ position & Self.lastPosition }

    /// The place of the first position.
    @inline(__always) var firstPlace: Int { list &* Self.positions }

    /// The highest position that has a place of its own, whose bits tell what others share with it.
    @inline(__always) static var lastPosition: Int { positions &- 1 }

    /// How many places there are.
    @inline(__always) var places: Int { names.count &* Self.positions }

    /// The guess for a place, which is one that ``place(_:)`` gave.
    @inline(__always) subscript(place: Int) -> ExpectedAttribute {
        get { place < entries.count ? entries[place] : ExpectedAttribute() }
        set {
            if place >= entries.count { grow() }
            entries[place] = newValue
        }
    }

    /// Makes room for all places there are, and for some more.
    @inline(never) private mutating func grow() {
        let missing = max(places, entries.count * 2) - entries.count
        entries.append(contentsOf: repeatElement(ExpectedAttribute(), count: missing))
    }

    /// The shape that the last list of this kind had.
    @inline(__always) var shape: UInt32 {
        get { shapes[list] }
        set { shapes[list] = newValue }
    }
}
