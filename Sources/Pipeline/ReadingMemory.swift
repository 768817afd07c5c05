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
    private static let liveSpare: CInt = 128 << 20

    /// Gives all threads one pool of memory. A batch is taken by one thread and freed by another, and would go back to the
    /// pool of the one that took it.
    ///
    /// To be called at the very beginning: every thread that takes memory before it keeps a pool of its own.
    package static func shareOnePool() {
        #if canImport(Glibc)
            _ = mallopt(M_ARENA_MAX, 1)
        #endif
    }

    /// Keeps some of what is freed for what is taken next, in a program that goes on.
    package static func keepSome() {
        #if canImport(Glibc)
            setLimits(trim: liveSpare, step: 8 << 20)
        #endif
    }

    /// Keeps all that is freed for what is taken next, in a program that ends when it has read.
    package static func keepAll() {
        #if canImport(Glibc)
            setLimits(trim: .max, step: 64 << 20)
            HugePages.beginHeap()
            // The heap grows by a first step here, and by others while chunks are made. A pair of `malloc` and `free`
            // would be left out as useless.
            var piece: UnsafeMutableRawPointer?
            if posix_memalign(&piece, 64, 1 << 20) == 0 { free(piece) }
            HugePages.askForHeap()
        #endif
    }

    #if canImport(Glibc)
        /// - Parameters:
        ///   - trim: How many free bytes at the end of the memory are kept.
        ///   - step: By how many bytes the heap grows at a time; none of them is there before it is used.
        private static func setLimits(trim: CInt, step: CInt) {
            // The largest value that the library takes.
            _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
            _ = mallopt(M_TRIM_THRESHOLD, trim)
            _ = mallopt(M_TOP_PAD, step)
        }
    #endif
}
