/// The first 128 bytes of a block: the head of a skippable frame and the block header in it.
///
/// The byte table is in docs/FORMAT.md, "Block header".
struct BlockHeader: Hashable, Sendable {
    static let byteCount = 128
    static let magic: UInt32 = 0x184D_2A5B
    /// "FBLK" as a little-endian number.
    static let tag: UInt32 = 0x4B4C_4246
    static let version: UInt16 = 1
    /// The digest section is stored as it is, since LZ4 did not make it smaller.
    static let storedSectionFlag: UInt16 = 1
    /// The section has lengths where its plain form has ends.
    static let packedEndsFlag: UInt16 = 2

    /// Where the block begins in its file.
    var position: UInt64
    var baseOffset: UInt64
    var recordCount: UInt32
    /// All bytes of the block.
    var byteCount: UInt32
    /// Bytes of the digest section as they are in the file.
    var storedSectionByteCount: UInt32
    /// Bytes of the digest section when decoded.
    var plainSectionByteCount: UInt32
    /// Bytes of all lines.
    var plainPayloadByteCount: UInt32
    /// Bytes of the LZ4 frame at the end of the block.
    var frameByteCount: UInt32
    /// Everything below this offset was on disk when the block was built.
    var durableOffset: UInt64
    /// The header checksum of the block before, or the segment header's value for the first one.
    var chain: UInt64
    var sectionChecksum: UInt64 = 0
    var frameChecksum: UInt64 = 0
    var minTime: Int64
    var maxTime: Int64
    var flags: UInt16
    /// Entries of the chunk table behind the digest section; 0: there is none.
    var chunkCount: UInt32 = 0

    enum Position {
        static let frameSize = 4
        static let tag = 8
        static let version = 12
        static let flags = 14
        static let position = 16
        static let baseOffset = 24
        static let recordCount = 32
        static let byteCount = 36
        static let storedSection = 40
        static let plainSection = 44
        static let plainPayload = 48
        static let frame = 52
        static let durableOffset = 56
        static let chain = 64
        static let sectionChecksum = 72
        static let frameChecksum = 80
        static let minTime = 88
        static let maxTime = 96
        static let chunkCount = 104
        static let reserved = 108
        static let checksum = 120
    }

    /// Bytes before the LZ4 frame: this header, the digest section and zeros.
    var prefixByteCount: Int { Int(byteCount) - Int(frameByteCount) }
    var nextOffset: UInt64 { baseOffset + UInt64(recordCount) }
    var offsets: Range<UInt64> { baseOffset..<nextOffset }
    var isSectionStored: Bool { flags & Self.storedSectionFlag != 0 }
    var hasPackedEnds: Bool { flags & Self.packedEndsFlag != 0 }

    /// Writes the 128 bytes and returns the header checksum, which the next block carries.
    func encode(into bytes: UnsafeMutableRawBufferPointer, seed: SegmentSeed) -> UInt64 {
        bytes.put(Self.magic, at: 0)
        bytes.put(UInt32(prefixByteCount - 8), at: Position.frameSize)
        bytes.put(Self.tag, at: Position.tag)
        bytes.put(Self.version, at: Position.version)
        bytes.put(flags, at: Position.flags)
        bytes.put(position, at: Position.position)
        bytes.put(baseOffset, at: Position.baseOffset)
        bytes.put(recordCount, at: Position.recordCount)
        bytes.put(byteCount, at: Position.byteCount)
        bytes.put(storedSectionByteCount, at: Position.storedSection)
        bytes.put(plainSectionByteCount, at: Position.plainSection)
        bytes.put(plainPayloadByteCount, at: Position.plainPayload)
        bytes.put(frameByteCount, at: Position.frame)
        bytes.put(durableOffset, at: Position.durableOffset)
        bytes.put(chain, at: Position.chain)
        bytes.put(sectionChecksum, at: Position.sectionChecksum)
        bytes.put(frameChecksum, at: Position.frameChecksum)
        bytes.put(minTime, at: Position.minTime)
        bytes.put(maxTime, at: Position.maxTime)
        bytes.put(chunkCount, at: Position.chunkCount)
        bytes.put(UInt64(0), at: Position.reserved)
        bytes.put(UInt32(0), at: Position.reserved + 8)
        let covered = UnsafeRawBufferPointer(bytes.part(0..<Position.checksum))
        let sum = Checksum.hash(covered, seed: seed.at(position))
        bytes.put(sum, at: Position.checksum)
        return sum
    }

    /// The header at `position`, or nil when these bytes are not one of this segment and place.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, position: UInt64, seed: SegmentSeed
    ) -> BlockHeader? {
        guard bytes.count >= byteCount, bytes.half(0) == magic, bytes.half(Position.tag) == tag,
            bytes.word(Position.position) == position,
            bytes.short(Position.version) == version,
            Checksum.hash(bytes.part(0..<Position.checksum), seed: seed.at(position))
                == bytes.word(Position.checksum)
        else { return nil }
        let header = BlockHeader(
            position: position,
            baseOffset: bytes.word(Position.baseOffset),
            recordCount: bytes.half(Position.recordCount),
            byteCount: bytes.half(Position.byteCount),
            storedSectionByteCount: bytes.half(Position.storedSection),
            plainSectionByteCount: bytes.half(Position.plainSection),
            plainPayloadByteCount: bytes.half(Position.plainPayload),
            frameByteCount: bytes.half(Position.frame),
            durableOffset: bytes.word(Position.durableOffset),
            chain: bytes.word(Position.chain),
            sectionChecksum: bytes.word(Position.sectionChecksum),
            frameChecksum: bytes.word(Position.frameChecksum),
            minTime: Int64(bitPattern: bytes.word(Position.minTime)),
            maxTime: Int64(bitPattern: bytes.word(Position.maxTime)),
            flags: bytes.short(Position.flags), chunkCount: bytes.half(Position.chunkCount))
        let isPlausible =
            header.hasPlausibleLengths
            && bytes.half(Position.frameSize) == UInt32(header.prefixByteCount - 8)
        return isPlausible ? header : nil
    }

    /// The header checksum of encoded bytes.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.word(Position.checksum)
    }

    /// Bytes before the LZ4 frame without the zeros.
    private var usedPrefixByteCount: Int {
        chunkTablePosition + Int(chunkCount) * ChunkEntry.byteCount
    }

    /// Where in the block the chunk table begins.
    var chunkTablePosition: Int { Self.byteCount + Int(storedSectionByteCount) }

    /// More chunks than a block can hold at the smallest size that makes sense.
    private static let chunkCountLimit: UInt32 = 1024

    private var hasPlausibleLengths: Bool {
        let sector = UInt32(LogLimits.sectorByteCount)
        return recordCount > 0 && recordCount <= LogLimits.groupRecordLimit
            && baseOffset <= LogLimits.offsetLimit && nextOffset <= LogLimits.offsetLimit + 1
            && durableOffset <= LogLimits.offsetLimit + 1
            && byteCount > 0 && byteCount % sector == 0
            && byteCount <= LogLimits.blockByteLimit
            && frameByteCount < byteCount
            && plainSectionByteCount <= LogLimits.plainByteLimit
            && plainPayloadByteCount <= LogLimits.plainByteLimit
            && storedSectionByteCount <= byteCount
            && chunkCount <= Self.chunkCountLimit
            && prefixByteCount >= usedPrefixByteCount
            && prefixByteCount < usedPrefixByteCount + Int(sector)
    }
}
