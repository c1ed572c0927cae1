/// Reads the log, a block at a time. Make one for each thread that reads: it is not safe to share.
///
/// All calls block on file reads. Only durable records are ever seen.
package final class LogReader {
    init() {}

    /// Reads the block that holds `offset`.
    ///
    /// Returns nil when `offset` is not durable yet. With `payload` false only the digest section
    /// is read and checked. Damage is answered with the range of offsets it takes away; an error
    /// is thrown only when the system call failed.
    package func readBlock(containing offset: UInt64, payload: Bool) throws(LogError) -> LogRead? {
        fatalError("not yet")
    }

    /// The newest offsets, newest first, of the records in `bound..<end` whose key is `value`.
    ///
    /// Reads digest sections only, from the newest block down, and stops at `limit`.
    /// Damaged blocks are passed over.
    package func scanBackwards(
        below end: UInt64, downTo bound: UInt64 = 0, where kind: IndexKeyKind, equals value: UInt64,
        limit: Int
    ) throws(LogError) -> [UInt64] {
        fatalError("not yet")
    }

    /// The offset of the durable record that was appended as unique with this project and id.
    package func find(project: UInt32, id: RecordID) throws(LogError) -> UInt64? {
        fatalError("not yet")
    }
}
