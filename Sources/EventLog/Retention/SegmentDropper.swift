/// Takes the oldest segments out of a log.
///
/// The manifest says first that they are no longer part of the log, then the files go: a crash in
/// between leaves files below the first segment of the manifest, which the next opening takes away.
struct SegmentDropper {
    let directory: String
    let store: any FileStore
    let catalog: SegmentCatalog
    let keeper: ManifestKeeper
    let ids: EventIDIndex

    /// Drops all segments but the newest whose records are all below `offset`.
    ///
    /// On return they are out of the manifest, durably, and their files are gone. One call at a
    /// time. Readers that are inside a dropped file read on.
    func drop(below offset: UInt64) throws(LogError) {
        try catalog.fileChanges.withLock { () throws(LogError) in try dropNow(below: offset) }
    }

    private func dropNow(below offset: UInt64) throws(LogError) {
        let dropped = catalog.removeSegments(below: offset)
        guard !dropped.isEmpty else { return }
        do throws(LogError) {
            try keeper.writeSegments()
        } catch {
            catalog.putBack(dropped)
            throw error
        }
        ids.forget(below: catalog.firstOffset)
        do throws(FileError) {
            for segment in dropped {
                segment.pinFile(onlyIfOpen: true)
                try store.unlink(segment.path)
            }
            try store.fsyncDirectory(LogPaths.segments(directory))
        } catch {
            throw LogError(error)
        }
    }
}
