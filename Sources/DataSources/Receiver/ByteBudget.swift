import Synchronization

/// A cap on bytes that many requests hold together.
///
/// Bytes are counted when they are read from a socket and again when they are inflated, each before the memory is
/// taken, so that the sum of all requests stays under the cap whatever clients send.
package final class ByteBudget: Sendable {
    /// The cap in bytes.
    package let capacity: Int
    private let used = Mutex(0)

    /// Makes a budget of this many bytes.
    package init(capacity: Int) {
        self.capacity = max(0, capacity)
    }

    /// How many bytes are held now.
    package var bytesInUse: Int { used.withLock { $0 } }

    fileprivate func take(_ bytes: Int) -> Bool {
        used.withLock {
            guard bytes <= capacity - $0 else { return false }
            $0 += bytes
            return true
        }
    }

    fileprivate func give(back bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}

/// What one request holds of a budget. It goes back when the share is dropped, at the latest.
package final class ByteShare: Sendable {
    private let budget: ByteBudget
    private let held = Mutex(0)

    /// Makes a share that holds nothing yet.
    package init(of budget: ByteBudget) {
        self.budget = budget
    }

    deinit { releaseAll() }

    /// Takes more bytes; false when the budget has no room, and then nothing is taken.
    package func grow(by bytes: Int) -> Bool {
        guard bytes > 0 else { return true }
        guard budget.take(bytes) else { return false }
        held.withLock { $0 += bytes }
        return true
    }

    /// Gives everything back.
    package func releaseAll() {
        let bytes = held.withLock { held in
            defer { held = 0 }
            return held
        }
        if bytes > 0 { budget.give(back: bytes) }
    }
}
