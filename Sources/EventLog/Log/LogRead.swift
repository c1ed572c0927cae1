/// What a read at an offset found.
package enum LogRead: Sendable {
    /// The block that holds the offset; everything handed out has been checked.
    case block(LogBlock)
    /// The records of these offsets are damaged or missing.
    ///
    /// Reading goes on at the upper bound.
    case gap(offsets: Range<UInt64>, reason: GapReason)
}

/// Why records cannot be read.
package enum GapReason: String, Hashable, Sendable {
    /// The header of the block is damaged or missing.
    case blockHeader
    /// The digest section is damaged: ids, keys and digests are gone, lines may be intact.
    case digestSection
    /// The payload is damaged: only a read without payload gives the records.
    case payload
    /// The segment ends before the next one begins.
    case missingBytes
    /// The header of the segment is damaged, and no manifest tells its identity.
    case segmentHeader
    /// The file of the segment is not there.
    case missingSegment
    /// The records were dropped, by age or size.
    case dropped
    /// The file in the place of the segment is another one.
    case foreignSegment

    /// True when there is no segment to look into.
    var isWholeSegment: Bool {
        switch self {
        case .segmentHeader, .missingSegment, .foreignSegment, .dropped: true
        case .blockHeader, .digestSection, .payload, .missingBytes: false
        }
    }
}
