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
    var lastTable: (seed: UInt64, chunks: [ChunkEntry])?
    var lastChunk: (seed: UInt64, position: UInt64, plain: [UInt8])?
    private var buffer = AlignedBuffer(byteCount: BlockReader.usualByteCount)
    /// Most blocks fit; one that does not makes the buffer larger.
    private static let usualByteCount = 256 * 1024

    /// Reads one block; with `payload` false only its digest section.
    func read(_ entry: BlockEntry, of segment: Segment, payload: Bool) throws(FileError) -> Outcome
    {
        let count = Int(payload ? entry.byteCount : entry.prefixByteCount)
        let file = try segment.readFile()
        return try read(entry, count, from: file, segment.seed, payload: payload)
    }

    /// The same, from any handle; `file` may want whole sectors.
    func read(
        _ entry: BlockEntry, _ count: Int, from file: any File, _ seed: SegmentSeed, payload: Bool
    ) throws(FileError) -> Outcome {
        let wanted = file.bypassesCache ? roundedToSector(count) : count
        if buffer.bytes.count < wanted {
            buffer = AlignedBuffer(byteCount: roundedToSector(wanted))
        }
        let target = buffer.bytes.part(0..<wanted)
        guard try file.readFully(into: target, at: entry.position) >= count else {
            return .damaged(.missingBytes)
        }
        let bytes = UnsafeRawBufferPointer(buffer.bytes.part(0..<count))
        return decode(bytes, entry, seed, payload: payload)
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ entry: BlockEntry, _ seed: SegmentSeed, payload: Bool
    ) -> Outcome {
        guard
            let header = BlockHeader.decode(
                bytes.part(0..<BlockHeader.byteCount), position: entry.position, seed: seed),
            BlockEntry(header) == entry
        else { return .damaged(.blockHeader) }
        let stored = bytes.part(BlockHeader.byteCount..<header.prefixByteCount)
        guard Checksum.hash(stored, seed: seed.at(entry.position)) == header.sectionChecksum,
            let section = decodeSection(header, stored)
        else { return .damaged(.digestSection) }
        lastTable = chunks(header, bytes).map { (seed.at(entry.position), $0) }
        var lines: [UInt8]?
        if payload {
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

    private func decodeSection(_ header: BlockHeader, _ stored: UnsafeRawBufferPointer) -> [UInt8]?
    {
        let plainCount = Int(header.plainSectionByteCount)
        let source = stored.part(0..<Int(header.storedSectionByteCount))
        if header.isSectionStored && source.count != plainCount { return nil }
        var isWhole = false
        let section = [UInt8](unsafeUninitializedCapacity: plainCount) { target, count in
            let raw = UnsafeMutableRawBufferPointer(target).part(0..<plainCount)
            if header.isSectionStored {
                raw.copyMemory(from: source)
                isWhole = true
            } else {
                isWhole = decoder.decodeBlock(source, into: raw)
            }
            isWhole =
                isWhole
                && SectionLayout(count: Int(header.recordCount)).check(
                    UnsafeRawBufferPointer(raw),
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
