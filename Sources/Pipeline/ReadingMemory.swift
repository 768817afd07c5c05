import Telemetry

#if canImport(Glibc)
    import CMalloc
    import Glibc
#endif

/// How the process keeps memory while it reads files or receives.
///
/// Batches of spans take and give back megabytes many times a second. Without being told otherwise the C library gives
/// such pieces back to the system each time, and the system clears every page of them again: a third of the time.
package enum ReadingMemory {
    /// How much a program that goes on keeps, in bytes: what some chunks take before they are packed.
    package static let liveSpare = 128 << 20
    /// By how much the heap grows at a time, in bytes: some dozen large pages, none of which is there before it is used.
    private static let heapStep: CInt = 64 << 20

    /// Gives all threads one pool of memory. A batch is taken by one thread and freed by another, and would go back to the
    /// pool of the one that took it.
    ///
    /// To be called at the very beginning: every thread that takes memory before it keeps a pool of its own.
    package static func shareOnePool() {
        #if canImport(Glibc)
            _ = mallopt(M_ARENA_MAX, 1)
        #endif
    }

    /// Keeps what is freed for what is taken next.
    ///
    /// - Parameter spare: How many free bytes at the end of the memory are kept; all, for a program that ends when it has
    ///   read.
    package static func keep(_ spare: Int = .max) {
        #if canImport(Glibc)
            // The largest values that the library takes.
            _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
            _ = mallopt(M_TRIM_THRESHOLD, CInt(clamping: spare))
            _ = mallopt(M_TOP_PAD, heapStep)
            // The heap grows by a step at once, and by others while chunks are made.
            HugePages.askForHeap()
            // A pair of `malloc` and `free` would be left out as useless.
            var piece: UnsafeMutableRawPointer?
            if posix_memalign(&piece, 64, 1 << 20) == 0 { free(piece) }
            HugePages.askForHeap()
        #endif
    }
}
