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
struct ExpectedAttributes: Sendable {
    private var entries = Array(repeating: ExpectedAttribute(), count: 16)
    private var shapes = Array(repeating: UInt32(0), count: 1)
    private var kind: UInt32 = 0

    /// How many positions of a list have entries of their own.
    private static let positions: UInt32 = 16
    /// How many kinds of lists have entries of their own once a batch is large enough to be worth it.
    private static let kinds = 256

    /// Says what kind of list comes next.
    mutating func expect(_ kind: UInt32) { self.kind = kind }

    /// Makes room for many kinds.
    mutating func grow() {
        entries = Array(repeating: ExpectedAttribute(), count: Self.kinds * Int(Self.positions))
        shapes = Array(repeating: 0, count: Self.kinds)
    }

    /// The guess for a position of the list; the number of entries is a power of two.
    @inline(__always) func place(_ position: Int) -> Int {
        Int(kind &* Self.positions &+ UInt32(truncatingIfNeeded: position)) & (entries.count &- 1)
    }

    /// How many places there are.
    var places: Int { entries.count }

    @inline(__always) subscript(place: Int) -> ExpectedAttribute {
        get { entries[place] }
        set { entries[place] = newValue }
    }

    /// The shape that the last list of this kind had.
    @inline(__always) var shape: UInt32 {
        get { shapes[Int(kind) & (shapes.count &- 1)] }
        set { shapes[Int(kind) & (shapes.count &- 1)] = newValue }
    }
}
