#if canImport(Glibc)
    import Glibc
#endif

/// Asks for large pages below memory that is looked at in places all over it.
enum HugePages {
    /// The size of a large page on the processors that the program runs on, in bytes.
    static let size = 2 << 20

    /// Asks for large pages where they fit into this memory, best before it is first written.
    ///
    /// Only a wish: without them everything works as well, a little slower.
    static func ask(for memory: UnsafeMutableRawBufferPointer) {
        #if canImport(Glibc)
            guard let base = memory.baseAddress else { return }
            let start = (UInt(bitPattern: base) &+ UInt(size - 1)) & ~UInt(size - 1)
            let end = (UInt(bitPattern: base) &+ UInt(memory.count)) & ~UInt(size - 1)
            // Whole pages that lie within the memory; the advice changes no byte of it.
            guard end > start, let place = UnsafeMutableRawPointer(bitPattern: start) else { return }
            _ = madvise(place, Int(end &- start), MADV_HUGEPAGE)
        #endif
    }
}
