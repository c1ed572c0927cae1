import ContentCoding
import Testing

struct ContentCodingTests {
    static let gzip: [UInt8] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff, 0xab, 0xae, 0x05, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0,
        0, 0,
    ]
    static let zlib: [UInt8] = [0x78, 0x9c, 0xab, 0xae, 0x05, 0x00, 0x01, 0x75, 0x00, 0xf9]
    static let brotli: [UInt8] = [0x8b, 0x00, 0x80, 0x7b, 0x7d, 0x03]

    static let zstandard: [UInt8] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x11, 0x00, 0x00, 0x7b, 0x7d, 0xd1, 0x94, 0xf2, 0x7a,
    ]

    static let forms: [(String, [UInt8])] = [
        ("", Array("{}".utf8)), ("identity", Array("{}".utf8)), ("UTF-8", Array("{}".utf8)),
        ("gzip", gzip), ("x-gzip", gzip), ("GZip", gzip), ("deflate", zlib),
        ("deflate", Array(zlib[2..<6])), ("br", brotli),
        ("zstd", zstandard),
    ]

    @Test(arguments: forms)
    func `each encoding is undone`(encoding: String, bytes: [UInt8]) throws {
        let decoded = try ContentCoding.decode(bytes, encoding: encoding, limit: 2)
        #expect(decoded == Array("{}".utf8))
        #expect(throws: ContentCodingError.tooLarge(limit: 1)) {
            try ContentCoding.decode(bytes, encoding: encoding, limit: 1)
        }
    }

    @Test func `members of a gzip body follow one another`() throws {
        let decoded = try ContentCoding.decode(Self.gzip + Self.gzip, encoding: "gzip", limit: 99)
        #expect(decoded == Array("{}{}".utf8))
    }

    @Test func `frames of a zstd body follow one another`() throws {
        let two = Self.zstandard + Self.zstandard
        #expect(
            try ContentCoding.decode(two, encoding: "zstd", limit: 99) == Array("{}{}".utf8))
    }

    @Test func `a zstd frame that wants a window beyond 8 MiB is refused`() {
        // Magic, a descriptor without a size, a window of 128 MiB, an empty last block.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00]
        #expect(throws: ContentCodingError.self) {
            try ContentCoding.decode(frame, encoding: "zstd", limit: 99)
        }
    }

    @Test(arguments: ["compress", "lzma", "gzip, br"])
    func `other encodings are unknown`(encoding: String) {
        #expect(throws: ContentCodingError.unknownEncoding(encoding)) {
            try ContentCoding.decode([], encoding: encoding, limit: 9)
        }
    }

    @Test(arguments: forms.filter { !["", "identity", "UTF-8"].contains($0.0) })
    func `truncated and mutated bodies are refused or decoded`(
        encoding: String, bytes: [UInt8]
    ) {
        for count in 0..<bytes.count {
            #expect(throws: ContentCodingError.self) {
                try ContentCoding.decode(Array(bytes[..<count]), encoding: encoding, limit: 99)
            }
        }
        for index in bytes.indices {
            for bit in UInt8(0)..<8 {
                var mutated = bytes
                mutated[index] ^= 1 << bit
                _ = try? ContentCoding.decode(mutated, encoding: encoding, limit: 99)
            }
        }
    }
}
