/// A 64-bit mix whose every input bit reaches every output bit (the SplitMix64 finaliser by Steele, Lea and Flood).
@inlinable package func mixed(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
}

/// Hashes bytes eight at a time; equal bytes and seeds give equal hashes within and across processes.
@inlinable package func hashed(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var h = seed &+ UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15
    var i = 0
    while i &+ 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
        let product = (word ^ h).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        h = product.high ^ product.low
        i &+= 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while i < bytes.count {
        rest |= UInt64(bytes[i]) << shift
        shift &+= 8
        i &+= 1
    }
    return mixed(h ^ rest)
}
