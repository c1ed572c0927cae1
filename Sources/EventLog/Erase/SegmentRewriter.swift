/// Rewrites closed segments of a running log with some of their records redacted.
///
/// The new file is the sealed form of the segment: the same offsets, ids and times. It is whole,
/// read again and synced beside the old one before it takes its name, so that a crash leaves the
/// one or the other; then the manifest is written. A segment that was sealed before is sealed
/// anew, with another identity and another length. One call at a time.
struct SegmentRewriter {
    let directory: String
    let store: any FileStore
    let catalog: SegmentCatalog
    let keeper: ManifestKeeper
    let ids: EventIDIndex
    let clock: LogClock
    let reserve: UInt64

    /// Attempts at a segment that the sealer changes at the same time: it does so once.
    private static let attemptLimit = 3
    /// A manifest cannot be written while a segment is being begun, which takes a sync or two.
    private static let manifestAttemptLimit = 100
    private static let manifestPauseMicroseconds: UInt32 = 20_000

    /// Rewrites the closed segment that begins with `base`.
    ///
    /// Blocks. On return the new file and the manifest are durable.
    func rewrite(
        base: UInt64, goesOn: () -> Bool,
        _ edit: (_ block: LogBlock, _ index: Int) throws(LogError) -> RecordEdit?
    ) throws(LogError) -> SegmentRewrite {
        for _ in 0..<Self.attemptLimit {
            let closed = catalog.segments.dropLast()
            guard let segment = closed.first(where: { $0.baseOffset == base }) else { return .gone }
            if let outcome = try attempt(segment, goesOn, edit) { return outcome }
        }
        throw LogError(
            .inputOutput, "The segment was changed while it was rewritten.", help: "Try again.",
            path: LogPaths.segment(directory, base: base))
    }

    /// Nil: the segment was replaced or dropped meanwhile.
    private func attempt(
        _ segment: Segment, _ goesOn: () -> Bool,
        _ edit: (_ block: LogBlock, _ index: Int) throws(LogError) -> RecordEdit?
    ) throws(LogError) -> SegmentRewrite? {
        let path = LogPaths.rewriting(directory, base: segment.baseOffset)
        var count = 0
        var failure: LogError?
        let written: SegmentSealer.Outcome
        do throws(FileError) {
            try checkSpace(for: segment)
            written = try SegmentSealer(store: store).write(
                segment, to: path, uuid: clock.makeUUID(), keySeed: try catalog.keySeed(clock),
                goesOn: goesOn
            ) { block in
                do throws(LogError) {
                    let new = try block.redacted { (index) throws(LogError) in
                        try edit(block, index)
                    }
                    count += new?.count ?? 0
                    return new?.block ?? block
                } catch {
                    failure = error
                    return nil
                }
            }
        } catch {
            try? store.unlink(path)
            throw LogError(error)
        }
        if let failure {
            try? store.unlink(path)
            throw failure
        }
        switch written {
        case .stopped:
            try? store.unlink(path)
            return .stopped
        case .refused:
            try? store.unlink(path)
            return .damaged
        case .written(let header, let byteCount):
            guard count > 0 else {
                try? store.unlink(path)
                return .unchanged
            }
            let new = Segment(
                path: segment.path, header: header, store: store,
                openFiles: catalog.openFiles, byteCount: byteCount)
            guard try swap(segment, for: new, from: path) else { return nil }
            try writeManifest()
            return .rewritten(recordCount: count, byteCount: byteCount)
        }
    }

    /// The old file stays until the new one is whole.
    private func checkSpace(for segment: Segment) throws(FileError) {
        let free = try store.freeSpace(directory)
        guard free > reserve, free - reserve > segment.byteCount else {
            throw FileError(operation: .freeSpace, path: directory, errno: FileError.outOfSpace)
        }
    }

    private func swap(
        _ segment: Segment, for new: Segment, from path: String
    ) throws(LogError) -> Bool {
        do throws(FileError) {
            return try catalog.fileChanges.withLock { () throws(FileError) in
                guard catalog.holds(segment) else {
                    try? store.unlink(path)
                    return false
                }
                // Whoever holds the old one has its handle.
                _ = try segment.readFile()
                segment.pinFile()
                try store.rename(path, to: segment.path)
                // Before the swap: who finds the new file finds no block of the old one.
                catalog.forgetRecentBlocks()
                catalog.swap(segment, for: new)
                // Where the filter cannot be read, what is known of the ids stays right.
                _ = try? ids.noteSealed(new)
                try store.fsyncDirectory(LogPaths.segments(directory))
                return true
            }
        } catch {
            throw LogError(error)
        }
    }

    /// The manifest tells files apart by their length: it must know this one before the next
    /// rewriting could give another the length of the first.
    private func writeManifest() throws(LogError) {
        var attempts = 0
        while true {
            do throws(LogError) {
                return try keeper.writeSegments()
            } catch {
                attempts += 1
                // A disk that refuses is not asked again here.
                guard attempts < Self.manifestAttemptLimit, error.errno == 0 else {
                    throw error
                }
                BackgroundThread.pause(microseconds: Self.manifestPauseMicroseconds)
            }
        }
    }
}

/// What became of an attempt to rewrite a segment.
package enum SegmentRewrite: Hashable, Sendable {
    /// So many records are redacted now, durably; the file has so many bytes.
    case rewritten(recordCount: Int, byteCount: UInt64)
    /// There was nothing to redact.
    case unchanged
    /// A block of it cannot be read, or its footer: nothing was changed.
    case damaged
    /// There is no closed segment that begins there.
    case gone
    /// It was told to stop; nothing was changed.
    case stopped
}
