/// What a block holds, as far as it takes to know that it need not be read.
///
/// The byte table is in docs/FORMAT.md, "Block entry".
struct BlockZone: Hashable, Sendable {
    var entry: BlockEntry
    var storedSectionByteCount: UInt32
    var minTime: Int64
    var maxTime: Int64
    /// Bit `project % 64` is set when a record of such a project may be there.
    var projects: UInt64
    /// The same of record types.
    var types: UInt64

    init(_ header: BlockHeader, _ block: LogBlock) {
        entry = BlockEntry(header)
        storedSectionByteCount = header.storedSectionByteCount
        minTime = header.minTime
        maxTime = header.maxTime
        projects = 0
        types = 0
        for index in 0..<block.count {
            projects |= Self.bit(block.project(at: index))
            types |= Self.bit(UInt32(block.type(at: index).rawValue))
        }
    }

    /// The bit of a project or a type: others may share it.
    static func bit(_ number: UInt32) -> UInt64 { 1 << UInt64(number % 64) }

    private enum Position {
        static let position = 0
        static let baseOffset = 8
        static let recordCount = 16
        static let prefix = 20
        static let byteCount = 24
        static let storedSection = 28
        static let minTime = 32
        static let maxTime = 40
        static let projects = 48
        static let types = 56
    }

    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        bytes.put(entry.position, at: Position.position)
        bytes.put(entry.baseOffset, at: Position.baseOffset)
        bytes.put(entry.recordCount, at: Position.recordCount)
        bytes.put(entry.prefixByteCount, at: Position.prefix)
        bytes.put(entry.byteCount, at: Position.byteCount)
        bytes.put(storedSectionByteCount, at: Position.storedSection)
        bytes.put(minTime, at: Position.minTime)
        bytes.put(maxTime, at: Position.maxTime)
        bytes.put(projects, at: Position.projects)
        bytes.put(types, at: Position.types)
    }

    /// Nil when no block looks like this.
    init?(_ bytes: UnsafeRawBufferPointer) {
        entry = BlockEntry(
            position: bytes.word(Position.position), baseOffset: bytes.word(Position.baseOffset),
            recordCount: bytes.half(Position.recordCount),
            prefixByteCount: bytes.half(Position.prefix),
            byteCount: bytes.half(Position.byteCount))
        storedSectionByteCount = bytes.half(Position.storedSection)
        minTime = Int64(bitPattern: bytes.word(Position.minTime))
        maxTime = Int64(bitPattern: bytes.word(Position.maxTime))
        projects = bytes.word(Position.projects)
        types = bytes.word(Position.types)
        guard entry.recordCount > 0, entry.recordCount <= LogLimits.groupRecordLimit,
            entry.baseOffset <= LogLimits.offsetLimit,
            entry.byteCount <= LogLimits.blockByteLimit,
            entry.byteCount % UInt32(LogLimits.sectorByteCount) == 0,
            entry.prefixByteCount >= BlockHeader.byteCount,
            entry.prefixByteCount < entry.byteCount
        else { return nil }
    }
}
