/// What the indexes of sealed segments know of a key: a hash, seeded once for the whole log.
///
/// Pure. Keys come from outside; the seed is not known there, so nobody can send keys that meet.
enum KeyHash {
    static func hash(_ key: UniqueKey, seed: UInt64) -> UInt64 {
        let owner = UInt64(key.project) << 8 | UInt64(key.type.rawValue)
        let words = (key.id.high.littleEndian, key.id.low.littleEndian, owner.littleEndian)
        return withUnsafeBytes(of: words) { Checksum.hash($0, seed: seed) }
    }

    static func hash(_ key: UInt64, seed: UInt64) -> UInt64 {
        withUnsafeBytes(of: key.littleEndian) { Checksum.hash($0, seed: seed) }
    }
}
