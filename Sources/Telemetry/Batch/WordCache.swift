/// A batch's own copy of the words it has met, so that the process-wide table is asked once a word and batch.
struct WordCache: Sendable {
    private var slots: [UInt32] = Array(repeating: 0, count: 128)
    private var hashes: [UInt64] = []
    private var symbols: [Symbol] = []
    private var places: [(offset: Int, count: Int)] = []
    private var bytes: [UInt8] = []

    mutating func symbol(_ raw: UnsafeRawBufferPointer) -> Symbol { find(raw).symbol }

    /// The symbol of a word and where its bytes stand here; no place for the empty word and those past the cap.
    mutating func find(_ raw: UnsafeRawBufferPointer) -> (symbol: Symbol, offset: Int?) {
        guard !raw.isEmpty else { return (.empty, nil) }
        let hash = hashed(raw)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = Int(slots[slot]) - 1
            if hashes[entry] == hash, places[entry].count == raw.count,
                holds(raw, at: places[entry].offset)
            {
                return (symbols[entry], places[entry].offset)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return add(raw, hash)
    }

    /// Whether a word's bytes are these.
    @inline(__always) func holds(_ raw: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard let start = raw.baseAddress else { return raw.isEmpty }
        return bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress, offset &+ raw.count <= all.count else { return false }
            // `raw.count` bytes from `offset` on lie within `bytes`, as was just compared.
            return equalBytes(base + offset, start, raw.count)
        }
    }

    private mutating func add(_ raw: UnsafeRawBufferPointer, _ hash: UInt64) -> (
        symbol: Symbol, offset: Int?
    ) {
        let symbol = Words.intern(raw)
        guard hashes.count < 65_536 else { return (symbol, nil) }
        if (hashes.count + 1) * 2 > slots.count { grow() }
        let offset = bytes.count
        hashes.append(hash)
        symbols.append(symbol)
        places.append((offset, raw.count))
        bytes.append(contentsOf: raw)
        place(hashes.count - 1)
        return (symbol, offset)
    }

    private mutating func place(_ entry: Int) {
        var slot = Int(truncatingIfNeeded: hashes[entry]) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(entry + 1)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for entry in hashes.indices { place(entry) }
    }
}
