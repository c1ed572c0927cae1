import CMalloc
import Foundation

/// Gives the memory of large buffers back as soon as they are gone.
///
/// By itself the C library keeps ever larger ones, up to 32 MiB each, once such a one was freed: after
/// some dozen large bodies at once the process held half a gigabyte that nobody used.
enum LargeBuffers {
    /// Bytes from which on a buffer is the kernel's again when it is freed: those of the log's groups
    /// are smaller and go on being used again.
    private static let threshold: Int32 = 4 << 20

    /// To be called before there are threads.
    static func giveBack() {
        // A threshold that is set no longer moves.
        _ = mallopt(M_MMAP_THRESHOLD, threshold)
    }

    /// Free memory that the C library may keep: what the next seconds need again.
    private static let keptByteCount = 6 << 20
    /// Giving back takes some milliseconds, and what is needed again is asked of the kernel; in 30 s
    /// a thread that folds or seals leaves up to 35 MB lying.
    private static let trimSeconds: UInt32 = 5

    /// Gives back from time to time what lies free between buffers that are in use.
    ///
    /// By itself the C library only gives back what lies at the end of a thread's memory: after half
    /// an hour at 2,500 events/s a thread that seals segments kept 39 MB of which it used 130 KB.
    /// A thread of its own, as long as the process lives.
    static func trimNowAndThen() {
        Thread.detachNewThread {
            while true {
                sleep(trimSeconds)
                if mallinfo2().fordblks > keptByteCount { malloc_trim(0) }
            }
        }
    }
}
