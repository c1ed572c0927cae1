import Synchronization

/// Where the records appended as unique are.
///
/// Of sealed segments a filter says that most ids are not there, and the tables of their footers
/// have the rest; the filters of the newest are in memory, those of others in files, a group of
/// segments each. Of all other segments every id is in memory. Safe from any thread.
final class EventIDIndex: Sendable {
    /// Where a key may be.
    struct Candidates {
        /// Offsets of records whose segment is not sealed.
        var offsets: [UInt64] = []
        /// Base offsets of sealed segments that have to be asked, newest first.
        var sealedBases: [UInt64] = []
        /// Groups of older segments, newest first.
        var groups: [IDGroup] = []
        /// Base offsets of segments of groups that need not be asked: their ids are in memory.
        var exempt: Set<UInt64> = []
    }

    fileprivate struct State: ~Copyable {
        var table = EventIDTable()
        /// In the order of their offsets.
        var sealed: [SealedIDs] = []
        /// The same.
        var groups: [IDGroup] = []
        /// Base offsets of sealed segments whose indexes are damaged: their ids are in the table.
        var damaged: Set<UInt64> = []
    }

    private let state = Mutex(State())
    /// Makes the places of ids in memory unforeseeable to who sends them.
    private let seed: UInt64
    /// Everything below this offset is known.
    private let indexed = Atomic<UInt64>(0)
    private let isComplete = Atomic<Bool>(false)
    /// Held by the thread that reads what was there before the start.
    private let turn = Monitor()
    /// Nil where another process writes the log.
    private let files: IDGroupFiles?

    init(seed: UInt64, files: IDGroupFiles?) {
        self.seed = seed
        self.files = files
    }

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
            found.groups = state.groups.reversed()
            found.exempt = state.damaged
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
    /// Of sealed segments these are filters, of others their digests. Blocks, the first caller
    /// for as long as it takes, others until it is done. After an error the next caller goes on
    /// where it stopped.
    func makeReady(over catalog: SegmentCatalog) throws(LogError) {
        if isReady { return }
        try turn.withLock { () throws(LogError) in
            if isReady { return }
            let reader = BlockReader()
            try loadGroups(over: catalog)
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
        // A segment that was rewritten has the ids that it had.
        if isGrouped(segment) {
            state.withLock { $0.releaseSealed() }
            return true
        }
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
                state.damaged.insert(segment.baseOffset)
            }
        }
    }

    /// Records below `offset` were dropped.
    func forget(below offset: UInt64) {
        let groups = state.withLock { state in
            state.sealed.removeAll { $0.offsets.upperBound <= offset }
            state.damaged = state.damaged.filter { $0 >= offset }
            state.table.release { $0.upperBound < offset }
            return state.removeGroups {
                $0.head.members.allSatisfy { $0.offsets.upperBound <= offset }
            }
        }
        for group in groups { files?.remove(group) }
    }

    // MARK: groups

    /// Puts the filters of the oldest sealed segments into a file, when there are enough of them.
    ///
    /// Blocks for the time of reading their id tables. Where it fails, they stay in memory.
    func mergeFilters(over catalog: SegmentCatalog, segmentCount: Int) {
        guard let files, isReady else { return }
        let bases = state.withLock { $0.nextGroup(segmentCount) }
        let segments = bases.compactMap { base in
            catalog.segment(for: base).flatMap { $0.baseOffset == base ? $0 : nil }
        }
        guard !bases.isEmpty, segments.count == bases.count,
            let made = try? files.make(of: segments)
        else { return }
        state.withLock { state in
            state.groups.append(made)
            state.groups.sort { $0.firstOffset < $1.firstOffset }
            state.sealed.removeAll { ids in bases.contains(ids.offsets.lowerBound) }
        }
    }

    /// A group is damaged: its segments' filters are read into memory.
    func dissolve(_ group: IDGroup, over catalog: SegmentCatalog) throws(LogError) {
        try turn.withLock { () throws(LogError) in
            let isKnown = state.withLock { !$0.removeGroups { $0 === group }.isEmpty }
            guard isKnown else { return }
            for member in group.head.members {
                guard let segment = catalog.segment(for: member.offsets.lowerBound),
                    segment.baseOffset == member.offsets.lowerBound
                else { continue }
                if try !noteSealed(segment) {
                    try readBlocks(of: segment, over: catalog, BlockReader())
                }
            }
            files?.remove(group)
        }
    }

    /// Opens the groups whose segments are those of the log; others are deleted.
    private func loadGroups(over catalog: SegmentCatalog) throws(LogError) {
        guard let files else { return }
        do throws(FileError) {
            for group in try files.load() {
                if try Self.isTrue(group, in: catalog) {
                    state.withLock { state in
                        guard !state.groups.contains(where: { $0.path == group.path }) else {
                            return
                        }
                        state.groups.append(group)
                        state.groups.sort { $0.firstOffset < $1.firstOffset }
                    }
                } else {
                    files.remove(group)
                }
            }
        } catch {
            throw LogError(error)
        }
    }

    /// True when every segment of the group is in the log, or was dropped, but not all of them.
    private static func isTrue(
        _ group: IDGroup, in catalog: SegmentCatalog
    ) throws(FileError) -> Bool {
        var count = 0
        for member in group.head.members
        where member.offsets.lowerBound >= catalog.firstOffset {
            guard let segment = catalog.segment(for: member.offsets.lowerBound),
                let footer = try segment.footer(), IDGroup.Member(footer) == member
            else { return false }
            count += 1
        }
        return count > 0
    }

    private func isGrouped(_ segment: Segment) -> Bool {
        state.withLock { state in
            state.groups.contains { group in
                group.head.members.contains { $0.offsets.lowerBound == segment.baseOffset }
            }
        }
    }

    // MARK: segments that are not sealed

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
                segment.keys.sieve()
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
        let members = groups.flatMap { $0.head.members.map(\.offsets) }
        let known = (sealed.map(\.offsets) + members)
            .filter { !damaged.contains($0.lowerBound) }
            .sorted { $0.lowerBound < $1.lowerBound }
        table.release { offsets in
            var next = offsets.lowerBound
            for range in known where range.contains(next) { next = range.upperBound }
            return next > offsets.upperBound
        }
    }

    /// Takes out groups, and returns them.
    fileprivate mutating func removeGroups(_ isWanted: (IDGroup) -> Bool) -> [IDGroup] {
        let removed = groups.filter(isWanted)
        groups.removeAll { group in removed.contains { $0 === group } }
        return removed
    }

    /// The oldest segments in memory that make a group; none while they are too few.
    fileprivate func nextGroup(_ segmentCount: Int) -> [UInt64] {
        guard let first = sealed.first else { return [] }
        var idCount = 0
        var bases: [UInt64] = []
        for ids in sealed where ids.keySeed == first.keySeed {
            bases.append(ids.offsets.lowerBound)
            idCount += ids.idCount
            let isFull = idCount >= LogLimits.idGroupIDCount
            if bases.count == min(segmentCount, IDGroupHead.memberLimit) || isFull { return bases }
        }
        return []
    }
}

extension IDGroup {
    fileprivate var firstOffset: UInt64 { head.members[0].offsets.lowerBound }
}
