/// A checksum of a few hundred bytes, as fast as they are read; against damage, not against forgery.
///
/// Each step is one-to-one in the state and in the word, so that a change of one word always changes
/// the sum of 64 bits.
struct StoredChecksum {
    private var state: UInt64

    init(seed: UInt64) { state = seed ^ 0x9E37_79B9_7F4A_7C15 }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        state = (state ^ word) &* 0xFF51_AFD7_ED55_8CCD
        state ^= state >> 32
    }

    @inline(__always)
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index + 8 <= bytes.count {
            add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian)
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        add(rest ^ UInt64(bytes.count) << 56)
    }

    var value: UInt64 { state &* 0xC4CE_B9FE_1A85_EC53 ^ state >> 29 }
    var short: UInt32 { UInt32(truncatingIfNeeded: value >> 32) }

    static func ofBlock(
        _ entry: BlockEntry, next: UInt64, stream: StoredMapLayout.Stream,
        _ payload: UnsafeRawBufferPointer
    ) -> UInt32 {
        var sum = StoredChecksum(seed: UInt64(stream.rawValue))
        sum.add(entry.key)
        sum.add(UInt64(entry.offset) << 32 | UInt64(entry.byteCount) << 16 | UInt64(entry.count))
        sum.add(next)
        sum.add(payload)
        return sum.short
    }

    static func ofText(
        _ table: StoredMapLayout.Table, _ index: Int, offset: UInt32,
        _ bytes: UnsafeRawBufferPointer?
    ) -> UInt32 {
        var sum = StoredChecksum(seed: UInt64(table.rawValue) << 32 | UInt64(index))
        sum.add(UInt64(offset))
        if let bytes { sum.add(bytes) } else { sum.add(.max) }
        return sum.short
    }
}

/// What the table of a stream says of one block.
struct BlockEntry {
    /// Line and column of the first segment.
    var key: UInt64
    var offset: UInt32
    var byteCount: UInt16
    var count: UInt16
}
