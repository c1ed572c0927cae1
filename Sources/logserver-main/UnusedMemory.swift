import CMalloc
import EventLog
import Foundation

/// Gives back from time to time what the process has and does not need.
enum UnusedMemory {
    /// Free memory that the C library may keep: what the next seconds need again.
    private static let keptByteCount = 6 << 20
    /// Giving back takes some milliseconds, and what is needed again is asked of the kernel; in 30 s
    /// a thread that folds or seals leaves up to 35 MB lying.
    private static let trimSeconds: UInt32 = 5
    /// The program's own pages go behind the start and then every minute: what is needed all the time
    /// comes back within the next second.
    private static let programTicks = 12

    /// Starts a thread of its own for it, as long as the process lives.
    ///
    /// By itself the C library only gives back what lies at the end of a thread's memory: after half
    /// an hour at 2,500 events/s a thread that seals segments kept 39 MB of which it used 130 KB.
    static func giveBackNowAndThen() {
        BackgroundThread.start("give-back") {
            for tick in 0... {
                sleep(trimSeconds)
                if mallinfo2().fordblks > keptByteCount { malloc_trim(0) }
                if tick % programTicks == 0 { ProgramPages.giveBack() }
            }
        }
    }
}
