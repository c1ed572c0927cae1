/// What an owner of a log may choose; the defaults are those of `LogLimits`.
package struct LogOptions: Sendable {
    /// Bytes after which a new segment is started.
    package var segmentByteLimit = LogLimits.segmentByteLimit
    /// Age in microseconds after which the next group starts a new segment.
    package var segmentAgeMicroseconds = LogLimits.segmentAgeMicroseconds
    /// Bytes that may wait in front of the builder before appends are refused.
    package var queueByteLimit = LogLimits.queueByteLimit
    /// Records that may wait in front of the builder before appends are refused.
    package var queueRecordLimit = LogLimits.queueRecordLimit
    /// Bytes by which space is reserved ahead of the end of the open segment.
    package var allocationStepByteCount = LogLimits.allocationStepByteCount
    /// Free bytes above which a log that found the disk full takes records again.
    package var freeSpaceReserveByteCount = LogLimits.freeSpaceReserveByteCount
    /// Milliseconds between two looks at the free space while the disk is full.
    package var diskFullRetryMilliseconds = LogLimits.diskFullRetryMilliseconds

    /// Sealed segments whose ids get a filter of their own, in a file.
    package var idGroupSegmentCount = LogLimits.idGroupSegmentCount

    /// Closed segments are sealed in the background.
    package var sealsSegments = true

    package init() {}
}
