import Synchronization

/// The event-id table as the writer and the readers share it.
///
/// Safe from any thread.
final class EventIDIndex: Sendable {
    private let table: Mutex<EventIDTable>
    /// Everything below this offset has been read into the table.
    private let indexed = Atomic<UInt64>(0)
    private let isComplete = Atomic<Bool>(false)
    /// Held by the thread that reads blocks into the table.
    private let turn = Monitor()

    init(seed: UInt64) { table = Mutex(EventIDTable(seed: seed)) }

    var count: UInt64 { UInt64(table.withLock { $0.count }) }

    /// Offsets of records that may have this key.
    func candidates(_ key: UniqueKey) -> [UInt64] {
        table.withLock { $0.candidates($0.hash(key)) }
    }

    func insert(_ key: UniqueKey, offset: UInt64) -> EventIDTable.Slot {
        table.withLock { $0.insert($0.hash(key), offset: offset) }
    }

    func undo(_ slots: [EventIDTable.Slot]) {
        table.withLock { $0.undo(slots) }
    }

    /// How far the records of before the start have been read into the table.
    var indexedOffset: UInt64 { indexed.load(ordering: .relaxed) }
    /// True when every record of before the start is in the table.
    var isReady: Bool { isComplete.load(ordering: .acquiring) }

    /// Reads the records of before the start into the table, once; the writer adds all others.
    ///
    /// Blocks, the first caller for as long as it takes, others until it is done. After an error
    /// the next caller goes on where it stopped.
    func makeReady(over catalog: SegmentCatalog) throws(LogError) {
        if isReady { return }
        catalog.note(try extend(over: catalog, with: BlockReader()))
        isComplete.store(true, ordering: .releasing)
    }

    /// Reads the id columns of all blocks that are not in the table yet.
    ///
    /// Blocks. One thread at a time does the work, the others wait for it. Returns the gaps met.
    func extend(
        over catalog: SegmentCatalog, with reader: BlockReader
    ) throws(LogError)
        -> [RecoveryReport.Gap]
    {
        try turn.withLock { () throws(LogError) in
            let start = indexed.load(ordering: .relaxed)
            let end = catalog.durableOffset
            var gaps: [RecoveryReport.Gap] = []
            var offset = max(start, catalog.segments.first?.baseOffset ?? 0)
            let walk = CatalogWalk(catalog: catalog, reader: reader)
            while offset < end {
                switch try walk.read(at: offset, below: end, payload: false) {
                case .block(let block):
                    index(block)
                    offset = block.nextOffset
                    indexed.store(offset, ordering: .relaxed)
                case .gap(let offsets, let reason):
                    let path = catalog.segment(for: offset)?.path ?? ""
                    gaps.append(.init(path: path, offsets: offsets, reason: reason))
                    offset = offsets.upperBound
                }
            }
            indexed.store(max(start, end), ordering: .relaxed)
            return gaps
        }
    }

    private func index(_ block: LogBlock) {
        table.withLock { table in
            for index in 0..<block.count where block.isUnique(at: index) {
                let hash = table.hash(block.uniqueKey(at: index))
                _ = table.insert(hash, offset: block.baseOffset + UInt64(index))
            }
        }
    }
}
