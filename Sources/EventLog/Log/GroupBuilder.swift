/// Turns batches into groups: gives offsets, finds duplicates, builds the block.
///
/// One thread.
///
/// Knows nothing of files but what it reads to compare an id. What it has built may still fail:
/// `rollback` then takes back everything since the point that is durable.
final class GroupBuilder {
    private let catalog: SegmentCatalog
    private let ids: EventIDIndex
    private let reader: LogReader
    private let rotation: Rotation
    private let clock: LogClock

    private let block = BlockBuilder()
    private var point: LogPoint
    private var generation: UInt64 = 0
    private var batches: [PendingBatch] = []
    private var inFlight = InFlightRecords()
    /// The next block begins a new segment.
    private var mustRoll = false
    /// The group takes no more; it has to be sealed.
    private(set) var isFull = false

    init(
        point: LogPoint, catalog: SegmentCatalog, ids: EventIDIndex, options: LogOptions,
        clock: LogClock
    ) {
        self.point = point
        self.catalog = catalog
        self.ids = ids
        self.clock = clock
        reader = LogReader(catalog: catalog, ids: ids)
        rotation = Rotation(
            byteLimit: options.segmentByteLimit,
            ageLimitMicroseconds: options.segmentAgeMicroseconds)
    }

    /// True when there is something to seal.
    var hasGroup: Bool { block.recordCount > 0 || !batches.isEmpty }

    /// Batches that the group completes so far.
    var batchCount: Int { batches.count }

    /// Plain bytes of the group so far.
    var byteCount: Int { block.byteCount }

    /// The offset that the next new record gets.
    var nextOffset: UInt64 { point.nextOffset + UInt64(block.recordCount) }

    /// Takes records of `batch` until it is taken or the group is full, and says how many.
    ///
    /// Throws when an id could not be compared because a read failed: the batch has failed then,
    /// though records of it that were taken before go to the disk with the group.
    func take(_ batch: PendingBatch) throws(LogError) -> Int {
        try ids.makeReady(over: catalog)
        if !hasGroup { inFlight.forget(below: catalog.durableOffset) }
        let start = batch.outcomes.count
        while !batch.isTaken {
            let record = batch.records[batch.outcomes.count]
            if record.isDeduplicated, let offset = try findDuplicate(of: record) {
                batch.outcomes.append(.duplicate(offset: offset))
                continue
            }
            guard nextOffset <= LogLimits.offsetLimit else { throw Self.usedUp }
            guard block.hasRoom(for: record) else {
                isFull = true
                return batch.outcomes.count - start
            }
            batch.outcomes.append(.appended(offset: add(record)))
        }
        batches.append(batch)
        return batch.outcomes.count - start
    }

    private static let usedUp = LogError(
        .readOnly, "The log has given its last offset, 2^40.",
        help: "Begin a new log in another directory.")

    /// Reads the ids of the records of before the start, so that the first batch need not wait.
    ///
    /// After an error the first batch tries again.
    func makeReady() { try? ids.makeReady(over: catalog) }

    /// The next block begins a new segment, unless the one that is open has none yet.
    func rollSegment() { mustRoll = true }

    /// Does what can be done before the group is sealed.
    func prepare() { block.compressWholeChunks() }

    /// Ends the group and builds its block into `buffer`.
    func seal(into buffer: AlignedBuffer) -> BuiltGroup {
        var group = BuiltGroup(
            generation: generation, newSegment: nil, block: nil, buffer: buffer, batches: batches)
        batches = []
        isFull = false
        guard block.recordCount > 0 else { return group }
        let now = clock.now()
        let isRollWanted = mustRoll && point.position > UInt64(SegmentHeader.byteCount)
        mustRoll = false
        if rotation.isDue(at: point, now: now) || isRollWanted {
            let segment = Rotation.nextSegment(at: point, uuid: clock.makeUUID(), now: now)
            group.newSegment = segment
            point.segment = segment
            point.position = UInt64(SegmentHeader.byteCount)
            point.mustRoll = false
        }
        guard let segment = point.segment else { preconditionFailure("a group needs a segment") }
        let built = block.finish(
            .init(
                seed: SegmentSeed(segment.uuid), position: point.position, chain: point.chain,
                durableOffset: catalog.durableOffset),
            into: buffer.bytes)
        point.nextOffset = built.header.nextOffset
        point.position += UInt64(built.header.byteCount)
        point.chain = built.headerChecksum
        group.block = built
        return group
    }

