import Glibc

/// A log that has been opened: what the writer and the readers start from.
struct OpenedLog: Sendable {
    var catalog: SegmentCatalog
    var ids: EventIDIndex
    var health: LogHealth
    var point: LogPoint
    /// The newest segment, opened for writing; nil when the next group begins a new one.
    var file: (any File)?
    var report: RecoveryReport
    /// Nil when the log is open for reading only.
    var keeper: ManifestKeeper?
    /// Kept as long as the log is open for writing.
    var lock: (any FileLock)?
}

/// Opens a directory for writing: takes the lock, reads what is there, acts on the decisions of
/// `SegmentAdmission` and `TailRecovery`.
///
/// Blocks. With a manifest it reads names and lengths, and the blocks behind the last checkpoint:
/// what it takes does not grow with the bytes of the log.
struct LogRecovery {
    let directory: String
    let store: any FileStore
    let clock: LogClock

    func open() throws(LogError) -> OpenedLog {
        let start = clock.monotonicMilliseconds()
        let lock = try prepareDirectory()
        let found = try loadManifest()
        var report = RecoveryReport()
        report.notices = found.damagedPaths.map { .init(kind: .manifest, path: $0) }
        let admission = try admitSegments(found.manifest, &report)
        // Nothing depends on their going: what stays is tried again at the next opening.
        for path in admission.dropped { try? store.unlink(path) }
        let catalog = SegmentCatalog()
        let segments = admission.admitted.map {
            Segment(
                path: $0.path, header: $0.header, store: store, openFiles: catalog.openFiles,
                byteCount: $0.byteCount)
        }
        var opened = OpenedLog(
            catalog: catalog,
            ids: EventIDIndex(
                seed: clock.makeUUID().low,
                files: IDGroupFiles(directory: directory, store: store, clock: clock)),
            health: LogHealth(.writable), point: .start, report: report,
            keeper: ManifestKeeper(
                directory: directory, store: store, catalog: catalog, clock: clock, found: found),
            lock: lock)
        catalog.replace(segments: segments, durableOffset: 0)
        catalog.miss(admission.lost)
        try reportCutShort(admission.admitted, segments, &opened.report)
        if let newest = segments.last {
            let checkpoint = found.manifest?.checkpoint
            try recoverTail(
                of: newest,
                checkpoint?.segmentBase == newest.baseOffset ? checkpoint : nil, &opened)
        }
        catalog.advance(to: opened.point.nextOffset)
        catalog.setGaps(opened.report.gaps)
        noteManifest(found.manifest, opened)
        opened.report.milliseconds = clock.monotonicMilliseconds() &- start
        return opened
    }

    private func loadManifest() throws(LogError) -> ManifestFiles.Found {
        let found: ManifestFiles.Found
        do throws(FileError) {
            found = try ManifestFiles(directory: directory, store: store).load()
        } catch {
            throw LogError(error)
        }
        if let path = found.newerPath {
            throw LogError(
                .newerFormat,
                "The manifest needs a reader of format \(found.newerVersion); this one is of "
                    + "format \(Manifest.formatVersion).",
                help: "Start the newer version of the program again.", path: path)
        }
        return found
    }

    /// The manifest says what was found, so that what could not be proven so far is from now on.
    private func noteManifest(_ known: Manifest?, _ opened: OpenedLog) {
        let isNews =
            known?.checkpoint.offset != opened.point.nextOffset || !opened.report.isClean
            || known?.entries.map(\.header) != opened.catalog.segments.map(\.header)
        if isNews { opened.keeper?.checkpoint(at: opened.point) }
    }

    /// Makes the directories and takes the lock.
    private func prepareDirectory() throws(LogError) -> any FileLock {
        let attempt: LockAttempt
        do throws(FileError) {
            try store.createDirectory(directory)
            let path = LogPaths.lock(directory)
            attempt = try store.lock(path, owner: "pid \(getpid())\n")
        } catch {
            throw LogError(error)
        }
        guard case .held(let lock) = attempt else {
            guard case .taken(let owner) = attempt else { preconditionFailure("two answers") }
            let name = owner.split(separator: "\n").first.map(String.init) ?? "unknown"
            throw LogError(
                .locked, "The log is open for writing elsewhere (\(name)).",
                help: "Stop that process first; what only reads the log may go on beside it.",
                path: LogPaths.lock(directory))
        }
        do throws(FileError) {
            try store.createDirectory(LogPaths.segments(directory))
            try store.createDirectory(LogPaths.quarantine(directory))
            try store.createDirectory(LogPaths.index(directory))
            try store.fsyncDirectory(directory)
            try deleteUnfinishedSeals()
        } catch {
            throw LogError(error)
        }
        return lock
    }

