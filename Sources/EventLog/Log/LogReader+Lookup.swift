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

    /// Reads one record: only the chunk that holds its line is decoded.
    ///
    /// Returns nil when `offset` is not durable yet. What the call before has decoded is not
    /// decoded again. With `digest` false the digest of the record is empty, which is faster.
    package func readRecord(
        at offset: UInt64, digest: Bool = true
    ) throws(LogError) -> LogRecordRead? {
        // Before its block: what is there after it too was there in between.
        let segment = catalog.segment(for: offset)
        guard let read = try digest ? digests(at: offset) : columns(at: offset) else { return nil }
        switch read {
        case .gap(let offsets, let reason): return .gap(offsets: offsets, reason: reason)
        case .block(let block):
            let index = Int(offset - block.baseOffset)
            if let payload = block.payload {
                return .record(
                    record(index, of: block, Array(payload[block.lineRange(at: index)]), digest))
            }
            if let line = try line(at: offset, block.lineRange(at: index), in: segment) {
                return .record(record(index, of: block, line, digest))
            }
            return try readRecordWithBlock(at: offset, digest: digest)
        }
    }

    private func record(
        _ index: Int, of block: LogBlock, _ line: [UInt8], _ digest: Bool
    ) -> LogRecord {
        LogRecord(
            header: block.header(at: index),
            digest: digest ? Array(block.section[block.digestRange(at: index)]) : [], line: line)
    }

    private func readRecordWithBlock(
        at offset: UInt64, digest: Bool
    ) throws(LogError) -> LogRecordRead? {
        let segment = catalog.segment(for: offset)
        switch try read(at: offset, .all) {
        case nil: return nil
        case .gap(let offsets, let reason): return .gap(offsets: offsets, reason: reason)
        case .block(let block):
            let index = Int(offset - block.baseOffset)
            guard let payload = block.payload else { preconditionFailure("lines were asked for") }
            recent = .init(block: block, segment: segment)
            return .record(
                record(index, of: block, Array(payload[block.lineRange(at: index)]), digest))
        }
    }

    /// The line of a record; nil where only the whole block can tell.
    ///
    /// What is not a line, or begins with the offset of another record, is not believed.
    private func line(
        at offset: UInt64, _ range: Range<Int>, in segment: Segment?
    ) throws(LogError) -> [UInt8]? {
        guard let segment, catalog.segment(for: offset) === segment else { return nil }
        do throws(FileError) {
            guard case .block(let entry) = try segment.place(of: offset),
                let line = try reader.readLines(range, of: entry, in: segment),
                line.starts(with: Array("{\"offset\":\(offset),".utf8)),
                line.last == UInt8(ascii: "}")
            else { return nil }
            return line
        } catch {
            // The read of the whole block meets it again, and knows what to do.
            return nil
        }
    }
}
