/// How a log is, at one moment.
package struct LogStatus: Sendable {
    /// Whether the log takes records.
    package enum State: Hashable, Sendable {
        case writable
        /// Opened for reading only.
        case reading
        /// No records are taken for now; the log recovers by itself.
        case full(LogError)
        /// No records are taken until the log is opened again.
        case readOnly(LogError)
        case closed
    }

    /// Whether records are taken.
    package var state: State
    /// The first offset in the log.
    package var firstOffset: UInt64
    /// The offset that the next record taken will get, counting those on their way to the disk.
    package var nextOffset: UInt64
    /// Everything below this offset is on disk.
    package var durableOffset: UInt64
    /// How many segments there are.
    package var segmentCount: Int
    /// The bytes of all segments.
    package var byteCount: UInt64
    /// Records waiting in front of the builder.
    package var queuedRecordCount: Int
    /// Bytes waiting in front of the builder.
    package var queuedByteCount: Int
    /// False while the ids of the records of before the start are read: appends wait for that.
    package var isIndexed: Bool
    /// How far they are read.
    package var indexedOffset: UInt64
    /// Why no manifest is written any more; the log goes on, opening it takes longer.
    package var manifestFailure: LogError?
    /// Segments that are sealed.
    package var sealedSegmentCount: Int
    /// Why segments are not sealed for now; it is tried again.
    package var sealFailure: LogError?
    /// What opening the log, and reading it since, found.
    package var recovery: RecoveryReport
}
