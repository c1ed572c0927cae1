import Synchronization

/// Keeps the manifest true to the log while it is written.
///
/// Safe from any thread; calls block on the disk. A manifest that cannot be written stops nothing:
/// the older one stays true, opening only takes longer.
final class ManifestKeeper: Sendable {
    private let files: ManifestFiles
    private let catalog: SegmentCatalog
    private let clock: LogClock
    private let state: Mutex<State>

    private struct State {
        var sequence: UInt64
        /// The copy that holds the newest manifest; the other one is written next.
        var index: Int
        /// The last place that a manifest, written or still to be written, names.
        var checkpoint: Manifest.Checkpoint?
        /// After a failed sync nothing is known of what the disk holds of that copy, and another
        /// sync would prove nothing: from then on the other copy, which is whole, is left alone.
        var failure: FileError?
    }

    init(
        directory: String, store: any FileStore, catalog: SegmentCatalog, clock: LogClock,
        found: ManifestFiles.Found
    ) {
        files = ManifestFiles(directory: directory, store: store)
        self.catalog = catalog
        self.clock = clock
        state = Mutex(
            State(
                sequence: found.manifest?.sequence ?? 0, index: found.index ?? 1,
                checkpoint: found.manifest?.checkpoint))
    }

    /// Why no manifest is written any more.
    var failure: FileError? { state.withLock { $0.failure } }

    /// True when `point` is far enough from the last checkpoint for a new one.
    func isDue(at point: LogPoint) -> Bool {
        state.withLock { state in
            guard let last = state.checkpoint, last.segmentBase == point.segment?.baseOffset else {
                return true
            }
            return point.position >= last.position + LogLimits.checkpointByteCount
        }
    }

    /// Writes a manifest of the log as it is at `point`, which is durable.
    ///
    /// Called by the thread that syncs. On return it is durable, or `failure` is set, or the disk
    /// was too full.
    func checkpoint(at point: LogPoint) {
        guard let segment = point.segment, !point.mustRoll else { return }
        state.withLock { state in
            state.checkpoint = .init(
                offset: point.nextOffset, segmentBase: segment.baseOffset,
                position: point.position, chain: point.chain)
            _ = write(&state)
        }
    }

    /// Writes a manifest after the list of segments has changed, where that may fail: opening
    /// finds out by itself.
    func noteSegments() { state.withLock { _ = write(&$0) } }

    /// The same where the change counts only once it is in a manifest: on return it is.
    func writeSegments() throws(LogError) {
        if let error = state.withLock({ write(&$0) }) { throw error }
    }

    /// Nil when a manifest of the log as it is is durable.
    private func write(_ state: inout State) -> LogError? {
        let segments = catalog.segments
        if let failure = state.failure { return LogError(failure) }
        guard let checkpoint = state.checkpoint,
            segments.last?.baseOffset == checkpoint.segmentBase
        else { return LogError(.inputOutput, "A segment is being begun.", help: "Try again.") }
        let there = segments.enumerated().map { index, segment in
            Manifest.Entry(
                header: segment.header,
                byteCount: index == segments.count - 1 ? 0 : segment.byteCount)
        }
        let entries = (catalog.lostEntries + there).sorted {
            $0.header.baseOffset < $1.header.baseOffset
        }
        let manifest = Manifest(
            sequence: state.sequence + 1, written: clock.now(), checkpoint: checkpoint,
            entries: entries)
        let target = (state.index + 1) % LogPaths.manifestCount
        do throws(FileError) {
            try files.write(manifest, to: target)
            state.sequence += 1
            state.index = target
            return nil
        } catch {
            if error.operation == .fdatasync || error.operation == .fsyncDirectory {
                state.failure = error
            }
            return LogError(error)
        }
    }
}
