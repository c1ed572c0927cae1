/// The last sector of a sealed segment: a skippable LZ4 frame that says where the indexes are.
///
/// The byte table is in docs/FORMAT.md, "Trailer".
struct SealedTrailer: Hashable, Sendable {
    static let byteCount = LogLimits.sectorByteCount
    static let magic: UInt32 = 0x184D_2A5D
    /// "FLOGEND2" as a little-endian number.
    static let tag: UInt64 = 0x3244_4E45_474F_4C46
    /// A sector for each length that a file must not have.
    static let paddingByteLimit = UInt64(2 * LogLimits.sectorByteCount)

    var layout: FooterLayout
    /// The offset behind the last record.
    var nextOffset: UInt64
    var minTime: Int64
    var maxTime: Int64
    /// The identity of the segment before it was sealed.
    var originalUUID: SegmentUUID
    /// The header checksum of its last block then: the next segment carries it.
    var originalChain: UInt64
    /// XXH64 of all lines, seed 0, and how many bytes they are.
    var lineChecksum: UInt64
    var lineByteCount: UInt64
    /// Seeds the hashes of keys in the sorted tables and the filter.
    var keySeed: UInt64
    /// How the filter is laid out.
    var filterKind = KeyFilter.kind
    var packing = Packing.tight

    /// How hard the sealer has compressed; what a later version may add counts as tight.
    enum Packing: UInt32, Sendable {
        case tight = 0
        /// In a hurry: it is packed anew when there is time.
        case loose = 1
    }

    enum Position {
        static let frameSize = 4
        static let tag = 8
        static let version = 16
        static let oldestReader = 18
        static let blockCount = 20
        static let nextOffset = 24
        static let recordCount = 32
        static let footer = 40
        static let minTime = 48
        static let maxTime = 56
        static let originalUUID = 64
        static let originalChain = 80
        static let lineChecksum = 88
        static let lineByteCount = 96
        static let keySeed = 104
        /// Position and entry count of each sorted table.
        static let tables = 112
        static let filter = 192
        static let filterPages = 200
        static let filterKind = 208
        static let packing = 212
        static let checksum = SealedTrailer.byteCount - 8
    }

    /// Writes the whole sector.
    func encode(
        into bytes: UnsafeMutableRawBufferPointer, baseOffset: UInt64, seed: SegmentSeed
    ) {
        precondition(bytes.count == Self.byteCount, "a trailer is one sector")
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.put(Self.magic, at: 0)
        bytes.put(UInt32(Self.byteCount - 8), at: Position.frameSize)
        bytes.put(Self.tag, at: Position.tag)
        bytes.put(layout.version, at: Position.version)
        bytes.put(layout.version, at: Position.oldestReader)
        bytes.put(UInt32(layout.blockCount), at: Position.blockCount)
        bytes.put(nextOffset, at: Position.nextOffset)
        bytes.put(nextOffset - baseOffset, at: Position.recordCount)
        bytes.put(layout.position, at: Position.footer)
        bytes.put(minTime, at: Position.minTime)
        bytes.put(maxTime, at: Position.maxTime)
        bytes.put(originalUUID.high, at: Position.originalUUID)
        bytes.put(originalUUID.low, at: Position.originalUUID + 8)
        bytes.put(originalChain, at: Position.originalChain)
        bytes.put(lineChecksum, at: Position.lineChecksum)
        bytes.put(lineByteCount, at: Position.lineByteCount)
        bytes.put(keySeed, at: Position.keySeed)
        for table in FooterTable.allCases {
            let start = Position.tables + 16 * table.rawValue
            bytes.put(layout.tablePosition(table), at: start)
            bytes.put(UInt64(layout.entryCounts[table.rawValue]), at: start + 8)
        }
        bytes.put(layout.filterPosition, at: Position.filter)
        bytes.put(UInt64(layout.filterPageCount), at: Position.filterPages)
        bytes.put(filterKind, at: Position.filterKind)
        bytes.put(packing.rawValue, at: Position.packing)
        let covered = UnsafeRawBufferPointer(bytes.part(0..<Position.checksum))
        let sum = Checksum.hash(covered, seed: seed.at(layout.trailerPosition))
        bytes.put(sum, at: Position.checksum)
    }

    /// The trailer at `position`, which is where its file of the segment `header` ends; nil when
    /// these bytes are none, or do not fit the file.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, position: UInt64, header: SegmentHeader
    ) -> SealedTrailer? {
        let seed = SegmentSeed(header.uuid)
        guard bytes.count == byteCount, bytes.half(0) == magic, bytes.word(Position.tag) == tag,
            Checksum.hash(bytes.part(0..<Position.checksum), seed: seed.at(position))
                == bytes.word(Position.checksum)
        else { return nil }
        let version = bytes.short(Position.oldestReader)
        guard
            SegmentHeader.oldestSealedVersion...SegmentHeader.newestVersion ~= version
        else { return nil }
        let nextOffset = bytes.word(Position.nextOffset)
        let recordCount = bytes.word(Position.recordCount)
        let footer = bytes.word(Position.footer)
        // Before anything is computed from them; a checksum proves the bytes, not their writer.
        guard nextOffset <= LogLimits.offsetLimit + 1, header.baseOffset < nextOffset,
            nextOffset - header.baseOffset == recordCount,
            recordCount <= LogLimits.segmentRecordLimit, footer <= position
        else { return nil }
        var counts: [Int] = []
        for table in FooterTable.allCases {
            let count = bytes.word(Position.tables + 16 * table.rawValue + 8)
            guard count <= recordCount else { return nil }
            counts.append(Int(count))
        }
        var layout = FooterLayout(
            version: version, position: footer, blockCount: Int(bytes.half(Position.blockCount)),
            entryCounts: counts)
        guard layout.blockCount > 0, UInt64(layout.blockCount) <= recordCount,
            layout.trailerPosition <= position,
            position - layout.trailerPosition <= Self.paddingByteLimit,
            footer % UInt64(LogLimits.sectorByteCount) == 0,
            position % UInt64(LogLimits.sectorByteCount) == 0
        else { return nil }
        layout.paddingByteCount = Int(position - layout.trailerPosition)
        let trailer = SealedTrailer(
            layout: layout, nextOffset: nextOffset,
            minTime: Int64(bitPattern: bytes.word(Position.minTime)),
            maxTime: Int64(bitPattern: bytes.word(Position.maxTime)),
            originalUUID: SegmentUUID(
                high: bytes.word(Position.originalUUID),
                low: bytes.word(Position.originalUUID + 8)),
            originalChain: bytes.word(Position.originalChain),
            lineChecksum: bytes.word(Position.lineChecksum),
            lineByteCount: bytes.word(Position.lineByteCount),
            keySeed: bytes.word(Position.keySeed), filterKind: bytes.half(Position.filterKind),
            packing: Packing(rawValue: bytes.half(Position.packing)) ?? .tight)
        return trailer
    }
}
