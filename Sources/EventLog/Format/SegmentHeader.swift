/// The first sector of a segment: a skippable LZ4 frame.
///
/// The byte table is in docs/FORMAT.md, "Segment header".
struct SegmentHeader: Hashable, Sendable {
    static let byteCount = LogLimits.sectorByteCount
    static let magic: UInt32 = 0x184D_2A5A
    /// "FLOGSEG1" as a little-endian number.
    static let tag: UInt64 = 0x3147_4553_474F_4C46
    /// The version of a segment that is, or was, written block by block.
    static let openVersion: UInt16 = 1
    /// From this version on a segment is sealed, and ends with a footer.
    static let oldestSealedVersion: UInt16 = 2
    /// As this program seals: from here on four of the sorted tables have narrow entries, and a block may
    /// store lengths for ends.
    static let sealedVersion: UInt16 = 3
    /// What this program reads.
    static let newestVersion = sealedVersion
    /// Stands for "there was no segment before".
    static let noBase = UInt64.max
    static let sentence =
        "Faultlog event log segment. Plain content: NDJSON, one record a line. Read it with: "
        + "lz4 -dc FILE. Layout: docs/FORMAT.md.\n"

    /// Also the oldest reader.
    var formatVersion = SegmentHeader.openVersion
    var uuid: SegmentUUID
    var baseOffset: UInt64
    /// Microseconds since 1970.
    var created: Int64
    /// The header checksum of the last block before this segment, or 0.
    var previousChain: UInt64
    /// The base offset of the segment before this one, or `noBase`.
    var previousBase: UInt64

    /// No record of the segment has this offset or a higher one: a block that says so is none.
    var offsetEnd: UInt64 { baseOffset + LogLimits.segmentRecordLimit }

    /// True for one that was rewritten and has a footer: nothing is ever appended to it.
    var isSealed: Bool { formatVersion >= Self.oldestSealedVersion }

    enum Position {
        static let frameSize = 4
        static let tag = 8
        static let formatVersion = 16
        static let oldestReader = 18
        static let uuid = 24
        static let baseOffset = 40
        static let created = 48
        static let previousChain = 56
        static let previousBase = 64
        static let sentence = 72
        static let checksum = SegmentHeader.byteCount - 8
    }

    /// Writes the whole first sector.
    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count == Self.byteCount, "a segment header is one sector")
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.put(Self.magic, at: 0)
        bytes.put(UInt32(Self.byteCount - 8), at: Position.frameSize)
        bytes.put(Self.tag, at: Position.tag)
        bytes.put(formatVersion, at: Position.formatVersion)
        bytes.put(formatVersion, at: Position.oldestReader)
        bytes.put(uuid.high, at: Position.uuid)
        bytes.put(uuid.low, at: Position.uuid + 8)
        bytes.put(baseOffset, at: Position.baseOffset)
        bytes.put(created, at: Position.created)
        bytes.put(previousChain, at: Position.previousChain)
        bytes.put(previousBase, at: Position.previousBase)
        for (index, byte) in Self.sentence.utf8.enumerated() {
            bytes[Position.sentence + index] = byte
        }
        let covered = UnsafeRawBufferPointer(bytes.part(0..<Position.checksum))
        bytes.put(Checksum.hash(covered, seed: 0), at: Position.checksum)
    }

    /// What the first sector of a file turned out to be.
    enum Verdict: Hashable, Sendable {
        case valid(SegmentHeader)
        /// No sign of this format.
        case foreign
        /// Ours, but the checksum does not fit.
        case damaged
        /// Ours and whole, for readers from this version on.
        case newer(oldestReader: UInt16)
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        guard bytes.count >= byteCount else { return .damaged }
        let sum = Checksum.hash(bytes.part(0..<Position.checksum), seed: 0)
        let isOurs = bytes.half(0) == magic && bytes.word(Position.tag) == tag
        guard sum == bytes.word(Position.checksum) else {
            let isLikeOurs = bytes.half(0) == magic || bytes.word(Position.tag) == tag
            return isLikeOurs ? .damaged : .foreign
        }
        guard isOurs else { return .foreign }
        let oldestReader = bytes.short(Position.oldestReader)
        guard oldestReader <= newestVersion else { return .newer(oldestReader: oldestReader) }
        // A checksum proves the bytes, not the program that wrote them.
        guard bytes.word(Position.baseOffset) <= LogLimits.offsetLimit + 1 else { return .damaged }
        return .valid(
            SegmentHeader(
                formatVersion: bytes.short(Position.formatVersion),
                uuid: SegmentUUID(
                    high: bytes.word(Position.uuid), low: bytes.word(Position.uuid + 8)),
                baseOffset: bytes.word(Position.baseOffset),
                created: Int64(bitPattern: bytes.word(Position.created)),
                previousChain: bytes.word(Position.previousChain),
                previousBase: bytes.word(Position.previousBase)))
    }
}
