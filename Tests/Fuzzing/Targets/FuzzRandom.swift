/// Numbers that look random and are the same in every run (SplitMix64).
package struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    /// Starts with a seed.
    package init(seed: UInt64) { state = seed }

    /// Starts with bytes, so that what is chosen for an input belongs to that input.
    init(_ bytes: UnsafeRawBufferPointer) {
        // FNV-1a
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes.suffix(256) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state = hash ^ UInt64(bytes.count)
    }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below a bound, which must be above zero.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
