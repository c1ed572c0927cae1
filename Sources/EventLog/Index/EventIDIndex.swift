import Synchronization

/// Where the records appended as unique are: of sealed segments a filter in memory and the tables
/// of their footers, of all others a table in memory.
///
/// Safe from any thread.
final class EventIDIndex: Sendable {
    /// Where a key may be.
    struct Candidates {
        /// Offsets of records whose segment is not sealed.
        var offsets: [UInt64] = []
        /// Base offsets of sealed segments that have to be asked, newest first.
        var sealedBases: [UInt64] = []
    }

    fileprivate struct State: ~Copyable {
        var table = EventIDTable()
        /// In the order of their offsets.
        var sealed: [SealedIDs] = []
    }

    private let state = Mutex(State())
    /// Makes the places of ids in memory unforeseeable to who sends them.
    private let seed: UInt64
    /// Everything below this offset is known.
    private let indexed = Atomic<UInt64>(0)
    private let isComplete = Atomic<Bool>(false)
    /// Held by the thread that reads what was there before the start.
    private let turn = Monitor()

    init(seed: UInt64) { self.seed = seed }

    /// Ids in the table in memory.
    var count: UInt64 { UInt64(state.withLock { $0.table.count }) }

    /// Where a record with this key may be.
    func candidates(_ key: UniqueKey) -> Candidates {
        state.withLock { state in
            var found = Candidates()
            found.offsets = state.table.candidates(KeyHash.hash(key, seed: seed))
            var last: (seed: UInt64, hash: UInt64)?
            for ids in state.sealed.reversed() {
                // All segments that were sealed here have one seed.
                if last?.seed != ids.keySeed {
                    last = (ids.keySeed, KeyHash.hash(key, seed: ids.keySeed))
                }
                if let last, ids.mayHold(last.hash) {
                    found.sealedBases.append(ids.offsets.lowerBound)
                }
            }
            return found
        }
    }

    func insert(_ key: UniqueKey, offset: UInt64) -> EventIDTable.Slot {
        let hash = KeyHash.hash(key, seed: seed)
        return state.withLock { $0.table.insert(hash, offset: offset) }
    }

    func undo(_ slots: [EventIDTable.Slot]) {
        state.withLock { $0.table.undo(slots) }
    }

    /// How far the records of before the start are known.
    var indexedOffset: UInt64 { indexed.load(ordering: .relaxed) }
    /// True when every record of before the start is known.
    var isReady: Bool { isComplete.load(ordering: .acquiring) }

    /// Reads what was there before the start, once; the writer adds all that comes.
    ///
    /// Of a sealed segment that is its filter, of others their digests. Blocks, the first caller
    /// for as long as it takes, others until it is done. After an error the next caller goes on
    /// where it stopped.
    func makeReady(over catalog: SegmentCatalog) throws(LogError) {
        if isReady { return }
        try turn.withLock { () throws(LogError) in
            if isReady { return }
            let reader = BlockReader()
            for segment in catalog.segments where !isKnown(segment, in: catalog) {
                if try !noteSealed(segment) { try readBlocks(of: segment, over: catalog, reader) }
            }
            indexed.store(catalog.durableOffset, ordering: .relaxed)
            isComplete.store(true, ordering: .releasing)
        }
    }

    /// A segment is sealed: its ids leave the table in memory.
    ///
    /// False, and nothing has changed, when it is not, or has no filter that is whole.
    func noteSealed(_ segment: Segment) throws(LogError) -> Bool {
        guard segment.header.isSealed else { return false }
        let read: SealedIDs?
        do throws(FileError) {
            read = try SealedIDs.read(segment)
        } catch {
            throw LogError(error)
        }
        guard let read else { return false }
        state.withLock { state in
            state.sealed.removeAll { $0.offsets.lowerBound == read.offsets.lowerBound }
            let index = state.sealed.firstIndex {
                $0.offsets.lowerBound > read.offsets.lowerBound
            }
            state.sealed.insert(read, at: index ?? state.sealed.count)
            state.releaseSealed()
        }
        return true
    }

    /// The index of a sealed segment is damaged: its ids are read into the table in memory.
    ///
    /// Blocks while its digests are read.
    func readAgain(_ segment: Segment, over catalog: SegmentCatalog) throws(LogError) {
        try turn.withLock { () throws(LogError) in
            try readBlocks(of: segment, over: catalog, BlockReader())
            state.withLock { state in
                state.sealed.removeAll { $0.offsets.lowerBound == segment.baseOffset }
            }
        }
    }

    /// Records below `offset` were dropped.
    func forget(below offset: UInt64) {
        state.withLock { state in
            state.sealed.removeAll { $0.offsets.upperBound <= offset }
            state.table.release { $0.upperBound < offset }
        }
    }

    private func isKnown(_ segment: Segment, in catalog: SegmentCatalog) -> Bool {
        (segment.offsetLimit ?? catalog.durableOffset) <= indexedOffset
    }

    /// Adds the ids of a segment to the table in memory, and its keys to their columns, block by
    /// block.
    private func readBlocks(
        of segment: Segment, over catalog: SegmentCatalog, _ reader: BlockReader
    ) throws(LogError) {
        let end = min(segment.offsetLimit ?? .max, catalog.durableOffset)
        let walk = CatalogWalk(catalog: catalog, reader: reader)
        var offset = isReady ? segment.baseOffset : max(segment.baseOffset, indexedOffset)
        while offset < end {
            switch try walk.read(at: offset, below: end, .columns) {
            case .block(let block):
                add(block)
                segment.keys.append(block)
                offset = block.nextOffset
            case .gap(let offsets, _):
                offset = offsets.upperBound
            }
            if !isReady { indexed.store(offset, ordering: .relaxed) }
        }
    }

    private func add(_ block: LogBlock) {
        state.withLock { state in
            for index in 0..<block.count where block.isUnique(at: index) {
                let hash = KeyHash.hash(block.uniqueKey(at: index), seed: seed)
                _ = state.table.insert(hash, offset: block.baseOffset + UInt64(index))
            }
        }
    }
}

extension EventIDIndex.State {
    /// Levels whose offsets all lie in sealed segments go.
    fileprivate mutating func releaseSealed() {
        let known = sealed.map(\.offsets)
        table.release { offsets in
            var next = offsets.lowerBound
            for range in known where range.contains(next) { next = range.upperBound }
            return next > offsets.upperBound
        }
    }
}
