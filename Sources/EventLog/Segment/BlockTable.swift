/// Where one block is and what it holds: what a reader needs to know to read just what it wants.
struct BlockEntry: Hashable, Sendable {
    var position: UInt64
    var baseOffset: UInt64
    var recordCount: UInt32
    /// Bytes before the LZ4 frame.
    var prefixByteCount: UInt32
    var byteCount: UInt32

    init(_ header: BlockHeader) {
        position = header.position
        baseOffset = header.baseOffset
        recordCount = header.recordCount
        prefixByteCount = UInt32(header.prefixByteCount)
        byteCount = header.byteCount
    }

    init(
        position: UInt64, baseOffset: UInt64, recordCount: UInt32, prefixByteCount: UInt32,
        byteCount: UInt32
    ) {
        self.position = position
        self.baseOffset = baseOffset
        self.recordCount = recordCount
        self.prefixByteCount = prefixByteCount
        self.byteCount = byteCount
    }

    var nextOffset: UInt64 { baseOffset + UInt64(recordCount) }
    var offsets: Range<UInt64> { baseOffset..<nextOffset }
    var end: UInt64 { position + UInt64(byteCount) }
}

/// The blocks of one segment in the order of their offsets.
///
/// Sixteen bytes a block, in pieces that never move: a segment that is written with one small record
/// a block has some 65,000 of them, and several such segments may wait to be sealed.
struct BlockTable: Sendable {
    private var chunks: [[PackedEntry]] = []

    /// The place in the middle of a segment from which its blocks are known.
    struct Start: Hashable, Sendable {
        var position: UInt64
        var offset: UInt64
    }

    /// 16 KiB: little to have too much, and little to move while the first one grows.
    private static let chunkCount = 1024

    /// All of them, unpacked one by one.
    var entries: some Sequence<BlockEntry> { chunks.lazy.flatMap { $0.lazy.map(\.entry) } }

    var last: BlockEntry? { chunks.last?.last?.entry }

    /// Adds the block that follows; its fields are within the bounds of the format.
    mutating func append(_ entry: BlockEntry) {
        precondition(
            last.map { $0.nextOffset <= entry.baseOffset } ?? true,
            "blocks are in the order of their offsets")
        if chunks.last.map({ $0.count == Self.chunkCount }) ?? true { chunks.append([]) }
        chunks[chunks.count - 1].append(PackedEntry(entry))
    }

    /// What the table says about an offset.
    enum Place: Hashable, Sendable {
        case block(BlockEntry)
        /// No block holds it; the bounds are those of its neighbours, where there are any.
        case hole(lower: UInt64?, upper: UInt64?)
    }

    func place(of offset: UInt64) -> Place {
        // Chunks and entries up to the last one that begins at or below the offset.
        let chunkEnd = Self.partition(chunks.count) { chunks[$0][0].baseOffset <= offset }
        guard chunkEnd > 0 else { return .hole(lower: nil, upper: chunks.first?[0].baseOffset) }
        let chunk = chunks[chunkEnd - 1]
        let end = Self.partition(chunk.count) { chunk[$0].baseOffset <= offset }
        let entry = chunk[end - 1].entry
        if entry.offsets.contains(offset) { return .block(entry) }
        let next =
            end < chunk.count ? chunk[end] : chunkEnd < chunks.count ? chunks[chunkEnd][0] : nil
        return .hole(lower: entry.nextOffset, upper: next?.baseOffset)
    }

    /// How many of the first `count` indexes `isBelow` holds for; it holds for none behind one it
    /// does not.
    private static func partition(_ count: Int, _ isBelow: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBelow(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// An entry in 16 bytes.
///
/// The format's bounds make it fit: offsets have 40 bits, blocks begin and end with a sector and
/// have at most 2 MiB.
private struct PackedEntry: Sendable {
    /// The base offset, and from bit 40 on the count of records.
    private var records: UInt64
    /// The first sector of the block, from bit 32 on its bytes before the LZ4 frame, and from bit 54
    /// on its length in sectors.
    private var bytes: UInt64

    private static let offsetBits: UInt64 = 40
    private static let prefixPlace: UInt64 = 32
    private static let sectorsPlace: UInt64 = 54
    private static let sector = UInt64(LogLimits.sectorByteCount)

    init(_ entry: BlockEntry) {
        let (first, rest) = entry.position.quotientAndRemainder(dividingBy: Self.sector)
        let sectors = UInt64(entry.byteCount) / Self.sector
        precondition(
            entry.baseOffset >> Self.offsetBits == 0 && entry.recordCount < 1 << 24
                && rest == 0 && first < 1 << Self.prefixPlace
                && entry.prefixByteCount < 1 << (Self.sectorsPlace - Self.prefixPlace)
                && sectors < 1 << (64 - Self.sectorsPlace)
                && sectors * Self.sector == UInt64(entry.byteCount),
            "a block is within the bounds of the format")
        records = entry.baseOffset | UInt64(entry.recordCount) << Self.offsetBits
        bytes =
            first | UInt64(entry.prefixByteCount) << Self.prefixPlace
            | sectors << Self.sectorsPlace
    }

    var baseOffset: UInt64 { records & (1 << Self.offsetBits - 1) }

    var entry: BlockEntry {
        let prefix = bytes >> Self.prefixPlace & (1 << (Self.sectorsPlace - Self.prefixPlace) - 1)
        return BlockEntry(
            position: (bytes & (1 << Self.prefixPlace - 1)) * Self.sector,
            baseOffset: baseOffset, recordCount: UInt32(records >> Self.offsetBits),
            prefixByteCount: UInt32(prefix),
            byteCount: UInt32(bytes >> Self.sectorsPlace * Self.sector))
    }
}
