extension LogReader {
    /// Reads one record: only the chunk that holds its line is decoded.
    ///
    /// Returns nil when `offset` is not durable yet. What the call before has decoded is not
    /// decoded again. With `digest` false the digest of the record is empty, which is faster.
    package func readRecord(
        at offset: UInt64, digest: Bool = true
    ) throws(LogError) -> LogRecordRead? {
        switch try find(offset, digest: digest) {
        case .read(let read): return read
        case .placed(let found):
            if let line = reader.readLine(at: found.place) { return .record(found.record(line)) }
            return try readRecordWithBlock(at: offset, digest: digest)
        }
    }

    /// Reads many records, each as `readRecord` does without its digest; those of one block had best be
    /// neighbours, the newest first.
    ///
    /// Another thread reads half of them, where one is free: unpacking is what takes the time.
    package func readRecords(at offsets: [UInt64]) throws(LogError) -> [LogRecordRead?] {
        var answers = [LogRecordRead?](repeating: nil, count: offsets.count)
        var placed: [(index: Int, found: FoundRecord)] = []
        for (index, offset) in offsets.enumerated() {
            switch try find(offset, digest: false) {
            case .read(let read): answers[index] = read
            case .placed(let found): placed.append((index, found))
            }
        }
        let places = placed.map(\.found.place)
        let lines =
            helper?.readLines(at: places, with: reader) ?? places.map { reader.readLine(at: $0) }
        for ((index, found), line) in zip(placed, lines) {
            if let line {
                answers[index] = .record(found.record(line))
            } else {
                answers[index] = try readRecordWithBlock(at: offsets[index], digest: false)
            }
        }
        return answers
    }

    /// A record but for its line.
    private struct FoundRecord {
        var header: RecordHeader
        var digest: [UInt8]
        var place: LinePlace

        func record(_ line: [UInt8]) -> LogRecord {
            LogRecord(header: header, digest: digest, line: line)
        }
    }

    private enum Found {
        case read(LogRecordRead?)
        case placed(FoundRecord)
    }

    private func find(_ offset: UInt64, digest: Bool) throws(LogError) -> Found {
        // Before its block: what is there after it too was there in between.
        let segment = catalog.segment(for: offset)
        guard let read = try digest ? digests(at: offset) : columns(at: offset) else {
            return .read(nil)
        }
        switch read {
        case .gap(let offsets, let reason): return .read(.gap(offsets: offsets, reason: reason))
        case .block(let block):
            let index = Int(offset - block.baseOffset)
            let range = block.lineRange(at: index)
            if let payload = block.payload {
                return .read(.record(record(index, of: block, Array(payload[range]), digest)))
            }
            // Where it is not found the read of the whole block meets that again, and knows what to do.
            guard let segment, catalog.segment(for: offset) === segment,
                case .block(let entry)? = try? segment.place(of: offset)
            else { return .read(try readRecordWithBlock(at: offset, digest: digest)) }
            let record = record(index, of: block, [], digest)
            return .placed(
                FoundRecord(
                    header: record.header, digest: record.digest,
                    place: LinePlace(
                        offset: offset, segment: segment, entry: entry, range: range,
                        chunks: knownChunks(at: offset, of: segment))))
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
}
