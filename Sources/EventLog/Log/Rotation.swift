/// Decides when a new segment begins.
///
/// Pure.
struct Rotation: Sendable {
    var byteLimit: UInt64
    var ageLimitMicroseconds: Int64

    /// True when the block at `point` has to begin a new segment.
    func isDue(at point: LogPoint, now: Int64) -> Bool {
        guard let segment = point.segment, !point.mustRoll else { return true }
        if point.position <= UInt64(SegmentHeader.byteCount) { return false }
        let age = now.subtractingReportingOverflow(segment.created)
        let recordCount = point.nextOffset - segment.baseOffset
        return point.position >= byteLimit
            || recordCount + UInt64(LogLimits.groupRecordLimit) > LogLimits.segmentRecordLimit
            || (!age.overflow && age.partialValue >= ageLimitMicroseconds)
    }

    /// The header of the segment that begins at `point`.
    static func nextSegment(at point: LogPoint, uuid: SegmentUUID, now: Int64) -> SegmentHeader {
        // A segment without a durable record gives its place up to the new one.
        let takesPlace = point.segment?.baseOffset == point.nextOffset
        let previous = takesPlace ? point.segment?.previousBase : point.segment?.baseOffset
        return SegmentHeader(
            uuid: uuid, baseOffset: point.nextOffset, created: now, previousChain: point.chain,
            previousBase: previous ?? SegmentHeader.noBase)
    }
}
