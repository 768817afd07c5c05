/// The spans the store holds, as fingerprints: finds duplicates and absent parents without looking at rows.
///
/// A span's key is a 64-bit hash of its trace and id; a second one, of kind, service and start, tells a repeated delivery
/// from spans that share an id, such as the client and server halves in Zipkin's data.
///
/// Key and detail of a span lie side by side, so that a look costs one cache miss, and spans are added in groups, so that
/// the misses of a group overlap.
struct Fingerprints: Sendable {
    /// The two hashes of a span, or a place without one.
    struct Print: BitwiseCopyable, Sendable {
        /// The first hash.
        let key: UInt64
        /// Zero for a free place, one for a span that was removed, else the second hash.
        let detail: UInt64

        fileprivate init(key: UInt64, marker: UInt64) {
            self.key = key
            detail = marker
        }

        /// The print of a span; `kind` comes without the status.
        init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, kind: UInt8, service: UInt32, start: UInt64) {
            // A service's number has 32 bits and a kind 4: no two pairs of them are equal.
            let hash = mixed(start ^ mixed(UInt64(service) << 8 | UInt64(kind)))
            self.init(
                key: Fingerprints.key(traceHigh: traceHigh, traceLow: traceLow, span: span),
                marker: hash > Print.removed ? hash : hash &+ 2)
        }

        fileprivate static let free: UInt64 = 0
        fileprivate static let removed: UInt64 = 1

        fileprivate var isSpan: Bool { detail > Print.removed }
    }

    /// How many spans are added at a time.
    static let groupSize = 64

    private var slots: [Print]
    private(set) var count = 0
    /// Places that are not free.
    private var used = 0
    /// What the last group's first looks saw; kept so that they really happen.
    private var looked: UInt64 = 0

    init(minimumCapacity: Int = 1024) {
        var size = 1024
        while size < minimumCapacity * 2 { size *= 2 }
        slots = Array(unsafeUninitializedCapacity: size) { slots, count in
            HugePages.ask(for: UnsafeMutableRawBufferPointer(slots))
            slots.initialize(repeating: Print(key: 0, marker: Print.free))
            count = size
        }
    }

    /// The memory held, in bytes.
    var byteCount: Int { slots.count * MemoryLayout<Print>.stride }

    static func key(traceHigh: UInt64, traceLow: UInt64, span: UInt64) -> UInt64 {
        mixed(traceLow ^ mixed(span &+ 0x9E37_79B9_7F4A_7C15) ^ traceHigh &* 0xD6E8_FEB8_6659_FD93)
    }

    /// Adds spans one after another and tells of each, by its number, whether it was new.
    mutating func insert(_ prints: UnsafeBufferPointer<Print>, _ tell: (Int, Bool) -> Void) {
        while (used + prints.count) * 3 > slots.count * 2 { rebuild(adding: prints.count) }
        var added = 0
        var taken = 0
        var looked: UInt64 = 0
        slots.withUnsafeMutableBufferPointer { slots in
            let mask = slots.count - 1
            // These looks do not wait for each other; what they bring into the cache serves the loop below.
            var seen: UInt64 = 0
            for print in prints { seen |= slots[Int(truncatingIfNeeded: print.key) & mask].detail }
            looked = seen
            for number in prints.indices {
                let isNew = Self.add(prints[number], to: slots, mask, &taken)
                added += isNew ? 1 : 0
                tell(number, isNew)
            }
        }
        self.looked = looked
        count += added
        used += taken
    }

    /// Adds one span; `false` when it is there. Places are sought below the size, to which `mask` cuts every number.
    @inline(__always)
    private static func add(
        _ print: Print, to slots: UnsafeMutableBufferPointer<Print>, _ mask: Int, _ taken: inout Int
    ) -> Bool {
        let key = print.key
        var slot = Int(truncatingIfNeeded: key) & mask
        var reusable: Int?
        while slots[slot].detail != Print.free {
            if slots[slot].detail == Print.removed {
                reusable = reusable ?? slot
            } else if slots[slot].key == key, slots[slot].detail == print.detail {
                return false
            }
            slot = (slot + 1) & mask
        }
        if reusable == nil { taken += 1 }
        slots[reusable ?? slot] = print
        return true
    }

    /// Whether any span with this key is there.
    func contains(key: UInt64) -> Bool {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: key) & mask
            while slots[slot].detail != Print.free {
                if slots[slot].isSpan, slots[slot].key == key { return true }
                slot = (slot + 1) & mask
            }
            return false
        }
    }

    /// Tells of each key, by its number, whether any span with it is there; at most ``groupSize`` keys at a time.
    func look(for keys: UnsafeBufferPointer<UInt64>, _ tell: (Int, Bool) -> Void) {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            // As in ``insert(_:_:)``: looks that do not wait for each other first. What they saw is needed below.
            withUnsafeTemporaryAllocation(of: Print.self, capacity: keys.count) { firsts in
                for number in keys.indices {
                    firsts.initializeElement(at: number, to: slots[Int(truncatingIfNeeded: keys[number]) & mask])
                }
                for number in keys.indices {
                    let first = firsts[number]
                    if first.detail == Print.free {
                        tell(number, false)
                    } else if first.isSpan, first.key == keys[number] {
                        tell(number, true)
                    } else {
                        tell(number, contains(key: keys[number]))
                    }
                }
            }
        }
    }

    /// Removes a span that was evicted.
    mutating func remove(_ print: Print) {
        let key = print.key
        let isRemoved = slots.withUnsafeMutableBufferPointer { slots in
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: key) & mask
            while slots[slot].detail != Print.free {
                if slots[slot].detail == print.detail, slots[slot].key == key {
                    slots[slot] = Print(key: 0, marker: Print.removed)
                    return true
                }
                slot = (slot + 1) & mask
            }
            return false
        }
        if isRemoved { count -= 1 }
    }

    /// Moves the prints to twice as many slots, or as many where removed ones leave room.
    private mutating func rebuild(adding more: Int) {
        var larger = Fingerprints(minimumCapacity: count + more)
        larger.slots.withUnsafeMutableBufferPointer { target in
            let mask = target.count - 1
            for print in slots where print.isSpan {
                var slot = Int(truncatingIfNeeded: print.key) & mask
                while target[slot].detail != Print.free { slot = (slot + 1) & mask }
                target[slot] = print
            }
        }
        larger.count = count
        larger.used = count
        self = larger
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
