/// What was true of the whole log at one moment, so that opening it needs no walk over the files.
///
/// A plain value. It never says more than what is durable when it is written: the files may be
/// further on, and may not be behind. The byte table is in docs/FORMAT.md, "Manifest".
struct Manifest: Hashable, Sendable {
    /// A segment of the log.
    struct Entry: Hashable, Sendable {
        var header: SegmentHeader
        /// The length of the file; 0 for the newest, which grows.
        var byteCount: UInt64
    }

    /// Where blocks can be read on from, without what comes before.
    struct Checkpoint: Hashable, Sendable {
        /// Everything below was durable; the block at `position` begins with it.
        var offset: UInt64
        /// The segment that holds `position`.
        var segmentBase: UInt64
        /// Where in that file the block behind the checkpoint begins.
        var position: UInt64
        /// The header checksum of the block before.
        var chain: UInt64
    }

    /// Of two manifests the one with the higher number is the later one.
    var sequence: UInt64
    /// Microseconds since 1970, for people.
    var written: Int64
    var checkpoint: Checkpoint
    /// In the order of their offsets, at least one.
    var entries: [Entry]

    /// The base offset of the newest segment.
    var lastBase: UInt64 { entries[entries.count - 1].header.baseOffset }
}

extension Manifest {
    static let magic: UInt64 = 0x314E_414D_474F_4C46
    /// What this program reads; a manifest without sealed segments is written as version 1.
    static let formatVersion = SegmentHeader.newestVersion
    /// No log writes so many manifests; behind it there would be no next one.
    static let sequenceLimit: UInt64 = 1 << 62
    /// No file is so long; behind it there would be no next checkpoint.
    static let positionLimit: UInt64 = 1 << 62
    static let headerByteCount = 88
    static let entryByteCount = 64

    enum Position {
        static let formatVersion = 8
        static let oldestReader = 10
        static let entryCount = 12
        static let sequence = 16
        static let written = 24
        static let offset = 32
        static let segmentBase = 40
        static let position = 48
        static let chain = 56
    }

    enum EntryPosition {
        static let baseOffset = 0
        static let uuid = 8
        static let created = 24
        static let previousChain = 32
        static let previousBase = 40
        static let byteCount = 48
        static let formatVersion = 56
    }

    /// The bytes of the file, whole sectors, the checksum in the last eight.
    func encoded() -> [UInt8] {
        precondition(!entries.isEmpty, "a manifest names a segment")
        let count = roundedToSector(
            Self.headerByteCount + entries.count * Self.entryByteCount + 8)
        let version = entries.map(\.header.formatVersion).max() ?? SegmentHeader.openVersion
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.put(Self.magic, at: 0)
            bytes.put(version, at: Position.formatVersion)
            bytes.put(version, at: Position.oldestReader)
            bytes.put(UInt32(entries.count), at: Position.entryCount)
            bytes.put(sequence, at: Position.sequence)
            bytes.put(written, at: Position.written)
            bytes.put(checkpoint.offset, at: Position.offset)
            bytes.put(checkpoint.segmentBase, at: Position.segmentBase)
            bytes.put(checkpoint.position, at: Position.position)
            bytes.put(checkpoint.chain, at: Position.chain)
            for (index, entry) in entries.enumerated() {
                let start = Self.headerByteCount + index * Self.entryByteCount
                entry.encode(into: bytes.part(start..<start + Self.entryByteCount))
            }
            let covered = UnsafeRawBufferPointer(bytes.part(0..<count - 8))
            bytes.put(Checksum.hash(covered, seed: 0), at: count - 8)
        }
        return bytes
    }

    /// What a file turned out to be.
    enum Verdict: Hashable, Sendable {
        case valid(Manifest)
        /// There is no such file, or an empty one.
        case missing
        /// Torn or rotten.
        case damaged
        /// Whole, for readers from this version on.
        case newer(oldestReader: UInt16)
    }

    /// Nothing of the bytes is used before the checksum over all of them fits.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        if bytes.isEmpty { return .missing }
        guard bytes.count >= LogLimits.sectorByteCount,
            Checksum.hash(bytes.part(0..<bytes.count - 8), seed: 0) == bytes.word(bytes.count - 8),
            bytes.word(0) == magic
        else { return .damaged }
        let oldestReader = bytes.short(Position.oldestReader)
        guard oldestReader <= formatVersion else { return .newer(oldestReader: oldestReader) }
        let count = Int(bytes.half(Position.entryCount))
        guard count > 0, count <= (bytes.count - headerByteCount - 8) / entryByteCount else {
            return .damaged
        }
        let entries = (0..<count).map { index in
            let start = headerByteCount + index * entryByteCount
            return Entry(bytes.part(start..<start + entryByteCount))
        }
        let manifest = Manifest(
            sequence: bytes.word(Position.sequence),
            written: Int64(bitPattern: bytes.word(Position.written)),
            checkpoint: Checkpoint(
                offset: bytes.word(Position.offset),
                segmentBase: bytes.word(Position.segmentBase),
                position: bytes.word(Position.position), chain: bytes.word(Position.chain)),
            entries: entries)
        return manifest.isConsistent ? .valid(manifest) : .damaged
    }

    /// A checksum proves the bytes, not the program that wrote them.
    private var isConsistent: Bool {
        let bases = entries.map(\.header.baseOffset)
        return zip(bases, bases.dropFirst()).allSatisfy { $0 < $1 }
            // A segment of a later format would have asked for a later reader.
            && entries.allSatisfy { $0.header.formatVersion <= Self.formatVersion }
            && sequence <= Self.sequenceLimit
            && checkpoint.segmentBase == lastBase && checkpoint.offset >= lastBase
            && checkpoint.offset <= LogLimits.offsetLimit
            // No segment holds more: what is kept for each of its records is bounded by that.
            && checkpoint.offset - lastBase <= LogLimits.segmentRecordLimit
            && checkpoint.position >= UInt64(SegmentHeader.byteCount)
            && checkpoint.position <= Self.positionLimit
            && checkpoint.position % UInt64(LogLimits.sectorByteCount) == 0
    }
}

extension Manifest.Entry {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        typealias Position = Manifest.EntryPosition
        header = SegmentHeader(
            // Zero in manifests of before there were sealed segments.
            formatVersion: max(
                bytes.short(Position.formatVersion), SegmentHeader.openVersion),
            uuid: SegmentUUID(high: bytes.word(Position.uuid), low: bytes.word(Position.uuid + 8)),
            baseOffset: bytes.word(Position.baseOffset),
            created: Int64(bitPattern: bytes.word(Position.created)),
            previousChain: bytes.word(Position.previousChain),
            previousBase: bytes.word(Position.previousBase))
        byteCount = bytes.word(Position.byteCount)
    }

    fileprivate func encode(into bytes: UnsafeMutableRawBufferPointer) {
        typealias Position = Manifest.EntryPosition
        bytes.put(header.baseOffset, at: Position.baseOffset)
        bytes.put(header.uuid.high, at: Position.uuid)
        bytes.put(header.uuid.low, at: Position.uuid + 8)
        bytes.put(header.created, at: Position.created)
        bytes.put(header.previousChain, at: Position.previousChain)
        bytes.put(header.previousBase, at: Position.previousBase)
        bytes.put(byteCount, at: Position.byteCount)
        bytes.put(header.formatVersion, at: Position.formatVersion)
    }
}
