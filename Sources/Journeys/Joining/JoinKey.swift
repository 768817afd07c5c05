/// A value of the attribute that joins the steps of a journey, in one environment.
///
/// Only a hash of 128 bits is kept, so a value of a megabyte takes no more room than a short one. The hash is keyed anew
/// in every run of the program: nobody can choose values that meet. Nothing that is shown depends on it.
struct JoinKey: Sendable, Hashable {
    /// The number of the environment.
    let environment: Int
    private let high: Int
    private let low: Int

    /// Makes the key of a value's text.
    init(environment: Int, text: String) {
        self.environment = environment
        var text = text
        (high, low) = text.withUTF8 { bytes in
            var one = Hasher()
            one.combine(1)
            one.combine(bytes: UnsafeRawBufferPointer(bytes))
            var other = Hasher()
            other.combine(2)
            other.combine(bytes: UnsafeRawBufferPointer(bytes))
            return (one.finalize(), other.finalize())
        }
    }

    /// The parts are hashes already, so few of their bits are enough.
    func hash(into hasher: inout Hasher) {
        hasher.combine(low)
    }
}
