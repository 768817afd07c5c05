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

    /// The memory of a part of the table, cleared: what is all zero is free.
    ///
    /// Unchecked: a shard writes only to slots that no other one shares.
    private final class Slots: @unchecked Sendable {
        let base: UnsafeMutablePointer<Print>
        let count: Int
        private let memory: ClearMemory

        init(count: Int) {
            self.count = count
            memory = ClearMemory(byteCount: count * MemoryLayout<Print>.stride)
            // Every bit pattern is a print, and there is room for as many.
            base = memory.start.bindMemory(to: Print.self, capacity: count)
        }

        convenience init(copying other: Slots) {
            self.init(count: other.count)
            // Both have as many slots.
            base.update(from: other.base, count: count)
        }
    }

    /// A part of the table, which grows by itself.
    private struct Shard: Sendable {
        private var memory: Slots
        var count = 0
        /// Places that are not free.
        var used = 0

        init(minimumCapacity: Int) {
            var size = 16
            while size < minimumCapacity * 2 { size *= 2 }
            memory = Slots(count: size)
        }

        /// All slots, to be looked at while the shard lives.
        @inline(__always) private var slots: UnsafeMutableBufferPointer<Print> {
            UnsafeMutableBufferPointer(start: memory.base, count: memory.count)
        }

        /// The same slots, to be written: they are the shard's own from here on.
        @inline(__always) private mutating func ownSlots() -> UnsafeMutableBufferPointer<Print> {
            if !isKnownUniquelyReferenced(&memory) { memory = Slots(copying: memory) }
            return slots
        }

        var slotCount: Int { memory.count }

        /// Whether it must grow before another print is added.
        var isFull: Bool { (used &+ 1) &* 3 > memory.count &* 2 }

        /// The slot where a key is sought first.
        @inline(__always) func first(_ key: UInt64) -> Print {
            memory.base[Int(truncatingIfNeeded: key) & (memory.count &- 1)]
        }

        /// Adds one span; `false` when it is there. Places are sought below the size, to which the mask cuts every number.
        @inline(__always) mutating func add(_ print: Print) -> Bool {
            let slots = ownSlots()
            let mask = slots.count &- 1
            var slot = Int(truncatingIfNeeded: print.key) & mask
            var reusable: Int?
            while slots[slot].detail != Print.free {
                if slots[slot].detail == Print.removed {
                    reusable = reusable ?? slot
                } else if slots[slot].key == print.key, slots[slot].detail == print.detail {
                    return false
                }
                slot = (slot &+ 1) & mask
            }
            slots[reusable ?? slot] = print
            if reusable == nil { used &+= 1 }
            count &+= 1
            return true
        }

        func contains(_ key: UInt64) -> Bool {
            let mask = slots.count &- 1
            var slot = Int(truncatingIfNeeded: key) & mask
            while slots[slot].detail != Print.free {
                if slots[slot].isSpan, slots[slot].key == key { return true }
                slot = (slot &+ 1) & mask
            }
            return false
        }

        mutating func remove(_ print: Print) {
            let slots = ownSlots()
            let mask = slots.count &- 1
            var slot = Int(truncatingIfNeeded: print.key) & mask
            while slots[slot].detail != Print.free {
                if slots[slot].detail == print.detail, slots[slot].key == print.key {
                    slots[slot] = Print(key: 0, marker: Print.removed)
                    count &-= 1
                    return
                }
                slot = (slot &+ 1) & mask
            }
        }

        /// Moves the prints to twice as many slots, or as many where removed ones leave room.
        mutating func rebuild() {
            var larger = Shard(minimumCapacity: count + 1)
            let target = larger.slots
            let mask = target.count &- 1
            for print in slots where print.isSpan {
                var slot = Int(truncatingIfNeeded: print.key) & mask
                while target[slot].detail != Print.free { slot = (slot &+ 1) & mask }
                target[slot] = print
            }
            larger.count = count
            larger.used = count
            self = larger
        }
    }

    /// How many spans are added at a time.
    static let groupSize = 64

    private var shards: [Shard]
    private let shardMask: Int
    /// The memory held, in bytes.
    private(set) var byteCount: Int
    /// What the last group's first looks saw; kept so that they really happen.
    private var looked: UInt64 = 0

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - minimumCapacity: For how many spans there is room before anything has to be moved.
    ///   - shards: In how many parts it grows, a power of two of at most 65,536: one part is the quickest to look into,
    ///     with many no single addition takes long.
    init(minimumCapacity: Int = 1024, shards count: Int = 1) {
        precondition(count > 0 && count <= 1 << 16 && count & (count - 1) == 0, "shards are a power of two")
        shardMask = count - 1
        let empty = Shard(minimumCapacity: minimumCapacity / count)
        shards = Array(repeating: empty, count: count)
        byteCount = count * empty.slotCount * MemoryLayout<Print>.stride
    }

    /// How many spans are there.
    var count: Int { shards.reduce(0) { $0 + $1.count } }

    static func key(traceHigh: UInt64, traceLow: UInt64, span: UInt64) -> UInt64 {
        mixed(traceLow ^ mixed(span &+ 0x9E37_79B9_7F4A_7C15) ^ traceHigh &* 0xD6E8_FEB8_6659_FD93)
    }

    /// The number of a key's shard, from other bits than its slot.
    @inline(__always) private func shard(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key &>> 48) & shardMask }

    /// Adds spans one after another and tells of each, by its number, whether it was new.
    mutating func insert(_ prints: UnsafeBufferPointer<Print>, _ tell: (Int, Bool) -> Void) {
        // These looks do not wait for each other; what they bring into the cache serves the loop below.
        var seen: UInt64 = 0
        for print in prints { seen |= shards[shard(print.key)].first(print.key).detail }
        looked = seen
        for number in prints.indices {
            let print = prints[number]
            let place = shard(print.key)
            if shards[place].isFull { grow(place) }
            tell(number, shards[place].add(print))
        }
    }

    private mutating func grow(_ place: Int) {
        let before = shards[place].slotCount
        shards[place].rebuild()
        byteCount += (shards[place].slotCount - before) * MemoryLayout<Print>.stride
    }

    /// Whether any span with this key is there.
    func contains(key: UInt64) -> Bool { shards[shard(key)].contains(key) }

    /// Tells of each key, by its number, whether any span with it is there; at most ``groupSize`` keys at a time.
    func look(for keys: UnsafeBufferPointer<UInt64>, _ tell: (Int, Bool) -> Void) {
        // As in ``insert(_:_:)``: looks that do not wait for each other first. What they saw is needed below.
        withUnsafeTemporaryAllocation(of: Print.self, capacity: keys.count) { firsts in
            for number in keys.indices {
                firsts.initializeElement(at: number, to: shards[shard(keys[number])].first(keys[number]))
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

    /// Removes a span that was evicted.
    mutating func remove(_ print: Print) { shards[shard(print.key)].remove(print) }
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
