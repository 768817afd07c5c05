#if canImport(Glibc)
    import CMalloc
#endif

/// How the process keeps memory while it reads files or receives.
///
/// Batches of spans take and give back megabytes many times a second. Without being told otherwise the C library gives
/// such pieces back to the system each time, and the system clears every page of them again: a third of the time.
package enum ReadingMemory {
    /// How much a program that goes on keeps, in bytes: what some chunks take before they are packed.
    package static let liveSpare = 128 << 20

    /// Keeps what is freed for what is taken next.
    ///
    /// To be called before the first thread is started.
    ///
    /// - Parameter spare: How many free bytes at the end of the memory are kept; all, for a program that ends when it has
    ///   read.
    package static func keep(_ spare: Int = .max) {
        #if canImport(Glibc)
            // The largest values that the library takes. One pool for all threads: a batch is taken by one and freed by
            // another, and would go back to the pool of the one that took it.
            _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
            _ = mallopt(M_TRIM_THRESHOLD, CInt(clamping: spare))
            _ = mallopt(M_TOP_PAD, 8 << 20)
            _ = mallopt(M_ARENA_MAX, 1)
        #endif
    }
}
