extension LogReader {
    /// The offset of the durable record that was appended as unique with this key.
    ///
    /// In a log open for writing it waits until the ids of before the start are known. Where
    /// another process writes, the digests of what is not sealed are read for every call.
    package func find(_ key: UniqueKey) throws(LogError) -> UInt64? {
        do throws(LogError) {
            return try findOnce(key)
        } catch {
            try lookAgain(after: error)
            return try findOnce(key)
        }
    }

    private func findOnce(_ key: UniqueKey) throws(LogError) -> UInt64? {
        guard let ids else { return try findInAllSegments(key) }
        try ids.makeReady(over: catalog)
        let end = catalog.durableOffset
        let candidates = ids.candidates(key)
        for offset in candidates.offsets where offset < end {
            if try isRecord(at: offset, key) { return offset }
        }
        for base in try sealedBases(candidates, ids, key) {
            switch try offset(of: key, inSealedSegmentAt: base) {
            case .found(let offset): return offset
            case .absent: continue
            case .unknown(let segment):
                if let offset = try scan(segment, for: key) { return offset }
            }
        }
        return nil
    }

    /// The sealed segments that have to be asked for a key, newest first.
    func sealedBases(
        _ candidates: EventIDIndex.Candidates, _ ids: EventIDIndex, _ key: UniqueKey
    ) throws(LogError) -> [UInt64] {
        var bases = candidates.sealedBases
        for group in candidates.groups {
            let answer: IDGroup.Answer
            do throws(FileError) {
                answer = try group.look(
                    for: KeyHash.hash(key, seed: group.head.keySeed), pages)
            } catch {
                throw LogError(error)
            }
            if case .absent = answer { continue }
            bases += group.head.members.reversed().map(\.offsets.lowerBound)
                .filter { !candidates.exempt.contains($0) }
            if case .damaged = answer { try ids.dissolve(group, over: catalog) }
        }
        return bases
    }

    private func findInAllSegments(_ key: UniqueKey) throws(LogError) -> UInt64? {
        for segment in catalog.segments.reversed() {
            switch try offset(of: key, inSealedSegmentAt: segment.baseOffset) {
            case .found(let offset): return offset
            case .absent: continue
            case .unknown(let segment):
                if let offset = try scan(segment, for: key) { return offset }
            }
        }
        return nil
    }

    /// What the index of a sealed segment says of a key.
    enum IndexAnswer {
        case found(UInt64)
        case absent
        /// The segment has no index, or a damaged one, which is not asked again.
        case unknown(Segment)
    }

    /// Asks the index of the segment that begins at `base`; what it names is compared with the
    /// real id.
    func offset(
        of key: UniqueKey, inSealedSegmentAt base: UInt64
    ) throws(LogError) -> IndexAnswer {
        guard base >= catalog.firstOffset, let segment = catalog.segment(for: base),
            segment.baseOffset == base
        else { return .absent }
        guard
            let offsets = try idCandidates(key, in: segment)
        else { return .unknown(segment) }
        for offset in offsets where try isRecord(at: offset, key) { return .found(offset) }
        return .absent
    }

    /// What the id table names, where the filter does not say that there is nothing; nil: there is
    /// no table, or it is damaged.
    private func idCandidates(
        _ key: UniqueKey, in segment: Segment
    ) throws(LogError) -> [UInt64]? {
        do throws(FileError) {
            guard let footer = try segment.footer() else { return nil }
            let hash = KeyHash.hash(key, seed: footer.trailer.keySeed)
            guard try footer.mayHold(id: hash, pages) else { return [] }
        } catch {
            throw LogError(error)
        }
        return try candidates(
            in: segment, .id, below: .max, limit: Self.sameHashLimit,
            hash: { KeyHash.hash(key, seed: $0) })
    }

    /// Ids of a segment with one hash of 43 bits: two are rare, and nobody can make them.
    private static let sameHashLimit = 64

    /// Reads the digests of a segment, newest first.
    private func scan(_ segment: Segment, for key: UniqueKey) throws(LogError) -> UInt64? {
        var end = min(segment.offsetLimit ?? .max, catalog.durableOffset)
        while end > segment.baseOffset {
            switch try readBlock(containing: end - 1, payload: false) {
            case nil: return nil
            case .gap(let offsets, _): end = offsets.lowerBound
            case .block(let block):
                for index in 0..<Int(end - block.baseOffset)
                where block.isUnique(at: index) && block.uniqueKey(at: index) == key {
                    return block.baseOffset + UInt64(index)
                }
                end = block.baseOffset
            }
        }
        return nil
    }
}
