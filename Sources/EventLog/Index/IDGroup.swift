/// The filter of the ids of many sealed segments, in a file of its own: one look of 64 bytes says
/// for most ids that none of the segments has them.
///
/// Derived: made from the id tables of the segments, and made again when it is damaged or gone.
/// Safe from any thread. The byte tables are in docs/FORMAT.md, "Id group".
final class IDGroup: Sendable {
    /// A segment whose ids are in the filter.
    struct Member: Hashable, Sendable {
        var offsets: Range<UInt64>
        /// The identity of the segment before it was sealed, which rewriting leaves as it is.
        var originalUUID: SegmentUUID

        init(_ footer: SegmentFooter) {
            offsets = footer.baseOffset..<footer.trailer.nextOffset
            originalUUID = footer.trailer.originalUUID
        }

        init(offsets: Range<UInt64>, originalUUID: SegmentUUID) {
            self.offsets = offsets
            self.originalUUID = originalUUID
        }
    }

    /// What a look at the filter says.
    enum Answer {
        case absent
        case possible
        /// The filter cannot be trusted any more.
        case damaged
    }

    let head: IDGroupHead
    let path: String
    private let file: any File

    private init(head: IDGroupHead, path: String, file: any File) {
        self.head = head
        self.path = path
        self.file = file
    }

    /// Opens the file at `path`; nil when it is no whole one.
    static func open(_ path: String, _ store: any FileStore) throws(FileError) -> IDGroup? {
        let file = try store.open(path, .read)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: IDGroupHead.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        guard try file.readFully(into: buffer, at: 0) == buffer.count,
            let head = IDGroupHead.decode(UnsafeRawBufferPointer(buffer)),
            try file.size() == head.fileByteCount
        else { return nil }
        return IDGroup(head: head, path: path, file: file)
    }

    /// Whether one of the segments may have a record with an id of this hash.
    func look(for hash: UInt64, _ buffer: PageBuffer) throws(FileError) -> Answer {
        let index = IDGroupBlock.index(hash, of: head.blockCount)
        let bytes = buffer.part(IDGroupBlock.byteCount)
        let position = UInt64(IDGroupHead.byteCount + index * IDGroupBlock.byteCount)
        guard try file.readFully(into: bytes, at: position) == bytes.count,
            IDGroupBlock.isWhole(UnsafeRawBufferPointer(bytes), seed: head.seed, index)
        else { return .damaged }
        return IDGroupBlock.mayHold(hash, UnsafeRawBufferPointer(bytes)) ? .possible : .absent
    }
}

/// The first page of the file of an id group.
struct IDGroupHead: Hashable, Sendable {
    static let byteCount = LogLimits.sectorByteCount
    /// "FLOGIDS1" as a little-endian number.
    static let tag: UInt64 = 0x3153_4449_474F_4C46
    static let version: UInt16 = 1
    static let memberByteCount = 32
    /// What fits the page.
    static let memberLimit = (Position.checksum - Position.members) / memberByteCount

    var members: [IDGroup.Member]
    var blockCount: Int
    /// Seeds the hashes of ids, as in the footers of the segments.
    var keySeed: UInt64
    /// Seeds the checksums of this file.
    var seed: UInt64

    var fileByteCount: UInt64 {
        UInt64(roundedToSector(Self.byteCount + blockCount * IDGroupBlock.byteCount))
    }

