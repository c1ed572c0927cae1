/// Reads the log, a block at a time.
///
/// Make one for each thread that reads: it is not safe to share. All calls block on file reads.
/// Only durable records are ever seen.
package final class LogReader {
    let catalog: SegmentCatalog
    /// Nil where another process writes the log.
    let ids: EventIDIndex?
    /// Of a log that another process writes: looks again for what it has done to the files.
    private let observer: LogObserver?
    let reader = BlockReader()
    let pages = PageBuffer()
    /// The block read last for lookups, which tend to come in runs.
    var recent: FoundBlock?
    /// Of the blocks read last perhaps without their digests: the newest records of a key are looked at
    /// first and read then.
    private var recentColumns = FoundBlocks()
    /// Who else reads lines when many are asked for; nil: nobody.
    ///
    /// Weak: it lends readers itself.
    private(set) weak var helper: LogReaders?

    init(
        catalog: SegmentCatalog, ids: EventIDIndex?, observer: LogObserver? = nil,
        helper: LogReaders? = nil
    ) {
        self.observer = observer
        self.catalog = catalog
        self.ids = ids
        self.helper = helper
    }

    /// Lets go of all that was read, and of its segments; buffers stay.
    package func forget() {
        recent = nil
        recentColumns.removeAll()
        reader.forget()
    }

    /// Reads the block that holds `offset`.
    ///
    /// Returns nil when `offset` is not durable yet. With `payload` false only the digest section
    /// is read and checked. Damage is answered with the range of offsets it takes away; an error
    /// is thrown only when the system call failed.
    package func readBlock(containing offset: UInt64, payload: Bool) throws(LogError) -> LogRead? {
        try read(at: offset, payload ? .all : .digests)
    }

    /// The same for any part of the block.
    func read(at offset: UInt64, _ part: BlockReader.Part) throws(LogError) -> LogRead? {
        let end = catalog.durableOffset
        guard offset < end else { return nil }
        let first = catalog.firstOffset
        if offset < first { return .gap(offsets: 0..<first, reason: .dropped) }
        if part != .all, let block = catalog.recentBlock(containing: offset) {
            return .block(block)
        }
        let walk = CatalogWalk(catalog: catalog, reader: reader)
        do throws(LogError) {
            return try walk.read(at: offset, below: end, part)
        } catch {
            try lookAgain(after: error)
            return try walk.read(at: offset, below: end, part)
        }
    }

    /// Throws the error again, unless it says that the process that writes the log has sealed a
    /// segment meanwhile: then its files are looked up again.
    func lookAgain(after error: LogError) throws(LogError) {
        guard error.errno == FileError.replaced, let observer else { throw error }
        try observer.refresh(catalog)
    }

    /// The newest offsets, newest first, of the records in `bound..<end` whose key is `value`.
    ///
    /// Reads digest sections only, from the newest block down, and stops at `limit`.
    /// Damaged blocks are passed over.
    package func scanBackwards(
        below end: UInt64, downTo bound: UInt64 = 0, where kind: IndexKeyKind, equals value: UInt64,
        limit: Int
    ) throws(LogError) -> [UInt64] {
        var found: [UInt64] = []
        var end = min(end, catalog.durableOffset)
        while end > bound && found.count < limit {
            guard let read = try readBlock(containing: end - 1, payload: false) else { break }
            switch read {
            case .gap(let offsets, _):
                end = offsets.lowerBound
            case .block(let block):
                let last = Int(end - 1 - block.baseOffset)
                let first = bound > block.baseOffset ? Int(bound - block.baseOffset) : 0
                for index in stride(from: last, through: first, by: -1)
                where block.key(kind, at: index) == value {
                    found.append(block.baseOffset + UInt64(index))
                    if found.count == limit { return found }
                }
                end = block.baseOffset
            }
        }
        return found
    }

    /// True when the durable record at `offset` has this key.
    ///
    /// Damage is no match.
    func isRecord(at offset: UInt64, _ key: UniqueKey) throws(LogError) -> Bool {
        guard offset >= catalog.firstOffset else { return false }
        guard case .block(let block)? = try columns(at: offset) else { return false }
        return block.uniqueKey(at: Int(offset - block.baseOffset)) == key
    }

    /// The header fields of the block that holds `offset`: those of the lookup before, or read.
    ///
    /// The digests may be missing.
    func columns(at offset: UInt64) throws(LogError) -> LogRead? {
        let segment = catalog.segment(for: offset)
        if let recent, recent.holds(offset, of: segment) { return .block(recent.block) }
        if let found = recentColumns.block(at: offset, of: segment) { return .block(found.block) }
        let read = try read(at: offset, .columns)
        if case .block(let block)? = read {
            recentColumns.insert(
                .init(block: block, segment: segment, chunks: reader.lastTable))
        }
        return read
    }

    /// The digest section that holds `offset`: that of the lookup before, or read.
    func digests(at offset: UInt64) throws(LogError) -> LogRead? {
        let segment = catalog.segment(for: offset)
        if let recent, recent.holds(offset, of: segment) { return .block(recent.block) }
        let read = try read(at: offset, .digests)
        if case .block(let block)? = read {
            recent = .init(block: block, segment: segment, chunks: reader.lastTable)
        }
        return read
    }

    /// The chunks of the block that holds `offset`, where they are known from the look at its columns.
    func knownChunks(at offset: UInt64, of segment: Segment?) -> BlockReader.ChunkTable? {
        if let recent, recent.holds(offset, of: segment) { return recent.chunks }
        return recentColumns.block(at: offset, of: segment)?.chunks
    }
}
