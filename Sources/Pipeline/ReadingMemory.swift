#if canImport(Glibc)
    import CMalloc
#endif

/// How the process keeps memory while it reads files.
///
/// Batches of spans take and give back megabytes many times a second. Without being told otherwise the C library gives
/// such pieces back to the system each time, and the system clears every page of them again: a third of the time.
package enum ReadingMemory {
    /// Keeps what is freed for what is taken next; for a program that ends when it has read.
    ///
    /// To be called before the first thread is started.
    package static func keep() {
        #if canImport(Glibc)
            // The largest values that the library takes. One pool for all threads: a batch is taken by one and freed by
            // another, and would go back to the pool of the one that took it.
            _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
            _ = mallopt(M_TRIM_THRESHOLD, CInt.max)
            _ = mallopt(M_TOP_PAD, 8 << 20)
            _ = mallopt(M_ARENA_MAX, 1)
        #endif
    }
}
