/// Decides what to do with the end of the newest segment.
///
/// Pure: facts in, verdict out.
///
/// A crash can only leave an unfinished block at the very end, and the block before it was
/// durable before that one was begun. So bytes that are not a block are cut only when nothing
/// valid stands behind them and no record that was ever proven durable is among them;
/// everything else is damage, and damage is never cut.
package struct TailRecovery {
    /// What a walk over the segment has found.
    package struct Facts: Hashable, Sendable {
        /// Where the last intact block ends.
        package var end: UInt64
        /// The offset behind the last intact block.
        package var nextOffset: UInt64
        /// Bytes of the file behind `end`.
        package var trailingByteCount: UInt64
        /// Everything below this offset was durable, as the blocks themselves, the segment's
        /// own base offset or another witness say.
        package var knownDurableOffset: UInt64

        package init(
            end: UInt64, nextOffset: UInt64, trailingByteCount: UInt64, knownDurableOffset: UInt64
        ) {
            self.end = end
            self.nextOffset = nextOffset
            self.trailingByteCount = trailingByteCount
            self.knownDurableOffset = knownDurableOffset
        }
    }

    /// What to do.
    package enum Verdict: Hashable, Sendable {
        /// The file ends with a whole block: go on behind it.
        case intact
        /// Keep the bytes below `end`, copy the others to quarantine, cut them, go on at `end`.
        case tornTail(end: UInt64, byteCount: UInt64)
        /// Records that were durable are gone: leave the file, report the gap, go on with a new
        /// segment at the gap's upper bound.
        case damaged(gap: Range<UInt64>, reason: GapReason)
    }

    /// The verdict that follows from the facts.
    package static func decide(_ facts: Facts) -> Verdict {
        if facts.nextOffset < facts.knownDurableOffset {
            return .damaged(
                gap: facts.nextOffset..<facts.knownDurableOffset,
                reason: facts.trailingByteCount > 0 ? .blockHeader : .missingBytes)
        }
        if facts.trailingByteCount > 0 {
            return .tornTail(end: facts.end, byteCount: facts.trailingByteCount)
        }
        return .intact
    }
}