    private enum Position {
        static let tag = 0
        static let version = 8
        static let memberCount = 12
        static let blockCount = 16
        static let keySeed = 24
        static let seed = 32
        static let members = 64
        static let checksum = byteCount - 8
    }

    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count == Self.byteCount && members.count <= Self.memberLimit)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.put(Self.tag, at: Position.tag)
        bytes.put(Self.version, at: Position.version)
        bytes.put(UInt32(members.count), at: Position.memberCount)
        bytes.put(UInt64(blockCount), at: Position.blockCount)
        bytes.put(keySeed, at: Position.keySeed)
        bytes.put(seed, at: Position.seed)
        for (index, member) in members.enumerated() {
            let start = Position.members + index * Self.memberByteCount
            bytes.put(member.offsets.lowerBound, at: start)
            bytes.put(member.offsets.upperBound, at: start + 8)
            bytes.put(member.originalUUID.high, at: start + 16)
            bytes.put(member.originalUUID.low, at: start + 24)
        }
        let covered = UnsafeRawBufferPointer(bytes.part(0..<Position.checksum))
        bytes.put(Checksum.hash(covered, seed: seed), at: Position.checksum)
    }

    /// Nil when no file of this version begins like this.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> IDGroupHead? {
        guard bytes.count == byteCount, bytes.word(Position.tag) == tag,
            bytes.short(Position.version) == version,
            Checksum.hash(
                bytes.part(0..<Position.checksum), seed: bytes.word(Position.seed))
                == bytes.word(Position.checksum)
        else { return nil }
        let memberCount = Int(bytes.half(Position.memberCount))
        let blockCount = bytes.word(Position.blockCount)
        guard memberCount > 0, memberCount <= memberLimit, blockCount > 0,
            blockCount <= IDGroupBlock.countLimit
        else { return nil }
        var members: [IDGroup.Member] = []
        for index in 0..<memberCount {
            let start = Position.members + index * memberByteCount
            let (lower, upper) = (bytes.word(start), bytes.word(start + 8))
            guard lower < upper, lower >= members.last?.offsets.upperBound ?? 0 else { return nil }
            members.append(
                .init(
                    offsets: lower..<upper,
                    originalUUID: SegmentUUID(
                        high: bytes.word(start + 16), low: bytes.word(start + 24))))
        }
        return IDGroupHead(
            members: members, blockCount: Int(blockCount), keySeed: bytes.word(Position.keySeed),
            seed: bytes.word(Position.seed))
    }
}

/// 64 bytes of the filter: 480 bits, and a checksum that knows its place.
///
/// Pure. All bits of an id are in one block. Of a hash only the bits count that are in the sorted
/// tables of the footers, from which the filter is made.
enum IDGroupBlock {
    static let byteCount = 64
    private static let bitCount: UInt64 = 480
    private static let bitsSet = 6
    /// At twelve bits an id some six ids in a thousand are looked up in vain.
    private static let bitsPerID = 12
    /// 128 MiB: a group ends long before.
    static let countLimit: UInt64 = 1 << 21

    static func count(for idCount: Int) -> Int {
        max(1, (idCount * bitsPerID + Int(bitCount) - 1) / Int(bitCount))
    }

    static func index(_ hash: UInt64, of count: Int) -> Int {
        Int((hash & ~KeyEntry.offsetMask).multipliedFullWidth(by: UInt64(count)).high)
    }

    static func insert(_ hash: UInt64, into block: UnsafeMutableRawBufferPointer) {
        forEachBit(hash) { position, bit in
            block[position] |= bit
            return true
        }
    }

    static func mayHold(_ hash: UInt64, _ block: UnsafeRawBufferPointer) -> Bool {
        forEachBit(hash) { position, bit in block[position] & bit != 0 }
    }

    /// Writes the checksum of the block at `index`, whose bits are all set.
    static func close(_ block: UnsafeMutableRawBufferPointer, seed: UInt64, _ index: Int) {
        block.put(checksum(UnsafeRawBufferPointer(block), seed, index), at: byteCount - 4)
    }

    static func isWhole(_ block: UnsafeRawBufferPointer, seed: UInt64, _ index: Int) -> Bool {
        block.half(byteCount - 4) == checksum(block, seed, index)
    }

    private static func checksum(
        _ block: UnsafeRawBufferPointer, _ seed: UInt64, _ index: Int
    ) -> UInt32 {
        UInt32(
            truncatingIfNeeded: Checksum.hash(
                block.part(0..<byteCount - 4), seed: seed ^ UInt64(index)))
    }

    /// Calls `body` with the place of each bit until it returns false; true: it never did.
    @discardableResult
    private static func forEachBit(_ hash: UInt64, _ body: (Int, UInt8) -> Bool) -> Bool {
        let known = hash & ~KeyEntry.offsetMask
        // The high bits have chosen the block.
        var bits = (known ^ (known >> 32)) &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<bitsSet {
            let bit = ((bits >> 55) * bitCount) >> 9
            bits <<= 9
            if !body(Int(bit / 8), 1 << UInt8(bit % 8)) { return false }
        }
        return true
    }
}
