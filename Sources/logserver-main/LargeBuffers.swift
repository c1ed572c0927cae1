import CMalloc

/// Gives the memory of large buffers back as soon as they are gone.
///
/// By itself the C library keeps ever larger ones, up to 32 MiB each, once such a one was freed: after
/// some dozen large bodies at once the process held half a gigabyte that nobody used.
enum LargeBuffers {
    /// Bytes from which on a buffer is the kernel's again when it is freed: those of the log's groups
    /// are smaller and go on being used again.
    private static let threshold: Int32 = 4 << 20

    /// Free bytes at the end of a thread's memory that it keeps, until `UnusedMemory` comes by.
    ///
    /// With the 128 KiB of the C library the body of each batch was given back and asked for again: a third of a page
    /// fault, about 1 us, for each event of a batch of 100.
    private static let keptByteCount: Int32 = 4 << 20

    /// To be called before there are threads.
    static func giveBack() {
        // A threshold that is set no longer moves.
        _ = mallopt(M_MMAP_THRESHOLD, threshold)
        _ = mallopt(M_TRIM_THRESHOLD, keptByteCount)
    }
}
