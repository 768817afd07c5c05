/// A code for a value within one table: a small integer itself, or the number of an entry in its ``ValueTable``.
///
/// Within one table equal values have equal codes. The top bit says that the lower 31 bits are a signed integer.
package struct ValueCode: Hashable, Sendable, BitwiseCopyable {
    /// The stored bits.
    package let bits: UInt32

    /// Makes a code from its stored bits.
    @inlinable @inline(__always) package init(bits: UInt32) { self.bits = bits }

    /// The code of the empty value in every table.
    @inlinable package static var empty: ValueCode { ValueCode(bits: 0) }

    /// The code of a small integer, or `nil` when it does not fit 31 bits.
    @inlinable package init?(inline value: Int64) {
        guard value >= -0x4000_0000, value < 0x4000_0000 else { return nil }
        bits = UInt32(truncatingIfNeeded: value) | 0x8000_0000
    }

    /// The integer that the code itself holds.
    @inlinable package var inlineInt: Int64? {
        bits & 0x8000_0000 == 0 ? nil : Int64(Int32(bitPattern: bits << 1) >> 1)
    }

    /// The number of the entry, for a code that holds no integer.
    @inlinable package var entry: Int { Int(bits & 0x7FFF_FFFF) }
}

/// What kind of value an entry of a ``ValueTable`` is.
package enum ValueKind: UInt8, Sendable {
    case empty, string, `false`, `true`, int, double, bytes
    /// A list or a map, stored packed.
    case composite
}

/// The distinct values of one table: read side of a dictionary.
package struct ValueTable: Sendable {
    var kinds = Column<UInt8>()
    /// The bits of a number, or `offset << 32 | length` of bytes in `bytes`.
    var payloads = Column<UInt64>()
    var bytes = Column<UInt8>()

    /// How many entries there are; codes without an inline integer are numbered below this.
    package var count: Int { kinds.count }

    /// The memory held, in bytes.
    package var byteCount: Int { kinds.byteCount + payloads.byteCount + bytes.byteCount }

    /// What kind of value a code stands for.
    package func kind(of code: ValueCode) -> ValueKind {
        if code.inlineInt != nil { return .int }
        return ValueKind(rawValue: kinds[code.entry]) ?? .empty
    }

    /// The integer a code stands for.
    package func int(_ code: ValueCode) -> Int64? {
        if let value = code.inlineInt { return value }
        guard kinds[code.entry] == ValueKind.int.rawValue else { return nil }
        return Int64(bitPattern: payloads[code.entry])
    }

    /// The number a code stands for, whether integer or floating point.
    package func number(_ code: ValueCode) -> Double? {
        if let value = code.inlineInt { return Double(value) }
        switch ValueKind(rawValue: kinds[code.entry]) {
        case .int: return Double(Int64(bitPattern: payloads[code.entry]))
        case .double: return Double(bitPattern: payloads[code.entry])
        default: return nil
        }
    }

    /// Calls `body` with the stored bytes of a string, byte string or composite; empty for other kinds.
    package func withBytes<R>(of code: ValueCode, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        guard code.inlineInt == nil, kinds[code.entry] != ValueKind.int.rawValue,
            kinds[code.entry] != ValueKind.double.rawValue
        else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let payload = payloads[code.entry]
        let offset = Int(payload >> 32)
        let length = Int(payload & 0xFFFF_FFFF)
        return try bytes.withUnsafeBuffer { all in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[offset..<offset + length])))
        }
    }

    /// Whether these bytes stand at an offset of the table's bytes.
    @inline(__always) func holds(_ raw: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard let start = raw.baseAddress else { return raw.isEmpty }
        return bytes.withUnsafeBuffer { all in
            guard let base = all.baseAddress, offset &+ raw.count <= all.count else { return false }
            // `raw.count` bytes from `offset` on lie within the table's bytes, as was just compared.
            return equalBytes(UnsafeRawPointer(base) + offset, start, raw.count)
        }
    }

    /// The string a code stands for; `nil` for other kinds.
    package func string(_ code: ValueCode) -> String? {
        guard kind(of: code) == .string else { return nil }
        return withBytes(of: code) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value a code stands for.
    package func value(_ code: ValueCode) -> AttributeValue {
        switch kind(of: code) {
        case .empty: .empty
        case .string: .string(string(code) ?? "")
        case .false: .bool(false)
        case .true: .bool(true)
        case .int: .int(int(code) ?? 0)
        case .double: .double(number(code) ?? 0)
        case .bytes: .bytes(withBytes(of: code) { Array($0) })
        case .composite: withBytes(of: code) { PackedValue.decode($0) }
        }
    }

    /// The value of a code as text, without building an ``AttributeValue`` for plain strings.
    package func text(_ code: ValueCode) -> String {
        string(code) ?? value(code).text
    }

    /// The code of a string that the table holds, found by looking through its entries.
    package func code(ofString text: String) -> ValueCode? {
        var text = text
        return text.withUTF8 { wanted in
            let length = UInt64(wanted.count)
            for entry in 0..<kinds.count
            where kinds[entry] == ValueKind.string.rawValue && payloads[entry] & 0xFFFF_FFFF == length {
                let code = ValueCode(bits: UInt32(entry))
                if withBytes(of: code, { same($0, UnsafeRawBufferPointer(wanted)) }) { return code }
            }
            return nil
        }
    }
}

