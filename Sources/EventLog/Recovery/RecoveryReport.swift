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

    /// Something about the files that takes no record away, and that somebody should look at.
    package struct Notice: Hashable, Sendable {
        /// What it is.
        package enum Kind: String, Hashable, Sendable {
            /// A copy of the manifest is damaged, perhaps by a crash while it was written; it is
            /// made again.
            case manifest
            /// The header of a segment is damaged; the manifest has its identity.
            case segmentHeader
            /// A file among the segments that is not part of the log; it is left alone.
            case strayFile
            /// The footer of a sealed segment is damaged; its records are read without it.
            case footer
        }

        package var kind: Kind
        package var path: String
    }

    package var gaps: [Gap] = []
    package var notices: [Notice] = []
    package var cuts: [Cut] = []
    /// Segment files a crash left before their header was whole; moved to quarantine.
    package var unfinishedSegments: [String] = []
    /// Records whose ids were read into the event-id table.
    package var indexedRecordCount: UInt64 = 0
    /// How long opening took.
    package var milliseconds: UInt64 = 0

    package init() {}

    /// True when nothing was damaged, cut or out of place.
    package var isClean: Bool {
        gaps.isEmpty && cuts.isEmpty && unfinishedSegments.isEmpty && notices.isEmpty
    }
}
