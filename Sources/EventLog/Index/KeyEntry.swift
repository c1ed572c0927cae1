/// How the entries of a sorted table are stored: a hash of the key and the offset of the record.
///
/// Pure. The byte table is in docs/FORMAT.md, "Sorted tables". In memory an entry is a word with the
/// hash in its high bits, those that are not stored zero, and the offset in the low 21.
enum KeyEntry: Sendable {
    /// 8 bytes, 43 bits of hash: of ids, whose hashes also fill the filters of many segments.
    case wide
    /// 6 bytes, 27 bits of hash: one lookup in 800 meets a foreign key among 175,000 records, and pays for it
    /// with the columns of the blocks that hold it: one of a rare key, all of a segment where the foreign
    /// one is in every block, which of two given keys happens to one pair in 134 million.
    case narrow

    /// Bits of an entry that are offset.
    static let offsetBitCount: UInt64 = 21
    static let offsetMask: UInt64 = (1 << offsetBitCount) - 1
    /// The bits of a hash that a narrow entry leaves out, offset included.
    private static let narrowGap: UInt64 = 37

    var byteCount: Int {
        switch self {
        case .wide: 8
        case .narrow: 6
        }
    }

    /// The bits of a hash that are stored.
    var hashMask: UInt64 {
        switch self {
        case .wide: ~Self.offsetMask
        case .narrow: ~0 << Self.narrowGap
        }
    }

    /// Entries of a page; its last eight bytes are the checksum.
    var pageCount: Int { (LogLimits.sectorByteCount - 8) / byteCount }

    /// The entry for a record that lies `index` records behind the first of its segment.
    func entry(_ hash: UInt64, index: UInt64) -> UInt64 {
        (hash & hashMask) | (index & Self.offsetMask)
    }

    func put(_ entry: UInt64, into page: UnsafeMutableRawBufferPointer, _ index: Int) {
        switch self {
        case .wide: page.put(entry, at: 8 * index)
        case .narrow:
            let hash = entry >> Self.narrowGap
            let stored = (hash << Self.offsetBitCount) | (entry & Self.offsetMask)
            page.put(UInt32(truncatingIfNeeded: stored), at: 6 * index)
            page.put(UInt16(truncatingIfNeeded: stored >> 32), at: 6 * index + 4)
        }
    }

    func get(_ page: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        switch self {
        case .wide: return page.word(8 * index)
        case .narrow:
            let stored = UInt64(page.half(6 * index)) | UInt64(page.short(6 * index + 4)) << 32
            return ((stored >> Self.offsetBitCount) << Self.narrowGap) | (stored & Self.offsetMask)
        }
    }

    /// How many of the first `count` entries of a page, which are in order, are at most `target`.
    func countUpTo(_ target: UInt64, _ page: UnsafeRawBufferPointer, count: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if get(page, middle) <= target { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
