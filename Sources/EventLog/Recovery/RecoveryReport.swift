/// What opening a log found and did.
package struct RecoveryReport: Hashable, Sendable {
    /// Offsets that cannot be read, and why.
    package struct Gap: Hashable, Sendable {
        package var path: String
        package var offsets: Range<UInt64>
        package var reason: GapReason
    }

    /// Bytes cut off because a crash left them half written.
    package struct Cut: Hashable, Sendable {
        package var path: String
        /// Where the file ends now.
        package var position: UInt64
        package var byteCount: UInt64
        /// Where the bytes are kept.
        package var quarantinePath: String
    }

    package var gaps: [Gap] = []
    package var cuts: [Cut] = []
    /// Segment files a crash left before their header was whole; moved to quarantine.
    package var unfinishedSegments: [String] = []
    /// Records whose ids were read into the event-id table.
    package var indexedRecordCount: UInt64 = 0
    /// How long opening took.
    package var milliseconds: UInt64 = 0

    package init() {}

    /// True when nothing was damaged and nothing was cut.
    package var isClean: Bool { gaps.isEmpty && cuts.isEmpty && unfinishedSegments.isEmpty }
}
