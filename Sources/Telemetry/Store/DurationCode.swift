/// A rough length of time in two bytes: longer times have no lower codes.
///
/// Times below 1,024 nanoseconds have codes of their own, the others share one of 1,024 codes between a power of two and
/// the next, so that a code leaves a thousandth of a time open and hardly any times have the code of a given one.
enum DurationCode {
    /// A code that no time has.
    static let none = UInt16.max

    /// Binary digits after the first that a code keeps.
    private static let digits = 10

    /// The code of a time in nanoseconds.
    @inline(__always) static func code(of duration: UInt64) -> UInt16 {
        let length = 64 &- duration.leadingZeroBitCount
        // Nothing is cut off up to eleven digits; of 64 digits 53 are, and the code is below 56,320.
        let cut = max(0, length &- digits &- 1)
        return UInt16(truncatingIfNeeded: cut << digits &+ Int(truncatingIfNeeded: duration >> UInt64(cut)))
    }

    /// The times that have a code of ``code(of:)``.
    static func durations(of code: UInt16) -> ClosedRange<UInt64> {
        let code = UInt64(code)
        if code < 2 << UInt64(digits) { return code...code }
        let cut = code >> UInt64(digits) - 1
        let first = (code - cut << UInt64(digits)) << cut
        return first...(first + (1 << cut - 1))
    }
}