    /// Goes back to what is durable, after a failure; returns the batches that fail with it.
    ///
    /// Groups that are built and not yet committed fail by their generation.
    func rollback(to point: LogPoint, generation: UInt64) -> [PendingBatch] {
        self.point = point
        self.generation = generation
        block.reset()
        isFull = false
        ids.undo(inFlight.removeSlots(from: point.nextOffset))
        let failed = batches
        batches = []
        return failed
    }

    private func add(_ record: NewRecord) -> UInt64 {
        let offset = nextOffset
        var slot: EventIDTable.Slot?
        if record.isDeduplicated {
            slot = ids.insert(record.uniqueKey, offset: offset)
        }
        inFlight.append(offset, record.uniqueKey, slot)
        block.add(record, offset: offset)
        return offset
    }

    /// The offset of the same record in the log or in flight.
    ///
    /// A block that is damaged proves nothing: then the record is taken, since one too many can
    /// be told apart later and one too few cannot.
    private func findDuplicate(of record: NewRecord) throws(LogError) -> UInt64? {
        let key = record.uniqueKey
        let candidates = ids.candidates(key)
        for offset in candidates.offsets {
            if let isSame = inFlight.isRecord(at: offset, key) {
                if isSame { return offset }
            } else if try reader.isRecord(at: offset, key) {
                return offset
            }
        }
        for base in try reader.sealedBases(candidates, ids, key) {
            switch try reader.offset(of: key, inSealedSegmentAt: base) {
            case .found(let offset):
                return offset
            case .absent:
                continue
            case .unknown(let segment):
                try ids.readAgain(segment, over: catalog)
                return try findDuplicate(of: record)
            }
        }
        return nil
    }
}

/// The records that have an offset and are perhaps not durable yet.
private struct InFlightRecords {
    private var baseOffset: UInt64 = 0
    private var records: [UniqueKey] = []
    private var slots: [(offset: UInt64, slot: EventIDTable.Slot)] = []

    mutating func append(
        _ offset: UInt64, _ key: UniqueKey, _ slot: EventIDTable.Slot?
    ) {
        if records.isEmpty { baseOffset = offset }
        precondition(offset == baseOffset + UInt64(records.count), "offsets are dense")
        records.append(key)
        if let slot { slots.append((offset, slot)) }
    }

    /// Whether the record at `offset` is this one; nil when it is not in flight.
    func isRecord(at offset: UInt64, _ key: UniqueKey) -> Bool? {
        guard offset >= baseOffset, offset - baseOffset < UInt64(records.count) else { return nil }
        return records[Int(offset - baseOffset)] == key
    }

    /// Forgets what has become durable.
    mutating func forget(below durable: UInt64) {
        guard durable > baseOffset, !records.isEmpty else { return }
        let count = min(Int(durable - baseOffset), records.count)
        records.removeFirst(count)
        baseOffset += UInt64(count)
        let slotCount = slots.prefix { $0.offset < durable }.count
        slots.removeFirst(slotCount)
    }

    /// Forgets the records from `offset` on and returns their places in the table, in order.
    mutating func removeSlots(from offset: UInt64) -> [EventIDTable.Slot] {
        let kept = slots.prefix { $0.offset < offset }.count
        let removed = slots[kept...].map(\.slot)
        slots.removeSubrange(kept...)
        if offset <= baseOffset {
            records.removeAll(keepingCapacity: true)
        } else {
            records.removeLast(records.count - min(records.count, Int(offset - baseOffset)))
        }
        return removed
    }
}
