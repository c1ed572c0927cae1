private import CSQLite

/// How SQLite keeps account of its memory: not at all.
///
/// To count it, SQLite takes one lock of the whole process for each piece of memory, and Debian's takes
/// some for each row (it has no lookaside memory): views that write wait for each other and for readers,
/// and all of them for a thread that the kernel has interrupted there.
package enum SQLiteMemory {
    /// Has to come before the first use of SQLite in the process, and does nothing behind it; any thread.
    package static func countNone() { _ = once }

    private static let once = sqlite_count_no_memory()
}
