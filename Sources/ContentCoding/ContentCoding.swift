/// Undoes the Content-Encoding of a request within a bound.
package enum ContentCoding {
    /// Size of the pieces in which output grows: a usual event fits one, and a bomb costs little
    /// more than the limit.
    static let pieceByteCount = 64 * 1024

    /// Decodes a whole body.
    ///
    /// `encoding` is the header's value: `gzip`, `x-gzip`, `deflate` (zlib, or raw as some send
    /// it), `br`, `zstd`; `identity`, `UTF-8` and the empty string leave the body as it is. Throws
    /// `.tooLarge` as soon as the output passes `limit` bytes, whatever the input promises.
    package static func decode(
        _ bytes: [UInt8], encoding: String, limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        switch encoding.lowercased().filter({ $0 != " " }) {
        case "", "identity", "utf-8":
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
            return bytes
        case "gzip", "x-gzip":
            return try Zlib.decode(bytes, format: .gzip, limit: limit)
        case "deflate":
            return try inflate(bytes, limit: limit)
        case "br":
            return try Brotli.decode(bytes, limit: limit)
        case "zstd":
            return try Zstandard.decode(bytes, limit: limit)
        default:
            throw .unknownEncoding(encoding)
        }
    }

    /// Undoes a bare deflate stream, as the entries of archives are; throws as `decode` does.
    package static func inflate(
        raw bytes: [UInt8], limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        try Zlib.decode(bytes, format: .raw, limit: limit)
    }

    /// The CRC-32 that archives keep of their entries.
    package static func crc32(_ bytes: [UInt8]) -> UInt32 { Zlib.crc32(bytes) }

    /// The standard wants zlib data; what begins otherwise is tried as a bare deflate stream.
    private static func inflate(
        _ bytes: [UInt8], limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        let isZlib =
            bytes.count >= 2 && bytes[0] & 0x0F == 8
            && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0
        return try Zlib.decode(bytes, format: isZlib ? .zlib : .raw, limit: limit)
    }
}
