import Crypto

/// Ids of records whose senders give them none: the same content has the same id.
package enum ItemID {
    /// The first 16 bytes of the SHA-256 of the parts, each with its length in front.
    package static func make(_ parts: [String]) -> EventID {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in hash.finalize().prefix(16).enumerated() {
            if index < 8 {
                words.0 = words.0 << 8 | UInt64(byte)
            } else {
                words.1 = words.1 << 8 | UInt64(byte)
            }
        }
        return EventID(high: words.0, low: words.1)
    }
}
