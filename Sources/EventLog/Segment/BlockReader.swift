/// Reads blocks of segments and checks every byte it hands out.
///
/// One thread at a time.
///
/// Holds the buffers that are used again for every block.
final class BlockReader {
    /// Why a block cannot be used, or its bytes.
    enum Outcome {
        case block(LogBlock)
        case damaged(GapReason)
    }

    let decoder = LZ4Decoder()
    /// Of the block and the chunk read last: lookups tend to come in runs.
    var lastTable: ChunkTable?
    var lastChunk: (seed: UInt64, position: UInt64, plainByteCount: Int)?
    var lastFrame: ReadFrame?
    /// Bytes of a chunk or a block as it is in the file, and the start of a chunk decoded.
    var packedChunk = AlignedBuffer(byteCount: 0)
    var plainChunk = AlignedBuffer(byteCount: 0)
    private var buffer = AlignedBuffer(byteCount: BlockReader.usualByteCount)
    /// Most blocks fit; one that does not makes the buffer larger.
    private static let usualByteCount = 256 * 1024

    /// Whole chunks fit, and most blocks; buffers that a larger one has made larger go.
    private static let keptByteCount = 1 << 20

    /// What was read is read again.
    func forget() {
        lastTable = nil
        lastChunk = nil
        lastFrame = nil
        if packedChunk.bytes.count > Self.keptByteCount {
            packedChunk = AlignedBuffer(byteCount: 0)
        }
        if plainChunk.bytes.count > Self.keptByteCount {
            plainChunk = AlignedBuffer(byteCount: 0)
        }
        if buffer.bytes.count > Self.keptByteCount {
            buffer = AlignedBuffer(byteCount: Self.usualByteCount)
        }
    }

    /// What of a block is wanted.
    enum Part {
        /// The header fields of the records, without their digests.
        case columns
        /// The digest section.
        case digests
        /// The digest section and the lines.
        case all
    }

    /// Reads one block.
    func read(_ entry: BlockEntry, of segment: Segment, _ part: Part) throws(FileError) -> Outcome {
        try read(entry, from: try segment.readFile(), segment.seed, part)
    }

    /// The same, from any handle; `file` may want whole sectors.
    func read(
        _ entry: BlockEntry, from file: any File, _ seed: SegmentSeed, _ part: Part
    ) throws(FileError) -> Outcome {
        let count = Int(part == .all ? entry.byteCount : entry.prefixByteCount)
        let wanted = file.bypassesCache ? roundedToSector(count) : count
        if buffer.bytes.count < wanted {
            buffer = AlignedBuffer(byteCount: roundedToSector(wanted))
        }
        let target = buffer.bytes.part(0..<wanted)
        guard try file.readFully(into: target, at: entry.position) >= count else {
            return .damaged(.missingBytes)
        }
        let bytes = UnsafeRawBufferPointer(buffer.bytes.part(0..<count))
        return decode(bytes, entry, seed, part)
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ entry: BlockEntry, _ seed: SegmentSeed, _ part: Part
    ) -> Outcome {
        guard
            let header = BlockHeader.decode(
                bytes.part(0..<BlockHeader.byteCount), position: entry.position, seed: seed),
            BlockEntry(header) == entry
        else { return .damaged(.blockHeader) }
        let stored = bytes.part(BlockHeader.byteCount..<header.prefixByteCount)
        guard Checksum.hash(stored, seed: seed.at(entry.position)) == header.sectionChecksum,
            let section = decodeSection(header, stored, part)
        else { return .damaged(.digestSection) }
        lastTable = chunks(header, bytes).map { .init(seed: seed.at(entry.position), chunks: $0) }
        var lines: [UInt8]?
        if part == .all {
            let frame = bytes.part(header.prefixByteCount..<Int(header.byteCount))
            guard Checksum.hash(frame, seed: seed.at(entry.position)) == header.frameChecksum,
                let plain = decodePayload(header, frame)
            else { return .damaged(.payload) }
            lines = plain
        }
        return .block(
            LogBlock(
                baseOffset: header.baseOffset, count: Int(header.recordCount), section: section,
                payload: lines))
    }

    private func decodeSection(
        _ header: BlockHeader, _ stored: UnsafeRawBufferPointer, _ part: Part
    ) -> [UInt8]? {
        let layout = SectionLayout(count: Int(header.recordCount))
        let wholeCount = Int(header.plainSectionByteCount)
        let source = stored.part(0..<Int(header.storedSectionByteCount))
        if header.isSectionStored && source.count != wholeCount { return nil }
        let plainCount = part == .columns ? min(layout.digests, wholeCount) : wholeCount
        var isWhole = false
        let section = [UInt8](unsafeUninitializedCapacity: plainCount) { target, count in
            let raw = UnsafeMutableRawBufferPointer(target).part(0..<plainCount)
            if header.isSectionStored {
                raw.copyMemory(from: source.part(0..<plainCount))
                isWhole = true
            } else if plainCount < wholeCount {
                isWhole = decoder.decodeStart(of: source, into: raw)
            } else {
                isWhole = decoder.decodeBlock(source, into: raw)
            }
            if isWhole, header.hasPackedEnds, raw.count >= layout.digests {
                PackedEnds.unpack(raw, count: layout.count)
            }
            isWhole =
                isWhole
                && layout.checkColumns(
                    UnsafeRawBufferPointer(raw), of: wholeCount,
                    payloadByteCount: Int(header.plainPayloadByteCount))
            count = isWhole ? plainCount : 0
        }
        return isWhole ? section : nil
    }

    private func decodePayload(_ header: BlockHeader, _ frame: UnsafeRawBufferPointer) -> [UInt8]? {
        let plainCount = Int(header.plainPayloadByteCount)
        var isWhole = false
        let lines = [UInt8](unsafeUninitializedCapacity: plainCount) { target, count in
            let raw = UnsafeMutableRawBufferPointer(target).part(0..<plainCount)
            isWhole = decoder.decodeFrame(frame, into: raw)
            count = isWhole ? plainCount : 0
        }
        return isWhole ? lines : nil
    }
}
