import Synchronization

/// Reads a log that another process may be writing: takes no lock and changes nothing.
final class LogObserver: Sendable {
    private let directory: String
    private let store: any FileStore
    /// One `refresh` at a time.
    private let turn = Mutex<Void>(())

    init(directory: String, store: any FileStore) {
        self.directory = directory
        self.store = store
    }

    func open(_ clock: LogClock) throws(LogError) -> OpenedLog {
        let start = clock.monotonicMilliseconds()
        var opened = OpenedLog(
            catalog: SegmentCatalog(), ids: EventIDIndex(seed: clock.makeUUID().low, files: nil),
            health: LogHealth(.reading), point: .start, report: RecoveryReport())
        opened.report = try lookUntilStill(opened.catalog)
        opened.report.milliseconds = clock.monotonicMilliseconds() &- start
        return opened
    }

    func refresh(_ catalog: SegmentCatalog) throws(LogError) {
        _ = try turn.withLock { _ throws(LogError) in try lookUntilStill(catalog) }
    }

    /// A segment may be sealed between two calls of one look; the writer seldom does so twice.
    private func lookUntilStill(_ catalog: SegmentCatalog) throws(LogError) -> RecoveryReport {
        for _ in 1..<Self.lookLimit {
            do throws(LogError) {
                return try look(catalog)
            } catch  where error.errno == FileError.replaced {
                continue
            }
        }
        return try look(catalog)
    }

    private static let lookLimit = 3

    /// Lists the segments, keeps those that are known, and walks the newest.
    private func look(_ catalog: SegmentCatalog) throws(LogError) -> RecoveryReport {
        var (admission, manifest) = try admit()
        // The writer drops segments after it has said so in the manifest: what seems missing may
        // have gone between the two reads.
        if !admission.gaps.isEmpty { (admission, manifest) = try admit() }
        var report = RecoveryReport()
        report.gaps = admission.gaps
        report.notices = admission.notices
        let known = catalog.segments
        let segments = admission.admitted.map { file in
            known.first { $0.header == file.header }
                ?? Segment(
                    path: file.path, header: file.header, store: store,
                    openFiles: catalog.openFiles, byteCount: file.byteCount)
        }
        defer { catalog.setGaps(report.gaps) }
        guard let newest = segments.last else { return report }
        do throws(FileError) {
            // The table of one may be that of a moment when it was still the newest.
            for segment in segments.dropLast() where known.last === segment {
                segment.forgetTable()
            }
            let checkpoint = manifest?.checkpoint
            let tail = try TailScan(
                segment: newest,
                checkpoint: checkpoint?.segmentBase == newest.baseOffset ? checkpoint : nil
            ).scan(try newest.readFile())
            newest.setTable(tail.table, from: tail.start, byteCount: tail.facts.end)
            var durable = tail.facts.nextOffset
            if case .damaged(let gap, let reason) = TailRecovery.decide(tail.facts) {
                report.gaps.append(.init(path: newest.path, offsets: gap, reason: reason))
                durable = gap.upperBound
            }
            catalog.replace(segments: segments, durableOffset: durable)
            return report
        } catch {
            throw LogError(error)
        }
    }

    private func admit() throws(LogError) -> (SegmentAdmission, Manifest?) {
        let manifest: Manifest?
        do throws(FileError) {
            manifest = try ManifestFiles(directory: directory, store: store).load().manifest
        } catch {
            throw LogError(error)
        }
        var candidates = try SegmentDirectory(directory: directory, store: store)
            .candidates(manifest)
        while true {
            switch SegmentAdmission.decide(candidates, manifest) {
            case .log(let admission): return (admission, manifest)
            case .unfinishedNewest: candidates.removeLast()
            case .refuse(let error): throw error
            }
        }
    }
}
