/// Makes groups durable, one after the other.
///
/// One thread.
///
/// The only code that writes to segments. After an error nothing of the group counts: its bytes
/// are cut off as far as the disk allows, and `point` is where the next group continues.
final class GroupCommitter {
    private let directory: String
    private let store: any FileStore
    private let catalog: SegmentCatalog
    private let health: LogHealth
    private let options: LogOptions
    private let keeper: ManifestKeeper?
    private let ballast: Ballast

    /// What is durable.
    private(set) var point: LogPoint
    /// Grows with every failure.
    private(set) var generation: UInt64 = 0
    private(set) var failure: LogError?
    private var file: (any File)?
    private var reservedEnd: UInt64 = 0
    /// Bytes of a failed group may stand behind the last block.
    private var hasRemains = false
    private var syncFailureCount = 0
    private let headerBuffer = AlignedBuffer(byteCount: SegmentHeader.byteCount)

    /// A second failed sync means that the device is not to be trusted with another segment.
    private static let syncFailureLimit = 2

    init(directory: String, store: any FileStore, opened: OpenedLog, options: LogOptions) {
        self.directory = directory
        self.store = store
        self.options = options
        catalog = opened.catalog
        health = opened.health
        keeper = opened.keeper
        ballast = Ballast(directory: directory, store: store)
        point = opened.point
        file = opened.file
    }

    /// On return the group and all before it are durable and visible to readers.
    ///
    /// A `syncFailed` is never retried: the bytes may or may not be on the disk, the segment is
    /// left as it is from there on, and the next group begins a new one.
    func commit(_ group: BuiltGroup) throws(LogError) {
        if group.generation != generation {
            throw failure ?? LogError(.inputOutput, "An earlier group failed.")
        }
        do throws(LogError) {
            try checkHealth()
            guard let block = group.block else { return }
            if let segment = group.newSegment { try begin(segment) }
            try write(block, group)
            let segment = catalog.segments.last
            segment?.append(BlockEntry(block.header))
            segment?.keys.append(block.digests)
            point.nextOffset = block.header.nextOffset
            point.position += UInt64(block.header.byteCount)
            point.chain = block.headerChecksum
            catalog.remember(block.digests)
            catalog.advance(to: point.nextOffset)
        } catch {
            generation += 1
            failure = error
            throw error
        }
    }

    /// Takes or gives back the space kept for a full disk, as the disk is at the start.
    func settleBallast() { ballast.settle(reserve: options.freeSpaceReserveByteCount) }

    /// What nobody waits for: called after the waiters are answered.
    func tidy() {
        catalog.segments.last?.keys.sieve()
        checkpointIfDue()
    }

    /// Names the place where the log is in a manifest, when it has moved far enough: it syncs once more.
    private func checkpointIfDue() {
        if let keeper, keeper.isDue(at: point) { keeper.checkpoint(at: point) }
    }

    /// Gives reserved space back and writes a last manifest.
    ///
    /// Nothing is lost when it fails.
    func finish() {
        guard let file, !point.mustRoll else { return }
        try? file.truncate(to: point.position)
        let isSynced = (try? file.fdatasync()) != nil
        self.file = nil
        if isSynced { keeper?.checkpoint(at: point) }
    }

    private func checkHealth() throws(LogError) {
        switch health.current {
        case .writable, .reading, .closed:
            return
        case .readOnly(let error):
            throw error
        case .full(let error):
            let free = (try? store.freeSpace(directory)) ?? 0
            guard free > options.freeSpaceReserveByteCount else { throw error }
            health.set(.writable)
            ballast.take()
        }
    }

