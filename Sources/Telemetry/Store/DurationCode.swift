/// A rough length of time in one byte: longer times have no lower codes.
///
/// Times below eight nanoseconds have codes of their own, the others share one of four codes between a power of two and
/// the next, so that a code leaves a fifth of a time open.
enum DurationCode {
    /// A code that no time has.
    static let none: UInt8 = 4

    /// The code of a time in nanoseconds.
    @inline(__always) static func code(of duration: UInt64) -> UInt8 {
        if duration < 4 { return UInt8(truncatingIfNeeded: duration) }
        let exponent = 63 &- duration.leadingZeroBitCount
        // The exponent is 2 at least and 63 at most: codes go from 8 to 255.
        return UInt8(truncatingIfNeeded: exponent << 2 | Int(truncatingIfNeeded: duration >> UInt64(exponent &- 2)) & 3)
    }

    /// The times that have a code of ``code(of:)``.
    static func durations(of code: UInt8) -> ClosedRange<UInt64> {
        if code < 4 { return UInt64(code)...UInt64(code) }
        let shift = UInt64(max(8, code) >> 2) - 2
        let first = (4 | UInt64(code & 3)) << shift
        return first...(first + (1 << shift - 1))
    }
}
