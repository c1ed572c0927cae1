extension BlockReader {
    /// The chunks that a block lists.
    struct ChunkTable: Sendable {
        /// Seed of the block, which no other block has.
        var seed: UInt64
        var chunks: [ChunkEntry]
    }

    /// Some of the lines of a block: of a sealed segment only the chunks that hold them are read and
    /// decoded, each under its own checksum; of another the frame is read, and they are decoded.
    ///
    /// `range` counts plain bytes; `table` is that of a block looked at before, perhaps of this one. Nil
    /// where something does not check out: then a read of the whole block says what.
    func readLines(
        _ range: Range<Int>, of entry: BlockEntry, in segment: Segment, _ table: ChunkTable? = nil
    ) throws(FileError) -> [UInt8]? {
        let file = try segment.readFile()
        guard segment.header.isSealed else {
            return try readLinesOfFrame(range, of: entry, file, segment.seed)
        }
        let seed = segment.seed.at(entry.position)
        var known = [table, lastTable].first { $0?.seed == seed } ?? nil
        if known == nil {
            known = try readChunkTable(entry, file, segment.seed)
                .map { .init(seed: seed, chunks: $0) }
            lastTable = known
        }
        guard let chunks = known?.chunks else { return nil }
        var lines: [UInt8] = []
        lines.reserveCapacity(range.count)
        var position = entry.position + UInt64(entry.prefixByteCount)
        position += UInt64(FrameStyle.headerByteCount)
        var start = 0
        for chunk in chunks {
            let end = start + chunk.plainByteCount
            if start < range.upperBound && end > range.lowerBound {
                let wanted = range.clamped(to: start..<end)
                guard position + 4 + UInt64(chunk.byteCount) <= entry.end,
                    let plain = try readChunk(
                        chunk, upTo: wanted.upperBound - start, at: position + 4, file, seed)
                else { return nil }
                lines += plain[wanted.lowerBound - start..<wanted.upperBound - start]
            }
            start = end
            position += UInt64(4 + chunk.byteCount)
        }
        return lines.count == range.count ? lines : nil
    }

    /// Reads what comes before the LZ4 frame, and checks it.
    private func readChunkTable(
        _ entry: BlockEntry, _ file: any File, _ seed: SegmentSeed
    ) throws(FileError) -> [ChunkEntry]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(entry.prefixByteCount), alignment: 16)
        defer { buffer.deallocate() }
        guard try file.readFully(into: buffer, at: entry.position) == buffer.count else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(buffer)
        guard
            let header = BlockHeader.decode(
                bytes.part(0..<BlockHeader.byteCount), position: entry.position, seed: seed),
            BlockEntry(header) == entry,
            Checksum.hash(
                bytes.part(BlockHeader.byteCount..<bytes.count), seed: seed.at(entry.position))
                == header.sectionChecksum
        else { return nil }
        return chunks(header, bytes)
    }

    /// The chunks that a block lists, from its bytes up to the frame; nil where it lists none.
    func chunks(_ header: BlockHeader, _ bytes: UnsafeRawBufferPointer) -> [ChunkEntry]? {
        guard header.chunkCount > 0 else { return nil }
        var chunks: [ChunkEntry] = []
        for index in 0..<Int(header.chunkCount) {
            let start = header.chunkTablePosition + index * ChunkEntry.byteCount
            guard let chunk = ChunkEntry(bytes.part(start..<start + ChunkEntry.byteCount)) else {
                return nil
            }
            chunks.append(chunk)
        }
        return chunks
    }

    /// The first `count` plain bytes of a chunk, which hold until the next call; nil: it does not
    /// check out.
    private func readChunk(
        _ chunk: ChunkEntry, upTo count: Int, at position: UInt64, _ file: any File, _ seed: UInt64
    ) throws(FileError) -> UnsafeRawBufferPointer? {
        if let lastChunk, lastChunk.seed == seed, lastChunk.position == position,
            lastChunk.plainByteCount >= count
        {
            return UnsafeRawBufferPointer(plainChunk.bytes.part(0..<count))
        }
        lastChunk = nil
        lastFrame = nil
        if packedChunk.bytes.count < chunk.byteCount {
            packedChunk = AlignedBuffer(byteCount: roundedToSector(chunk.byteCount))
        }
        if plainChunk.bytes.count < count {
            plainChunk = AlignedBuffer(byteCount: roundedToSector(chunk.plainByteCount))
        }
        let target = packedChunk.bytes.part(0..<chunk.byteCount)
        guard try file.readFully(into: target, at: position) == chunk.byteCount else { return nil }
        let packed = UnsafeRawBufferPointer(target)
        guard Checksum.hash(packed, seed: seed) == chunk.checksum else { return nil }
        let plain = plainChunk.bytes.part(0..<count)
        if chunk.isStored {
            plain.copyMemory(from: packed.part(0..<count))
        } else if !decoder.decodeStart(of: packed, into: plain) {
            return nil
        }
        lastChunk = (seed, position, count)
        return UnsafeRawBufferPointer(plain)
    }
}
