extension BlockReader {
    /// Some of the lines of a block of a sealed segment: only the chunks that hold them are read
    /// and decoded, each under its own checksum.
    ///
    /// `range` counts plain bytes. Nil where the block lists no chunks, or something does not
    /// check out: then a read of the whole block says what.
    func readLines(
        _ range: Range<Int>, of entry: BlockEntry, in segment: Segment
    ) throws(FileError) -> [UInt8]? {
        let file = try segment.readFile()
        let seed = segment.seed.at(entry.position)
        var known: [ChunkEntry]?
        if let lastTable, lastTable.seed == seed { known = lastTable.chunks }
        if known == nil { known = try readChunkTable(entry, file, segment.seed) }
        guard let chunks = known else { return nil }
        var lines: [UInt8] = []
        lines.reserveCapacity(range.count)
        var position = entry.position + UInt64(entry.prefixByteCount)
        position += UInt64(FrameStyle.headerByteCount)
        var start = 0
        for chunk in chunks {
            let end = start + chunk.plainByteCount
            if start < range.upperBound && end > range.lowerBound {
                guard position + 4 + UInt64(chunk.byteCount) <= entry.end,
                    let plain = try readChunk(chunk, at: position + 4, file, seed)
                else { return nil }
                let wanted = range.clamped(to: start..<end)
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

    private func readChunk(
        _ chunk: ChunkEntry, at position: UInt64, _ file: any File, _ seed: UInt64
    ) throws(FileError) -> [UInt8]? {
        if let lastChunk, lastChunk.seed == seed, lastChunk.position == position {
            return lastChunk.plain
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: chunk.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        guard try file.readFully(into: buffer, at: position) == buffer.count else { return nil }
        let packed = UnsafeRawBufferPointer(buffer)
        guard Checksum.hash(packed, seed: seed) == chunk.checksum else { return nil }
        if chunk.isStored { return Array(packed) }
        var isWhole = false
        let plain = [UInt8](unsafeUninitializedCapacity: chunk.plainByteCount) { target, count in
            let raw = UnsafeMutableRawBufferPointer(target).part(0..<chunk.plainByteCount)
            isWhole = decoder.decodeBlock(packed, into: raw)
            count = isWhole ? chunk.plainByteCount : 0
        }
        guard isWhole else { return nil }
        lastChunk = (seed, position, plain)
        return plain
    }
}
