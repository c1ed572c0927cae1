import Synchronization

extension EventLog {
    /// The next group that is committed begins a new segment, so that all that was appended before
    /// is in closed ones.
    ///
    /// Takes effect with the next append; where the newest segment is empty, nothing changes.
    package func rollSegment() { writer?.rollSegment() }

    /// Where the newest segment begins: everything below is in segments that can be rewritten.
    package var newestSegmentBase: UInt64 { catalog.segments.last?.baseOffset ?? 0 }

    /// Rewrites the closed segment that begins with `base`, with those records redacted for which
    /// `edit` has an edit.
    ///
    /// Blocks for seconds; calls wait for each other; appends and reads go on. `goesOn` is asked
    /// after every block, and `close` stops it there. On return what is redacted is gone from the segment, durably; readers that
    /// are inside the old file read on until they let go of it. Throws what the system or `edit`
    /// says: then the segment is as it was, or already the new one; calling again is right.
    package func rewriteSegment(
        base: UInt64, goesOn: () -> Bool = { true },
        _ edit: (_ block: LogBlock, _ index: Int) throws(LogError) -> RecordEdit?
    ) throws(LogError) -> SegmentRewrite {
        guard let keeper, let writer else { throw Self.readingOnly }
        let rewriter = SegmentRewriter(
            directory: directory, store: store, catalog: catalog, keeper: keeper, ids: ids,
            clock: clock, reserve: freeSpaceReserve)
        return try rewrites.withLock { () throws(LogError) in
            // What the sealer has begun would hold what is redacted.
            try writer.withoutSealing(base) { () throws(LogError) in
                try rewriter.rewrite(
                    base: base, goesOn: { !isClosing.load(ordering: .relaxed) && goesOn() }, edit)
            }
        }
    }
}

extension LogCore {
    /// As `EventLog.rollSegment`.
    package func rollSegment() { builder.rollSegment() }

    /// As `EventLog.rewriteSegment`.
    package func rewriteSegment(
        base: UInt64, goesOn: () -> Bool = { true },
        _ edit: (_ block: LogBlock, _ index: Int) throws(LogError) -> RecordEdit?
    ) throws(LogError) -> SegmentRewrite {
        guard let keeper = opened.keeper else { return .gone }
        return try SegmentRewriter(
            directory: directory, store: store, catalog: opened.catalog, keeper: keeper,
            ids: opened.ids, clock: clock, reserve: reserve
        ).rewrite(base: base, goesOn: goesOn, edit)
    }

    /// Where the segments begin, in order; the last one is open.
    package var segmentBases: [UInt64] { opened.catalog.segments.map(\.baseOffset) }
}
