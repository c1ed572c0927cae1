extension LogVerifier.Finding {
    /// What helps.
    package enum Help: Hashable, Sendable {
        /// Take it from a copy: `logctl log repair`, of these records where they are known.
        case repair(Range<UInt64>?)
        /// Opening the log for writing mends it: start the server.
        case start
        /// The file is not part of the log: move it away.
        case moveAway
    }

    /// Which of them.
    package var help: Help {
        switch kind {
        case .segmentHeader, .missingSegment, .blockHeader, .digestSection, .payload, .lines,
            .chain, .missingBytes, .footer:
            .repair(offsets)
        case .unfinishedTail, .manifest: .start
        case .strayFile: .moveAway
        }
    }
}
