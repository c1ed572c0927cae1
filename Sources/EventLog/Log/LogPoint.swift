/// Where the log goes on: what a block must know of everything before it.
struct LogPoint: Hashable, Sendable {
    /// The offset of the next record.
    var nextOffset: UInt64
    /// Where in the open segment the next block begins.
    var position: UInt64
    /// The header checksum of the last block.
    var chain: UInt64
    /// The open segment; nil before the first one.
    var segment: SegmentHeader?
    /// The open segment must not be written to any more.
    var mustRoll: Bool

    static let start = LogPoint(
        nextOffset: 0, position: 0, chain: 0, segment: nil, mustRoll: false)
}
