@testable import EventLog

/// Makes the checksums of changed bytes fit again, so that what lies behind them is reached.
///
/// Lengths and positions are taken from the bytes as they are; where they lead out of the file,
/// that part is left alone.
enum Repair {
    static func manifest(_ bytes: inout [UInt8]) {
        guard bytes.count >= 16 else { return }
        bytes.withUnsafeMutableBytes { bytes in
            sum(bytes, 0..<bytes.count - 8, at: bytes.count - 8, seed: 0)
        }
    }

    /// Also puts the tag there, and takes care that the length fits.
    static func group(_ bytes: inout [UInt8]) {
        let sector = LogLimits.sectorByteCount
        if bytes.count < sector { bytes += [UInt8](repeating: 0, count: sector - bytes.count) }
        let blocks = bytes.withUnsafeBytes { $0.word(16) } % 128
        let length = roundedToSector(sector + Int(blocks) * IDGroupBlock.byteCount)
        bytes.removeLast(max(0, bytes.count - length))
        bytes += [UInt8](repeating: 0, count: length - bytes.count)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.put(IDGroupHead.tag, at: 0)
            bytes.put(IDGroupHead.version, at: 8)
            bytes.put(blocks, at: 16)
            let seed = UnsafeRawBufferPointer(bytes).word(32)
            sum(bytes, 0..<sector - 8, at: sector - 8, seed: seed)
        }
    }

    static func segment(_ bytes: inout [UInt8]) {
        let sector = LogLimits.sectorByteCount
        guard bytes.count >= sector else { return }
        bytes.withUnsafeMutableBytes { bytes in
            sum(bytes, 0..<sector - 8, at: sector - 8, seed: 0)
            let uuid = SegmentUUID(
                high: UnsafeRawBufferPointer(bytes).word(SegmentHeader.Position.uuid),
                low: UnsafeRawBufferPointer(bytes).word(SegmentHeader.Position.uuid + 8))
            let seed = SegmentSeed(uuid)
            for position in stride(from: sector, through: bytes.count - sector, by: sector) {
                block(bytes, position, seed)
            }
            if bytes.count >= 2 * sector { footer(bytes, seed) }
        }
    }

    private static func sum(
        _ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>, at position: Int, seed: UInt64
    ) {
        let covered = UnsafeRawBufferPointer(bytes).part(range)
        bytes.put(Checksum.hash(covered, seed: seed), at: position)
    }

    private static func block(
        _ bytes: UnsafeMutableRawBufferPointer, _ start: Int, _ segment: SegmentSeed
    ) {
        typealias Position = BlockHeader.Position
        let read = UnsafeRawBufferPointer(bytes)
        guard read.half(start) == BlockHeader.magic else { return }
        let seed = segment.at(UInt64(start))
        let count = Int(read.half(start + Position.byteCount))
        let frame = Int(read.half(start + Position.frame))
        let end = start + count
        let frameStart = end - frame
        if end <= bytes.count, frameStart >= start + BlockHeader.byteCount {
            chunks(bytes, start, frameStart..<end, seed)
            sum(
                bytes, start + BlockHeader.byteCount..<frameStart,
                at: start + Position.sectionChecksum, seed: seed)
            sum(bytes, frameStart..<end, at: start + Position.frameChecksum, seed: seed)
        }
        sum(
            bytes, start..<start + Position.checksum, at: start + Position.checksum, seed: seed)
    }

    private static func chunks(
        _ bytes: UnsafeMutableRawBufferPointer, _ start: Int, _ frame: Range<Int>, _ seed: UInt64
    ) {
        let read = UnsafeRawBufferPointer(bytes)
        let count = Int(read.half(start + BlockHeader.Position.chunkCount))
        let table =
            start + BlockHeader.byteCount
            + Int(read.half(start + BlockHeader.Position.storedSection))
        var position = frame.lowerBound + FrameStyle.headerByteCount + 4
        for index in 0..<min(count, 1024) {
            let entry = table + index * ChunkEntry.byteCount
            guard entry + ChunkEntry.byteCount <= frame.lowerBound else { return }
            let length = Int(read.half(entry + 8) & ~FrameStyle.storedChunkBit)
            guard position + length <= frame.upperBound else { return }
            sum(bytes, position..<position + length, at: entry, seed: seed)
            position += length + 4
        }
    }

    private static func footer(_ bytes: UnsafeMutableRawBufferPointer, _ segment: SegmentSeed) {
        let sector = LogLimits.sectorByteCount
        let read = UnsafeRawBufferPointer(bytes)
        let trailer = bytes.count - sector
        guard trailer % 8 == 0, read.half(trailer) == SealedTrailer.magic else { return }
        let start = read.word(trailer + SealedTrailer.Position.footer)
        let blockCount = Int(read.half(trailer + SealedTrailer.Position.blockCount))
        if start >= UInt64(sector), start < UInt64(trailer) {
            let layout = FooterLayout(
                version: SegmentHeader.sealedVersion, position: start, blockCount: blockCount,
                entryCounts: [0, 0, 0, 0, 0])
            let end = Int(start) + layout.blockTableByteCount
            if end <= trailer {
                sum(bytes, Int(start)..<end - 8, at: end - 8, seed: segment.at(start))
                for page in stride(from: end, through: trailer - sector, by: sector) {
                    KeyPage.close(bytes.part(page..<page + sector), at: UInt64(page), segment)
                }
            }
        }
        sum(
            bytes, trailer..<trailer + sector - 8, at: trailer + sector - 8,
            seed: segment.at(UInt64(trailer)))
    }
}
