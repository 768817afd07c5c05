/// The spans the store holds, as fingerprints: finds duplicates and absent parents without looking at rows.
///
/// A span's key is a 64-bit hash of its trace and id; a second one of kind, service and start tells a repeated delivery
/// from the client and server halves that share an id in Zipkin's data. Two different spans collide with a
/// probability of about n² / 2¹²⁹ for n spans held.
struct Fingerprints: Sendable {
    private var keys: [UInt64]
    private var details: [UInt64]
    private var states: [UInt8]
    private(set) var count = 0
    private var used = 0

    init(minimumCapacity: Int = 1024) {
        var size = 1024
        while size < minimumCapacity * 2 { size *= 2 }
        keys = Array(repeating: 0, count: size)
        details = Array(repeating: 0, count: size)
        states = Array(repeating: Self.free, count: size)
    }

    private static let free: UInt8 = 0
    private static let taken: UInt8 = 1
    private static let removed: UInt8 = 2

    /// The memory held, in bytes.
    var byteCount: Int { keys.count * 17 }

    static func key(traceHigh: UInt64, traceLow: UInt64, span: UInt64) -> UInt64 {
        mixed(traceLow ^ mixed(span &+ 0x9E37_79B9_7F4A_7C15) ^ traceHigh &* 0xD6E8_FEB8_6659_FD93)
    }

    static func detail(kind: UInt8, service: UInt32, start: UInt64) -> UInt64 {
        mixed(start ^ mixed(UInt64(service) << 8 | UInt64(kind)))
    }

    /// Adds a span; `false` when the same span is there already.
    mutating func insert(key: UInt64, detail: UInt64) -> Bool {
        if (used + 1) * 3 > keys.count * 2 { rebuild() }
        var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
        var reusable: Int?
        while states[slot] != Self.free {
            if states[slot] == Self.removed {
                reusable = reusable ?? slot
            } else if keys[slot] == key, details[slot] == detail {
                return false
            }
            slot = (slot + 1) & (keys.count - 1)
        }
        if reusable == nil { used += 1 }
        let target = reusable ?? slot
        keys[target] = key
        details[target] = detail
        states[target] = Self.taken
        count += 1
        return true
    }

    /// Whether any span with this key is there.
    func contains(key: UInt64) -> Bool {
        var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
        while states[slot] != Self.free {
            if states[slot] == Self.taken, keys[slot] == key { return true }
            slot = (slot + 1) & (keys.count - 1)
        }
        return false
    }

    /// Removes a span that was evicted.
    mutating func remove(key: UInt64, detail: UInt64) {
        var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
        while states[slot] != Self.free {
            if states[slot] == Self.taken, keys[slot] == key, details[slot] == detail {
                states[slot] = Self.removed
                count -= 1
                return
            }
            slot = (slot + 1) & (keys.count - 1)
        }
    }

    private mutating func rebuild() {
        var larger = Fingerprints(minimumCapacity: count + count / 2 + 1024)
        for slot in keys.indices where states[slot] == Self.taken {
            larger.place(keys[slot], details[slot])
        }
        self = larger
    }

    private mutating func place(_ key: UInt64, _ detail: UInt64) {
        var slot = Int(truncatingIfNeeded: key) & (keys.count - 1)
        while states[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        details[slot] = detail
        states[slot] = Self.taken
        count += 1
        used += 1
    }
}

/// A set of 64-bit hashes, such as those of trace ids.
package struct HashSet64: Sendable {
    private var slots: [UInt64] = Array(repeating: 0, count: 1024)
    private var hasZero = false
    /// How many different hashes were inserted.
    package private(set) var count = 0

    /// Makes an empty set.
    package init() {}

    /// Adds a hash; `false` when it is there already.
    @discardableResult
    package mutating func insert(_ hash: UInt64) -> Bool {
        guard hash != 0 else {
            defer { hasZero = true }
            if !hasZero { count += 1 }
            return !hasZero
        }
        if (count + 1) * 2 > slots.count { grow() }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if slots[slot] == hash { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = hash
        count += 1
        return true
    }

    /// Whether a hash was inserted.
    package func contains(_ hash: UInt64) -> Bool {
        guard hash != 0 else { return hasZero }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if slots[slot] == hash { return true }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for hash in old where hash != 0 {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = hash
        }
    }
}
