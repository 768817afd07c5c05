#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Long objects of a text format by their very bytes, so that one that came before need not be read again.
///
/// An object's text says itself where it ends: where the same bytes stand again, the same object stands.
package struct KnownTexts: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let offset: Int
        let count: Int
        let number: UInt32
    }

    /// How many bytes at the front are hashed; shorter objects are cheap to read and are not kept.
    package static let hashedBytes = 256
    /// A longer object is not kept, in bytes.
    package static let maximumBytes = 16 << 10
    /// How many objects are kept; the later ones are read each time.
    package static let maximumCount = 512
    /// How many objects that begin in the same way are compared.
    private static let maximumProbes = 8

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// Numbers of entries from one on, by hash; a power of two more than twice as many as entries.
    private var slots: [UInt16] = []

    /// Knows nothing.
    package init() {}

    /// The number of the object at the front of a text, and how many bytes it has; `nil` when it did not come before.
    package func find(_ text: UnsafeRawBufferPointer) -> (number: UInt32, count: Int)? {
        guard !entries.isEmpty, text.count >= Self.hashedBytes, let start = text.baseAddress else { return nil }
        let hash = Self.hash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        for _ in 0..<Self.maximumProbes {
            guard slots[slot] != 0 else { return nil }
            let entry = entries[Int(slots[slot]) - 1]
            if entry.hash == hash, entry.count <= text.count, holds(start, entry) { return (entry.number, entry.count) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Remembers the number of an object with this text, which did not come before.
    package mutating func add(_ object: UnsafeRawBufferPointer, number: UInt32) {
        guard object.count >= Self.hashedBytes, object.count <= Self.maximumBytes, entries.count < Self.maximumCount
        else { return }
        if slots.isEmpty { slots = Array(repeating: 0, count: Self.maximumCount * 4) }
        let hash = Self.hash(object)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        var probes = 1
        while slots[slot] != 0, probes < Self.maximumProbes {
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
        }
        guard slots[slot] == 0 else { return }
        entries.append(Entry(hash: hash, offset: bytes.count, count: object.count, number: number))
        bytes.append(contentsOf: object)
        slots[slot] = UInt16(entries.count)
    }

    private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        hashed(UnsafeRawBufferPointer(rebasing: text[..<hashedBytes]))
    }

    /// Whether an entry's bytes stand at a place that has as many.
    private func holds(_ start: UnsafeRawPointer, _ entry: Entry) -> Bool {
        bytes.withUnsafeBytes { all in
            // An entry's bytes lie within `bytes`, which only grows.
            all.baseAddress.map { memcmp($0 + entry.offset, start, entry.count) == 0 } ?? false
        }
    }
}
