import ErrorModel
import Testing

struct EventDigestTests {
    static func sample() -> EventDigest {
        var digest = EventDigest(
            type: "TypeError", value: "no id", fingerprint: 0x30b4_d8a9_847d_6360,
            happened: Timestamp(microseconds: -5), level: .fatal, action: .rejection)
        digest.flags = [.clientFingerprint, .mended]
        digest.account = .max
        digest.culprit = "checkout in app.js"
        digest.release = "shop@1"
        digest.platform = "javascript"
        digest.tags = [.init(key: "b", value: "2"), .init(key: "a", value: "\u{e9}")]
        return digest
    }

    @Test func `a digest is read back`() throws {
        var digest = Self.sample()
        let bytes = digest.encoded()
        digest.tags.reverse()
        #expect(try EventDigestView(bytes).digest == digest)
        let padded = [1, 2, 3] + bytes + [4]
        let view = try EventDigestView(padded, in: 3..<3 + bytes.count)
        #expect(view.digest == digest)
        #expect(String(decoding: padded[view.typeRange], as: UTF8.self) == "TypeError")
    }

    @Test func `the layout is the one of the table`() {
        let bytes = Self.sample().encoded()
        #expect(Array(bytes[0..<8]) == [1, 1, 5, 3, 10, 0, 2, 0])
        #expect(Array(bytes[8..<16]) == [0x60, 0x63, 0x7d, 0x84, 0xa9, 0xd8, 0xb4, 0x30])
        #expect(bytes[16] == 0xFB && bytes[23] == 0xFF)
        #expect(Array(bytes[32..<48]) == [9, 0, 5, 0, 18, 0, 6, 0, 10, 0, 10, 0, 0, 0, 0, 0])
        #expect(Array(bytes[48..<57]) == Array("TypeError".utf8))
        let tags: [UInt8] = [1, 0, 2, 0, 0x61, 0xC3, 0xA9, 1, 0, 1, 0, 0x62, 0x32]
        #expect(Array(bytes.suffix(13)) == tags)
    }

    @Test func `every truncation and extension is refused`() {
        let bytes = Self.sample().encoded()
        for count in 0..<bytes.count {
            #expect(throws: DigestError.self) { try EventDigestView(Array(bytes[..<count])) }
        }
        #expect(throws: DigestError.self) { try EventDigestView(bytes + [0]) }
    }

    @Test func `hostile bytes are read or refused`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("digest seed \(seed)")
        var random = SeededRandom(seed)
        let bytes = Self.sample().encoded()
        for _ in 0..<20_000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                mutated[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            if let view = try? EventDigestView(mutated) { _ = view.digest }
        }
    }

    @Test func `strings are cut on the bounds of scalars`() throws {
        var digest = Self.sample()
        digest.type = String(repeating: "\u{1F600}", count: 100) + "x"
        digest.value = "a" + String(repeating: "\u{e9}", count: 300)
        digest.release = "a\0b"
        digest.tags = (0..<80).map {
            .init(key: "k\($0)", value: String(repeating: "v", count: 999))
        }
        let view = try EventDigestView(digest.encoded())
        #expect(view.type.utf8.count == 128 && view.type.unicodeScalars.count == 32)
        #expect(view.value.utf8.count == 255)
        #expect(view.release == "a\u{FFFD}b")
        #expect(view.tagCount == EventDigestLimits.tagCount)
        #expect(view.tags.allSatisfy { $0.value.utf8.count == EventDigestLimits.tagValue })
    }
}
