import Crypto

/// SHA-256 of several texts, each with its length before it, so that where one ends counts.
package enum ContentDigest {
    /// 32 bytes.
    package static func sha256(_ texts: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        for text in texts {
            withUnsafeBytes(of: UInt64(text.count).littleEndian) { hash.update(bufferPointer: $0) }
            text.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        return Array(hash.finalize())
    }
}
