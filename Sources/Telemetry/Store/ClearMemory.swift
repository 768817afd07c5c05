#if canImport(Glibc)
    import Glibc
#endif

/// Memory that is all zero at first and given back with its owner.
///
/// Much of it comes straight from the system in large pages, none of which is there before it is used: whoever makes a
/// table for millions of spans waits neither for that nor until it is cleared.
final class ClearMemory {
    /// The first byte, aligned for any number.
    let start: UnsafeMutableRawPointer
    private let byteCount: Int
    private let isMapped: Bool

    init(byteCount: Int) {
        self.byteCount = byteCount
        if let mapped = Self.map(byteCount) {
            start = mapped
            isMapped = true
        } else {
            start = .allocate(byteCount: max(1, byteCount), alignment: 16)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            isMapped = false
        }
    }

    deinit {
        #if canImport(Glibc)
            if isMapped {
                munmap(start, byteCount)
                return
            }
        #endif
        start.deallocate()
    }

    /// At least one large page from the system, which begins where a large page does; nil for less or when there is none.
    private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        #if canImport(Glibc)
            let size = HugePages.size
            guard byteCount >= size, byteCount < Int.max - size,
                let place = mmap(nil, byteCount + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                place != MAP_FAILED
            else { return nil }
            // Of one large page more than is wanted, what lies before the first whole one goes back, and the end.
            let before = (size - Int(bitPattern: place) & (size - 1)) & (size - 1)
            let first = place + before
            let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
            let end = (byteCount + pageSize - 1) & ~(pageSize - 1)
            if before > 0 { munmap(place, before) }
            if size - before > end - byteCount { munmap(first + end, byteCount + size - before - end) }
            _ = madvise(first, byteCount, MADV_HUGEPAGE)
            return first
        #else
            return nil
        #endif
    }
}
