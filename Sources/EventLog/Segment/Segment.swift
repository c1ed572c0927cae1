import Synchronization

/// One segment file as readers see it: its header, its block table, a handle to read with.
///
/// Safe from any thread. The table of a segment is loaded by a walk over its block headers when
/// it is needed first, and what lies before the place where opening began to walk in the same
/// way; the writer adds the blocks it commits.
final class Segment: Sendable {
    let path: String
    let header: SegmentHeader
    let seed: SegmentSeed
    /// What is known of its records' keys, as long as it is not sealed.
    let keys: KeyColumns
    private let store: any FileStore
    private let openFiles: OpenFiles
    private let state: Mutex<State>

    fileprivate struct State {
        var table: BlockTable?
        /// The table holds only what lies behind this place.
        var start: BlockTable.Start?
        /// Kept open, since the name is about to stand for another file, or none.
        var pinnedFile: (any File)?
        var byteCount: UInt64
        /// Where the next segment begins, once there is one.
        var offsetLimit: UInt64?
        /// Of a sealed segment, once it has been read; `.some(nil)`: it is damaged.
        var trailer: SealedTrailer??
    }

    /// `openFiles` belongs to the log, and keeps the handles of all its segments.
    init(
        path: String, header: SegmentHeader, store: any FileStore, openFiles: OpenFiles,
        byteCount: UInt64 = 0
    ) {
        self.path = path
        self.header = header
        self.store = store
        self.openFiles = openFiles
        seed = SegmentSeed(header.uuid)
        keys = KeyColumns(baseOffset: header.baseOffset)
        state = Mutex(State(byteCount: byteCount))
    }

    deinit { openFiles.forget(self) }

    var baseOffset: UInt64 { header.baseOffset }
    /// Bytes up to the end of the last block.
    var byteCount: UInt64 { state.withLock { $0.byteCount } }
    var offsetLimit: UInt64? { state.withLock { $0.offsetLimit } }

    /// The next segment begins at `limit`: blocks at or above it do not count.
    func seal(at limit: UInt64) { state.withLock { $0.offsetLimit = limit } }

    /// Sets the table that a walk from `start` (nil: the first block) has found, with the length
    /// of what it holds.
    func setTable(_ table: BlockTable, from start: BlockTable.Start? = nil, byteCount: UInt64) {
        state.withLock {
            $0.table = table
            $0.start = start
            $0.byteCount = byteCount
        }
    }

    func setByteCount(_ byteCount: UInt64) { state.withLock { $0.byteCount = byteCount } }

    /// The table is loaded again when it is needed next.
    func forgetTable() {
        state.withLock {
            $0.table = nil
            $0.start = nil
        }
    }

    /// Adds a block that has become durable.
    ///
    /// Called by the writer only.
    func append(_ entry: BlockEntry) {
        state.withLock {
            if $0.table == nil { $0.table = BlockTable() }
            $0.table?.append(entry)
            $0.byteCount = entry.end
        }
    }

    /// The handle that readers share; opened when it is needed and not open.
    func readFile() throws(FileError) -> any File {
        if let file = openFiles.file(of: self) { return file }
        if let file = state.withLock({ $0.pinnedFile }) { return file }
        let file = try open()
        guard try isThis(file) else {
            throw FileError(operation: .open, path: path, errno: FileError.replaced)
        }
        return openFiles.keep(file, of: self)
    }

    /// Where the process may open no more files, those of other segments are let go of first.
    private func open() throws(FileError) -> any File {
        do throws(FileError) {
            return try store.open(path, .read)
        } catch  where error.isOutOfHandles && openFiles.forgetAll() {
            return try store.open(path, .read)
        }
    }

    /// Keeps the handle for those who are still reading: called before the name stands for another
    /// file, or none.
    ///
    /// Where it is not open it is opened, as far as the process may; those who find none get an
    /// error. Segments that are dropped may be many, and a reader of one meets a gap soon anyway:
    /// `onlyIfOpen`.
    func pinFile(onlyIfOpen: Bool = false) {
        let file = onlyIfOpen ? openFiles.file(of: self) : try? readFile()
        state.withLock { $0.pinnedFile = file }
    }