/// The write side of a ``ValueTable``: finds the code of a value or adds it.
struct ValueDictionary: Sendable {
    private(set) var table = ValueTable()
    /// Open addressing by the high half of the hash; zero is free, else that half and the entry's number + 1.
    private var slots: [UInt64] = Array(repeating: 0, count: 256)
    private(set) var invalidUTF8 = 0
    private(set) var truncatedValues = 0

    /// The longest string, byte string or composite kept whole, in bytes.
    static let maximumValueBytes = 64 << 10
    /// How many distinct values and bytes one table takes; the rest become a single stand-in.
    static let maximumBytes = 1 << 30

    init() {
        _ = find(kind: .empty, payload: 0, hash: 0)
    }

    mutating func code(string bytes: UnsafeRawBufferPointer) -> ValueCode {
        store(.string, bytes)
    }

    mutating func code(bytes: UnsafeRawBufferPointer) -> ValueCode {
        store(.bytes, bytes)
    }

    mutating func code(packed bytes: UnsafeRawBufferPointer) -> ValueCode {
        store(.composite, bytes)
    }

    mutating func code(bool: Bool) -> ValueCode {
        find(kind: bool ? .true : .false, payload: 0, hash: mixed(bool ? 0x51 : 0x52))
    }

    mutating func code(int: Int64) -> ValueCode {
        if let inline = ValueCode(inline: int) { return inline }
        return find(kind: .int, payload: UInt64(bitPattern: int), hash: mixed(UInt64(bitPattern: int) &+ 0x53))
    }

    mutating func code(double: Double) -> ValueCode {
        find(kind: .double, payload: double.bitPattern, hash: mixed(double.bitPattern &+ 0x54))
    }

    /// The code here of a value of another table.
    mutating func code(of code: ValueCode, in other: ValueTable) -> ValueCode {
        if code.inlineInt != nil { return code }
        let kind = other.kind(of: code)
        switch kind {
        case .empty: return .empty
        case .false: return self.code(bool: false)
        case .true: return self.code(bool: true)
        case .int, .double:
            let payload = other.payloads[code.entry]
            return find(kind: kind, payload: payload, hash: mixed(payload &+ (kind == .int ? 0x53 : 0x54)))
        case .string, .bytes, .composite: return other.withBytes(of: code) { store(kind, $0) }
        }
    }

    /// Where the bytes of an entry stand in the table's bytes; `nil` for integers and the empty value.
    func place(of code: ValueCode) -> (offset: UInt32, count: UInt32)? {
        guard code != .empty, code.inlineInt == nil else { return nil }
        let payload = table.payloads[code.entry]
        return (UInt32(payload >> 32), UInt32(truncatingIfNeeded: payload))
    }

