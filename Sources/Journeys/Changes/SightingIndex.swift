import Telemetry

/// Numbers by 64-bit keys: open addressing, for one look-up a span.
struct SightingIndex: Sendable {
    private var keys: [UInt64]
    private var numbers: [Int32]
    private var used = 0

    /// How many keys there are.
    var count: Int { used }

    init() {
        keys = Array(repeating: 0, count: 64)
        numbers = Array(repeating: -1, count: 64)
    }

    @inline(__always) func number(of key: UInt64) -> Int? {
        let mask = keys.count &- 1
        var slot = Int(truncatingIfNeeded: mixed(key)) & mask
        while numbers[slot] >= 0 {
            if keys[slot] == key { return Int(numbers[slot]) }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Adds a key that is not there.
    mutating func insert(_ key: UInt64, number: Int) {
        if (used + 1) * 2 > keys.count { grow() }
        place(key, Int32(truncatingIfNeeded: number))
        used += 1
    }

    mutating func removeAll() { self = SightingIndex() }

    private mutating func place(_ key: UInt64, _ number: Int32) {
        var slot = Int(truncatingIfNeeded: mixed(key)) & (keys.count - 1)
        while numbers[slot] >= 0 { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        numbers[slot] = number
    }

    private mutating func grow() {
        let oldKeys = keys
        let oldNumbers = numbers
        keys = Array(repeating: 0, count: oldKeys.count * 2)
        numbers = Array(repeating: -1, count: oldKeys.count * 2)
        for slot in oldKeys.indices where oldNumbers[slot] >= 0 { place(oldKeys[slot], oldNumbers[slot]) }
    }
}
