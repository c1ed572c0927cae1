/// What the indexes of sealed segments know of a key: a hash, seeded once for the whole log.
///
/// Pure. Keys come from outside; the seed is not known there, so nobody can send keys that meet.
enum KeyHash {
    /// Bits of a table entry that are offset: what is left of 64 beside a hash of 43.
    static let offsetBitCount: UInt64 = 21
    static let offsetMask: UInt64 = (1 << offsetBitCount) - 1

    static func hash(_ key: UniqueKey, seed: UInt64) -> UInt64 {
        let owner = UInt64(key.project) << 8 | UInt64(key.type.rawValue)
        let words = (key.id.high.littleEndian, key.id.low.littleEndian, owner.littleEndian)
        return withUnsafeBytes(of: words) { Checksum.hash($0, seed: seed) }
    }

    static func hash(_ key: UInt64, seed: UInt64) -> UInt64 {
        withUnsafeBytes(of: key.littleEndian) { Checksum.hash($0, seed: seed) }
    }

    /// The entry for a record that lies `index` records behind the first of its segment.
    static func entry(_ hash: UInt64, index: UInt64) -> UInt64 {
        (hash & ~offsetMask) | (index & offsetMask)
    }
}
