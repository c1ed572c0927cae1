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
            catalog: SegmentCatalog(), ids: EventIDIndex(seed: clock.makeUUID().low),
            health: LogHealth(.reading), point: .start, report: RecoveryReport())
        opened.report.gaps = try look(opened.catalog)
        opened.report.milliseconds = clock.monotonicMilliseconds() &- start
        return opened
    }

    func refresh(_ catalog: SegmentCatalog) throws(LogError) {
        _ = try turn.withLock { _ throws(LogError) in try look(catalog) }
    }

    /// Lists the segments, keeps those that are known, and walks the newest.
    private func look(_ catalog: SegmentCatalog) throws(LogError) -> [RecoveryReport.Gap] {
        var candidates = try SegmentDirectory(directory: directory, store: store).candidates()
        var headers: [SegmentHeader] = []
        decision: while true {
            switch SegmentAdmission.decide(candidates) {
            case .log(let admitted):
                headers = admitted
                break decision
            case .unfinishedNewest: candidates.removeLast()
            case .refuse(let error): throw error
            }
        }
        let known = catalog.segments
        let segments = headers.map { header in
            known.first { $0.header == header }
                ?? Segment(
                    path: LogPaths.segment(directory, base: header.baseOffset), header: header,
                    store: store)
        }
        guard let newest = segments.last else { return [] }
        do throws(FileError) {
            for segment in segments.dropLast() {
                segment.setByteCount(try segment.readFile().size())
                // Its table may be that of a moment when it was still the newest.
                if known.last === segment { segment.forgetTable() }
            }
            let tail = try TailScan(segment: newest).scan(try newest.readFile())
            newest.setTable(tail.table, byteCount: tail.facts.end)
            var durable = tail.facts.nextOffset
            var gaps: [RecoveryReport.Gap] = []
            if case .damaged(let gap, let reason) = TailRecovery.decide(tail.facts) {
                gaps.append(.init(path: newest.path, offsets: gap, reason: reason))
                durable = gap.upperBound
            }
            catalog.replace(segments: segments, durableOffset: durable)
            return gaps
        } catch {
            throw LogError(error)
        }
    }
}