    /// Begins a segment: on return its header and its name are durable.
    private func begin(_ segment: SegmentHeader) throws(LogError) {
        precondition(segment.baseOffset == catalog.durableOffset, "a segment begins at the end")
        let path = LogPaths.segment(directory, base: segment.baseOffset)
        if !point.mustRoll, let file { try? file.truncate(to: point.position) }
        file = nil
        do throws(FileError) {
            try setAside(path, segment)
            let new = try store.open(path, .writeSegment)
            segment.encode(into: headerBuffer.bytes)
            try reserve(new, upTo: UInt64(SegmentHeader.byteCount), from: 0)
            try new.writeFully(UnsafeRawBufferPointer(headerBuffer.bytes), at: 0)
            try new.fdatasync()
            try store.fsyncDirectory(LogPaths.segments(directory))
            file = new
        } catch {
            point.mustRoll = true
            throw failed(error)
        }
        if catalog.segments.last?.baseOffset == segment.baseOffset { catalog.removeLast() }
        let shown = Segment(
            path: path, header: segment, store: store, openFiles: catalog.openFiles)
        shown.setTable(BlockTable(), byteCount: UInt64(SegmentHeader.byteCount))
        catalog.append(shown)
        point.segment = segment
        point.position = UInt64(SegmentHeader.byteCount)
        point.mustRoll = false
        hasRemains = false
    }

    /// A file of this name holds nothing durable: it is what a failed attempt has left.
    private func setAside(_ path: String, _ segment: SegmentHeader) throws(FileError) {
        let hex = String(segment.uuid.low, radix: 16)
        let name = LogPaths.name(base: segment.baseOffset)
        let target = "\(LogPaths.quarantine(directory))/\(name).before-\(hex)"
        do throws(FileError) {
            try store.rename(path, to: target)
        } catch  where error.isMissing {
            return
        }
        try store.fsyncDirectory(LogPaths.quarantine(directory))
    }

    private func write(_ block: BlockBuilder.Built, _ group: BuiltGroup) throws(LogError) {
        guard let file else {
            point.mustRoll = true
            throw LogError(.inputOutput, "There is no open segment.")
        }
        precondition(block.header.position == point.position, "blocks lie side by side")
        precondition(block.header.baseOffset == point.nextOffset, "offsets are dense")
        let bytes = UnsafeRawBufferPointer(group.buffer.bytes.part(0..<Int(block.header.byteCount)))
        do throws(FileError) {
            if hasRemains {
                try file.truncate(to: point.position)
                hasRemains = false
            }
            try reserve(file, upTo: point.position + UInt64(bytes.count), from: reservedEnd)
            try file.writeFully(bytes, at: point.position)
            group.completeWritten(durableOffset: catalog.durableOffset)
            try file.fdatasync()
        } catch {
            hasRemains = true
            if (try? file.truncate(to: point.position)) != nil { hasRemains = false }
            throw failed(error)
        }
    }

    /// Reserves space in steps, so that the length grows by whole blocks only.
    private func reserve(
        _ file: any File, upTo end: UInt64, from reserved: UInt64
    )
        throws(FileError)
    {
        reservedEnd = reserved
        guard end > reserved else { return }
        let step = max(options.allocationStepByteCount, UInt64(LogLimits.sectorByteCount))
        let target = (end + step - 1) / step * step
        try file.allocate(upTo: target)
        reservedEnd = target
    }

    /// Draws the consequences of a failed call.
    private func failed(_ error: FileError) -> LogError {
        switch error.operation {
        case .fdatasync, .fsyncDirectory:
            syncFailureCount += 1
            point.mustRoll = true
            file = nil
            let failure = LogError(
                .syncFailed, "\(error)", help: "Check the device; the system's log says more.",
                path: error.path, errno: error.errno)
            if syncFailureCount >= Self.syncFailureLimit {
                health.set(
                    .readOnly(
                        LogError(
                            .readOnly, "A sync failed for the second time: \(error)",
                            help: "Check the device, then start again.", path: error.path,
                            errno: error.errno)))
            }
            return failure
        default:
            let failure = LogError(error)
            if error.isOutOfSpace {
                health.set(.full(failure))
                ballast.release()
            }
            return failure
        }
    }
}