    private mutating func store(_ kind: ValueKind, _ raw: UnsafeRawBufferPointer) -> ValueCode {
        let hash = hashed(raw, seed: UInt64(kind.rawValue))
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash >> 32) & mask
        while slots[slot] != 0 {
            let entry = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) &- 1
            if (slots[slot] ^ hash) >> 32 == 0, holds(entry, kind, raw) {
                return ValueCode(bits: UInt32(entry))
            }
            slot = (slot &+ 1) & mask
        }
        return add(kind, raw, hash: hash)
    }

    @inline(__always) private func holds(
        _ entry: Int, _ kind: ValueKind, _ raw: UnsafeRawBufferPointer
    ) -> Bool {
        let payload = table.payloads[entry]
        guard payload & 0xFFFF_FFFF == UInt64(raw.count), table.kinds[entry] == kind.rawValue else {
            return false
        }
        return table.holds(raw, at: Int(payload >> 32))
    }

    /// Adds bytes that are not there yet, mended when they are not valid UTF-8 or too long.
    private mutating func add(_ kind: ValueKind, _ raw: UnsafeRawBufferPointer, hash: UInt64) -> ValueCode {
        if kind == .composite, raw.count > Self.maximumValueBytes {
            var text = PackedValue.decode(raw).json
            // Longer text is counted where it is cut.
            if text.utf8.count <= Self.maximumValueBytes { truncatedValues += 1 }
            return text.withUTF8 { store(.string, UnsafeRawBufferPointer($0)) }
        }
        if raw.count > Self.maximumValueBytes {
            truncatedValues += 1
            let end = kind == .string ? boundary(raw, Self.maximumValueBytes) : Self.maximumValueBytes
            return store(kind, UnsafeRawBufferPointer(rebasing: raw[..<end]))
        }
        if kind == .string, !isValidUTF8(raw) {
            invalidUTF8 += 1
            var mended = String(decoding: raw, as: UTF8.self)
            return mended.withUTF8 { store(.string, UnsafeRawBufferPointer($0)) }
        }
        guard table.bytes.count + raw.count <= Self.maximumBytes else {
            truncatedValues += 1
            return .empty
        }
        let payload = UInt64(table.bytes.count) << 32 | UInt64(raw.count)
        table.bytes.append(contentsOf: raw.bindMemory(to: UInt8.self))
        return insert(kind, payload: payload, hash: hash)
    }

    private mutating func find(kind: ValueKind, payload: UInt64, hash: UInt64) -> ValueCode {
        var slot = Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if table.kinds[entry] == kind.rawValue, table.payloads[entry] == payload {
                return ValueCode(bits: UInt32(entry))
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(kind, payload: payload, hash: hash)
    }

    private mutating func insert(_ kind: ValueKind, payload: UInt64, hash: UInt64) -> ValueCode {
        let entry = table.count
        if (entry + 1) * 2 > slots.count { grow() }
        table.kinds.append(kind.rawValue)
        table.payloads.append(payload)
        place(hash & ~0xFFFF_FFFF | UInt64(entry + 1))
        return ValueCode(bits: UInt32(entry))
    }

    private mutating func place(_ content: UInt64) {
        var slot = Int(truncatingIfNeeded: content >> 32) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = content
    }

    /// Makes room for this many entries and bytes.
    mutating func reserve(entries: Int, bytes: Int) {
        table.kinds.reserveCapacity(entries)
        table.payloads.reserveCapacity(entries)
        table.bytes.reserveCapacity(bytes)
        var wanted = slots.count
        while wanted < entries * 2 { wanted *= 2 }
        if wanted > slots.count { grow(to: wanted) }
    }

    private mutating func grow() { grow(to: slots.count * (slots.count < 1 << 16 ? 4 : 2)) }

    private mutating func grow(to count: Int) {
        let old = slots
        slots = Array(repeating: 0, count: count)
        for content in old where content != 0 { place(content) }
    }
}

private func same(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count, let left = a.baseAddress, let right = b.baseAddress else {
        return a.count == b.count
    }
    // Both have `a.count` bytes.
    return equalBytes(left, right, a.count)
}

private func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if isASCII(bytes) { return true }
    return String(validating: bytes, as: UTF8.self) != nil
}

private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var seen: UInt64 = 0
    var i = 0
    while i &+ 8 <= bytes.count {
        // Eight bytes from `i` on lie within the buffer, as was just compared.
        seen |= bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        i &+= 8
    }
    while i < bytes.count {
        seen |= UInt64(bytes[i])
        i &+= 1
    }
    return seen & 0x8080_8080_8080_8080 == 0
}

/// The last place at or before `limit` where a UTF-8 sequence does not continue.
private func boundary(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> Int {
    var end = limit
    while end > limit - 4, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return end
}