    /// What a sealer was writing when its process ended: the segment itself is still there.
    private func deleteUnfinishedSeals() throws(FileError) {
        let folder = LogPaths.segments(directory)
        for name in try store.list(folder) where name.hasSuffix(LogPaths.sealingSuffix) {
            try? store.unlink(folder + "/" + name)
        }
    }

    /// The files that are the log, after unfinished ones are set aside.
    private func admitSegments(
        _ manifest: Manifest?, _ report: inout RecoveryReport
    ) throws(LogError) -> SegmentAdmission {
        var candidates = try SegmentDirectory(directory: directory, store: store)
            .candidates(manifest)
        while true {
            switch SegmentAdmission.decide(candidates, manifest) {
            case .log(let admission):
                report.gaps += admission.gaps
                report.notices += admission.notices
                return admission
            case .refuse(let error):
                throw error
            case .unfinishedNewest:
                let path = candidates.removeLast().path
                do throws(FileError) {
                    let quarantine = Quarantine(directory: directory, store: store)
                    report.unfinishedSegments.append(try quarantine.move(path))
                } catch {
                    throw LogError(error)
                }
            }
        }
    }

    /// Closed segments that have lost their end are walked, so that the report has the offsets.
    private func reportCutShort(
        _ admitted: [SegmentAdmission.Admitted], _ segments: [Segment],
        _ report: inout RecoveryReport
    ) throws(LogError) {
        for (file, segment) in zip(admitted, segments) where file.isCutShort {
            guard let limit = segment.offsetLimit else { continue }
            do throws(FileError) {
                let end = try segment.lastEntry()?.nextOffset ?? segment.baseOffset
                guard end < limit else { continue }
                report.gaps.append(
                    .init(path: segment.path, offsets: end..<limit, reason: .missingBytes))
            } catch {
                throw LogError(error)
            }
        }
    }

    /// Walks the newest segment, decides, acts, and sets the point where the log goes on.
    private func recoverTail(
        of segment: Segment, _ checkpoint: Manifest.Checkpoint?, _ opened: inout OpenedLog
    ) throws(LogError) {
        do throws(FileError) {
            let file = try store.open(segment.path, .writeSegment)
            let tail = try TailScan(segment: segment, checkpoint: checkpoint).scan(file)
            segment.setTable(tail.table, from: tail.start, byteCount: tail.facts.end)
            opened.point = LogPoint(
                nextOffset: tail.facts.nextOffset, position: tail.facts.end, chain: tail.chain,
                segment: segment.header, mustRoll: segment.header.isSealed)
            switch TailRecovery.decide(tail.facts) {
            case .intact:
                break
            case .tornTail(let end, let byteCount):
                try cut(file, at: end, byteCount, &opened)
            case .damaged(let gap, let reason):
                opened.point.nextOffset = gap.upperBound
                opened.point.mustRoll = true
                opened.report.gaps.append(
                    .init(path: segment.path, offsets: gap, reason: reason))
            }
            if !opened.point.mustRoll {
                // Blocks below a checkpoint were synced before it was written.
                if tail.unproven != nil || tail.start == nil {
                    try makeDurable(tail.unproven, file)
                }
                opened.file = file
            }
        } catch {
            throw LogError(error)
        }
    }

    /// Cuts a torn tail after its bytes are safe in quarantine; where they cannot be kept (a full
    /// disk), the bytes stay and the log goes on in a new segment.
    private func cut(
        _ file: any File, at end: UInt64, _ byteCount: UInt64, _ opened: inout OpenedLog
    ) throws(FileError) {
        let kept: String
        do throws(FileError) {
            kept = try Quarantine(directory: directory, store: store)
                .keep(try store.open(file.path, .read), from: end)
        } catch  where error.isOutOfSpace {
            opened.point.mustRoll = true
            return
        }
        try file.truncate(to: end)
        try file.fdatasync()
        opened.report.cuts.append(
            .init(path: file.path, position: end, byteCount: byteCount, quarantinePath: kept))
    }

    /// The last block, or the header of a new segment, was perhaps never synced, and a sync that
    /// failed before may have left it in the page cache only, marked clean: it is written again,
    /// then synced.
    ///
    /// Past the cache what was read is what the disk holds, and a sync is enough. The name of the
    /// file was perhaps never synced either.
    private func makeDurable(_ unproven: BlockEntry?, _ file: any File) throws(FileError) {
        if !file.bypassesCache {
            let position = unproven?.position ?? 0
            let buffer = AlignedBuffer(
                byteCount: unproven.map { Int($0.byteCount) } ?? SegmentHeader.byteCount)
            let count = try file.readFully(into: buffer.bytes, at: position)
            try file.writeFully(
                UnsafeRawBufferPointer(buffer.bytes.part(0..<count)), at: position)
        }
        try file.fdatasync()
        try store.fsyncDirectory(LogPaths.segments(directory))
    }
}
