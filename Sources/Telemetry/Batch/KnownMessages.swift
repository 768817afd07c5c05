/// Numbers of things by the very bytes that described them, such as the resources of a batch by their messages.
///
/// A resource comes again with every group of its spans; the same bytes need not be read again.
struct KnownMessages: Sendable {
    private struct Entry: Sendable, BitwiseCopyable {
        var hash: UInt64 = 0
        var offset: UInt32 = 0
        /// One more than how many bytes there are; zero for a free place.
        var count: UInt32 = 0
        var number: UInt32 = 0
        var kind: UInt32 = 0
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var count = 0

    /// How many messages and bytes are remembered at most; past that the rest is read each time.
    static let maximumCount = 4_096
    static let maximumBytes = 4 << 20

    /// The number that was remembered for these bytes.
    func number(of raw: UnsafeRawBufferPointer, kind: UInt32) -> UInt32? {
        guard count > 0 else { return nil }
        let hash = hashed(raw, seed: UInt64(kind))
        let mask = entries.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while entries[slot].count != 0 {
            let entry = entries[slot]
            if entry.hash == hash, entry.kind == kind, Int(entry.count) &- 1 == raw.count,
                holds(raw, at: Int(entry.offset))
            {
                return entry.number
            }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Remembers a number for bytes that have none; `kind` tells messages of different kinds and formats apart.
    mutating func remember(_ raw: UnsafeRawBufferPointer, kind: UInt32, number: UInt32) {
        guard count < Self.maximumCount, bytes.count + raw.count <= Self.maximumBytes else { return }
        if (count + 1) * 2 > entries.count { grow() }
        count += 1
        place(
            Entry(
                hash: hashed(raw, seed: UInt64(kind)), offset: UInt32(bytes.count), count: UInt32(raw.count) + 1,
                number: number, kind: kind))
        bytes.append(contentsOf: raw)
    }

    private func holds(_ raw: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard let start = raw.baseAddress, !raw.isEmpty else { return raw.isEmpty }
        return bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            // The entry's bytes lie within `bytes`, and there are as many as in `raw`.
            return equalBytes(base + offset, start, raw.count)
        }
    }

    private mutating func place(_ entry: Entry) {
        let mask = entries.count - 1
        var slot = Int(truncatingIfNeeded: entry.hash) & mask
        while entries[slot].count != 0 { slot = (slot + 1) & mask }
        entries[slot] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Entry(), count: max(64, old.count * 2))
        for entry in old where entry.count != 0 { place(entry) }
    }
}
