extension BlockReader {
    /// A block whose frame is in `packedChunk`, checked.
    struct ReadFrame {
        /// Seed of the block, which no other block has.
        var seed: UInt64
        /// Where its LZ4 blocks are among the bytes read.
        var chunks: [LZ4FrameWriter.Chunk]
    }

    /// Some of the lines of a block as the writer makes it: one checksum covers the frame, so all of it
    /// is read, but only the LZ4 blocks that hold the lines are decoded.
    ///
    /// The frame stays for the next call: the newest events of an issue tend to be neighbours. Nil where
    /// the frame is damaged, or not cut as ours are.
    func readLinesOfFrame(
        _ range: Range<Int>, of entry: BlockEntry, _ file: any File, _ seed: SegmentSeed
    ) throws(FileError) -> [UInt8]? {
        let blockSeed = seed.at(entry.position)
        if lastFrame?.seed != blockSeed { try readFrame(entry, file, seed) }
        guard let frame = lastFrame, let last = frame.chunks.last else { return nil }
        let size = FrameStyle.open.chunkByteCount
        guard range.upperBound <= (frame.chunks.count - 1) * size + last.plainByteCount else {
            return nil
        }
        let wanted = range.lowerBound / size..<(range.upperBound + size - 1) / size
        var isWhole = true
        let plain = [UInt8](unsafeUninitializedCapacity: wanted.count * size) { target, count in
            for chunk in frame.chunks[wanted] {
                let part = UnsafeMutableRawBufferPointer(target).part(
                    count..<count + chunk.plainByteCount)
                let packed = UnsafeRawBufferPointer(packedChunk.bytes.part(chunk.bytes))
                if chunk.isStored {
                    isWhole = isWhole && packed.count == part.count
                    if isWhole { part.copyMemory(from: packed) }
                } else {
                    isWhole = isWhole && decoder.decodeBlock(packed, into: part)
                }
                count += chunk.plainByteCount
            }
            if !isWhole { count = 0 }
        }
        guard isWhole else { return nil }
        let start = wanted.lowerBound * size
        return Array(plain[range.lowerBound - start..<range.upperBound - start])
    }

    /// Reads a block into `packedChunk`, checks its frame and notes it in `lastFrame`, or leaves that nil.
    private func readFrame(
        _ entry: BlockEntry, _ file: any File, _ seed: SegmentSeed
    ) throws(FileError) {
        lastChunk = nil
        lastFrame = nil
        let count = Int(entry.byteCount)
        if packedChunk.bytes.count < count {
            packedChunk = AlignedBuffer(byteCount: roundedToSector(count))
        }
        let target = packedChunk.bytes.part(0..<count)
        guard try file.readFully(into: target, at: entry.position) == count else { return }
        let bytes = UnsafeRawBufferPointer(target)
        let blockSeed = seed.at(entry.position)
        guard
            let header = BlockHeader.decode(
                bytes.part(0..<BlockHeader.byteCount), position: entry.position, seed: seed),
            BlockEntry(header) == entry,
            Checksum.hash(bytes.part(header.prefixByteCount..<count), seed: blockSeed)
                == header.frameChecksum,
            let chunks = FrameStyle.open.chunks(
                of: bytes, from: header.prefixByteCount,
                plainByteCount: Int(header.plainPayloadByteCount))
        else { return }
        lastFrame = ReadFrame(seed: blockSeed, chunks: chunks)
    }
}

extension FrameStyle {
    /// Where the LZ4 blocks of a frame are that begins at `start` and takes all bytes behind it; nil
    /// where it is not cut as this style cuts.
    func chunks(
        of bytes: UnsafeRawBufferPointer, from start: Int, plainByteCount: Int
    ) -> [LZ4FrameWriter.Chunk]? {
        var position = start + Self.headerByteCount
        guard position <= bytes.count, bytes.half(start) == Self.magic,
            bytes[start + 4] == Self.flags, bytes[start + 5] == blockDescriptor,
            bytes.word(start + 6) == UInt64(plainByteCount)
        else { return nil }
        var chunks: [LZ4FrameWriter.Chunk] = []
        var left = plainByteCount
        while left > 0 {
            guard position + 4 <= bytes.count else { return nil }
            let head = bytes.half(position)
            let count = Int(head & ~Self.storedChunkBit)
            position += 4
            guard count <= bytes.count - position else { return nil }
            let plain = min(left, chunkByteCount)
            chunks.append(
                .init(
                    bytes: position..<position + count, isStored: head & Self.storedChunkBit != 0,
                    plainByteCount: plain))
            position += count
            left -= plain
        }
        guard position + 4 == bytes.count, bytes.half(position) == 0 else { return nil }
        return chunks
    }
}