    /// False when the file has been sealed since its header was read, as beside a reader another
    /// process does it.
    private func isThis(_ file: any File) throws(FileError) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SegmentHeader.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.readFully(into: buffer, at: 0)
        let bytes = UnsafeRawBufferPointer(buffer.part(0..<count))
        guard case .valid(let found) = SegmentHeader.decode(bytes) else { return true }
        return found.uuid == header.uuid || !found.isForm(of: header)
    }

    /// The footer of a sealed segment; nil: there is none, or its trailer is damaged.
    func footer() throws(FileError) -> SegmentFooter? {
        guard header.isSealed else { return nil }
        if let known = state.withLock({ $0.trailer }) {
            guard let trailer = known else { return nil }
            return SegmentFooter(trailer: trailer, file: try readFile(), header: header)
        }
        let file = try readFile()
        let footer = try SegmentFooter.read(file, header)
        state.withLock { $0.trailer = .some(footer?.trailer) }
        return footer
    }

    /// Whether it was sealed in a hurry; a trailer that was read before is not read again, and its
    /// file not opened.
    func isLoose() throws(FileError) -> Bool {
        if let known = state.withLock({ $0.trailer }) { return known?.packing == .loose }
        return try footer()?.trailer.packing == .loose
    }

    /// True when a sealed segment was found to have no footer that can be used.
    var isFooterDamaged: Bool {
        header.isSealed
            && state.withLock { state in
                if case .some(.none) = state.trailer { true } else { false }
            }
    }

    /// A part of the footer does not check out: none of it is used any more.
    func forgetFooter() { state.withLock { $0.trailer = .some(nil) } }

    /// Where the table says `offset` is.
    func place(of offset: UInt64) throws(FileError) -> BlockTable.Place {
        if let place = state.withLock({ $0.place(of: offset) }) { return place }
        try loadTable()
        return state.withLock { $0.place(of: offset) } ?? .hole(lower: nil, upper: nil)
    }

    /// The last block; nil: there is none.
    func lastEntry() throws(FileError) -> BlockEntry? {
        if let last = state.withLock({ $0.table?.last }) { return last }
        try loadTable()
        return state.withLock { $0.table?.last }
    }

    /// Takes the table out of the footer of a sealed segment; false: there is none to be had.
    private func loadFooterTable() throws(FileError) -> Bool {
        guard let footer = try footer() else { return false }
        guard let zones = try footer.zones() else {
            forgetFooter()
            return false
        }
        var table = BlockTable()
        for zone in zones { table.append(zone.entry) }
        state.withLock { state in
            guard state.start == nil, state.table == nil else { return }
            state.table = table
        }
        return true
    }

    /// Loads the whole table of a closed segment, or what the newest one's lacks at its start.
    private func loadTable() throws(FileError) {
        if try loadFooterTable() { return }
        let start = state.withLock { $0.start }
        let scan = SegmentScan(
            file: try readFile(), seed: seed,
            offsetLimit: start?.offset ?? min(offsetLimit ?? .max, header.offsetEnd),
            positionLimit: start?.position)
        var table = BlockTable()
        try scan.forEachHeader(
            from: UInt64(SegmentHeader.byteCount), expecting: baseOffset
        ) { header, _ in
            table.append(BlockEntry(header))
        }
        state.withLock { state in
            guard state.start == start else { return }
            if let start, let rest = state.table {
                for entry in rest.entries where entry.position >= start.position {
                    table.append(entry)
                }
                state.table = table
                state.start = nil
            } else if state.table == nil {
                state.table = table
            }
        }
    }
}

extension Segment.State {
    /// Nil when the part of the table that would hold `offset` is not loaded.
    fileprivate func place(of offset: UInt64) -> BlockTable.Place? {
        if let start, offset < start.offset { return nil }
        return table?.place(of: offset)
    }
}
