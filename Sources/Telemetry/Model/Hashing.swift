/// A 64-bit mix whose every input bit reaches every output bit (the SplitMix64 finaliser by Steele, Lea and Flood).
@inlinable package func mixed(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
}

/// Folds the 128-bit product of two words into one.
@inlinable @inline(__always) func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}

/// Hashes bytes sixteen at a time; equal bytes and seeds give equal hashes within and across processes.
@inlinable package func hashed(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    let count = bytes.count
    var h = seed &+ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    guard let start = bytes.baseAddress, count > 0 else { return mixed(h) }
    var i = 0
    while count &- i > 16 {
        // More than 16 bytes are left, so both loads lie within them.
        let a = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: i, as: UInt64.self))
        let b = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: i &+ 8, as: UInt64.self))
        h = folded(a ^ 0xE703_7ED1_A0B4_28DB ^ h, b ^ 0x8EBC_6AF0_9C88_C6E3)
        i &+= 16
    }
    let (a, b) = tail(start + i, count &- i)
    return mixed(h ^ folded(a ^ 0xA076_1D64_78BD_642F, b ^ h ^ 0xE703_7ED1_A0B4_28DB))
}

/// One to sixteen bytes as two words; bytes of one length are equal exactly where the words are.
@inlinable @inline(__always) func tail(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
    // Every load begins within the `count` bytes and, by the comparison before it, ends within them.
    if count >= 8 {
        let first = start.loadUnaligned(as: UInt64.self)
        let last = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        return (UInt64(littleEndian: first), UInt64(littleEndian: last))
    }
    if count >= 4 {
        let first = start.loadUnaligned(as: UInt32.self)
        let last = start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        return (UInt64(UInt32(littleEndian: first)), UInt64(UInt32(littleEndian: last)))
    }
    let first = UInt64(start.load(as: UInt8.self))
    let middle = UInt64(start.load(fromByteOffset: count >> 1, as: UInt8.self))
    let last = UInt64(start.load(fromByteOffset: count &- 1, as: UInt8.self))
    return (first | middle << 8 | last << 16, 0)
}

/// Whether the same bytes stand at two places, both of which must have `count` readable bytes.
@inlinable @inline(__always) package func equalBytes(
    _ a: UnsafeRawPointer,
    _ b: UnsafeRawPointer,
    _ count: Int
) -> Bool {
    if count < 16 {
        if count <= 0 { return true }
        let left = tail(a, count)
        let right = tail(b, count)
        return (left.0 ^ right.0) | (left.1 ^ right.1) == 0
    }
    // Sixteen bytes at a time, and the last sixteen once more where some of them were compared already: every load
    // begins at or behind the beginning, and ends at or before the end.
    var i = 0
    while i &+ 16 < count {
        if !equalSixteen(a + i, b + i) { return false }
        i &+= 16
    }
    return equalSixteen(a + (count &- 16), b + (count &- 16))
}

/// Whether the same sixteen bytes stand at two places.
@inlinable @inline(__always) func equalSixteen(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Bool {
    a.loadUnaligned(as: UInt128.self) == b.loadUnaligned(as: UInt128.self)
}

/// Copies bytes between places that do not overlap, both of which must have `count` bytes: for a few dozen.
@inline(__always) func copyFew(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
    guard count >= 16 else { return target.copyMemory(from: source, byteCount: count) }
    // The last sixteen may be partly copied twice; every step lies between the beginning and the end.
    var i = 0
    while i &+ 16 < count {
        target.storeBytes(
            of: source.loadUnaligned(fromByteOffset: i, as: UInt128.self), toByteOffset: i, as: UInt128.self)
        i &+= 16
    }
    let last = count &- 16
    target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: last, as: UInt128.self), toByteOffset: last, as: UInt128.self)
}
