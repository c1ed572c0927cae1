extension LogReader {
    /// The newest offsets below `end`, newest first, of the records whose key is `value`.
    ///
    /// A sealed segment is asked by its index, others by the columns in memory, and what those
    /// name is compared with the real key; where there is neither, digest sections are read.
    /// Damaged blocks are passed over.
    package func offsets(
        of kind: IndexKeyKind, value: UInt64, below end: UInt64, limit: Int
    ) throws(LogError) -> [UInt64] {
        var found: [UInt64] = []
        var end = min(end, catalog.durableOffset)
        for segment in catalog.segments.reversed()
        where segment.baseOffset < end && found.count < limit {
            let base = segment.baseOffset
            let left = limit - found.count
            let indexed = try indexedOffsets(of: kind, value, in: segment, below: end, limit: left)
            if let indexed {
                found += indexed
            } else {
                found += try unindexedOffsets(
                    of: kind, value, in: segment, below: end, limit: left)
            }
            end = base
        }
        return found
    }

    /// The same of one segment without an index.
    private func unindexedOffsets(
        of kind: IndexKeyKind, _ value: UInt64, in segment: Segment, below end: UInt64, limit: Int
    ) throws(LogError) -> [UInt64] {
        let base = segment.baseOffset
        let known = max(base, min(end, segment.keys.end))
        var found = try scanBackwards(
            below: end, downTo: known, where: kind, equals: value, limit: limit)
        var end = known
        while found.count < limit {
            let wanted = limit - found.count
            let candidates = segment.keys.candidates(kind, value, in: base..<end, limit: wanted)
            for offset in candidates where try has(value, kind, at: offset) {
                found.append(offset)
            }
            guard candidates.count == wanted, let last = candidates.last else { break }
            end = last
        }
        return found
    }

    /// The same of one sealed segment; nil: it has no index, or a damaged one.
    private func indexedOffsets(
        of kind: IndexKeyKind, _ value: UInt64, in segment: Segment, below end: UInt64, limit: Int
    ) throws(LogError) -> [UInt64]? {
        // Records without a key are not in the index.
        guard value != 0 else { return nil }
        var found: [UInt64] = []
        var end = end
        while found.count < limit {
            let wanted = limit - found.count
            guard
                let candidates = try candidates(
                    in: segment, FooterTable(kind), below: end, limit: wanted,
                    hash: { KeyHash.hash(value, seed: $0) })
            else { return nil }
            for offset in candidates where try has(value, kind, at: offset) {
                found.append(offset)
            }
            guard candidates.count == wanted, let last = candidates.last else { break }
            end = last
        }
        return found
    }

    /// What a table of the footer names; nil where it is damaged: from then on none of it is used.
    func candidates(
        in segment: Segment, _ table: FooterTable, below end: UInt64, limit: Int,
        hash: (UInt64) -> UInt64
    ) throws(LogError) -> [UInt64]? {
        do throws(FileError) {
            guard let footer = try segment.footer() else { return nil }
            let found = try footer.candidates(
                in: table, hash(footer.trailer.keySeed),
                below: min(end, footer.trailer.nextOffset), limit: limit, pages)
            if found == nil { segment.forgetFooter() }
            return found
        } catch {
            throw LogError(error)
        }
    }

    private func has(
        _ value: UInt64, _ kind: IndexKeyKind, at offset: UInt64
    ) throws(LogError) -> Bool {
        guard case .block(let block)? = try columns(at: offset) else { return false }
        return block.key(kind, at: Int(offset - block.baseOffset)) == value
    }

    /// The block that holds `offset`, without lines, for those who ask for records one by one.
    ///
    /// As `readBlock`, and the block of the call before is not read again.
    package func readDigests(at offset: UInt64) throws(LogError) -> LogRead? {
        try digests(at: offset)
    }

    /// What is known of a record without its digest and its line, which is the fastest to read;
    /// nil where it cannot be read or is not durable yet.
    package func readHeader(at offset: UInt64) throws(LogError) -> RecordHeader? {
        guard case .block(let block)? = try columns(at: offset) else { return nil }
        return block.header(at: Int(offset - block.baseOffset))
    }
}
