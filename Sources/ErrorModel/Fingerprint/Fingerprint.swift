import Crypto

/// The number that groups events into issues; the rules are in `CanonicalText`, `FrameName`,
/// `FileName` and `MessagePattern`.
package enum Fingerprint {
    /// The first 8 bytes of the canonical text's SHA-256, read big-endian.
    package static func hash(_ canonical: UnsafeRawBufferPointer) -> UInt64 {
        Digest64.sha256(canonical)
    }

    package static func hash(canonical: String) -> UInt64 {
        var canonical = canonical
        return canonical.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }
}

/// SHA-256 cut to 64 bits.
enum Digest64 {
    /// The first 8 bytes of the hash, read big-endian.
    static func sha256(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return hash.finalize().withUnsafeBytes {
            UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
        }
    }
}
