import EventLog
import EventLogTestSupport
import Testing

/// Bytes that go out in an LZ4 frame come back, however they are cut.
@Suite struct StreamTests {
    private static func pack(_ plain: [UInt8], _ random: inout SeededRandom) throws -> [UInt8] {
        var packed: [UInt8] = []
        let writer = LZ4StreamWriter { packed.append(contentsOf: $0) }
        var start = 0
        while start < plain.count {
            let end = min(plain.count, start + 1 + random.below(700_000))
            try plain[start..<end].withUnsafeBytes { try writer.write($0) }
            start = end
        }
        try writer.finish()
        return packed
    }

    private static func unpack(
        _ packed: [UInt8], _ random: inout SeededRandom
    ) throws -> (plain: [UInt8], isWhole: Bool) {
        let reader = LZ4StreamReader()
        var plain: [UInt8] = []
        var start = 0
        while start < packed.count {
            let end = min(packed.count, start + 1 + random.below(100_000))
            try packed[start..<end].withUnsafeBytes { bytes in
                try reader.read(bytes) { plain.append(contentsOf: $0) }
            }
            start = end
        }
        return (plain, reader.isBetweenFrames)
    }

    private static func text(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
        (0..<count).map { _ in UInt8(97 + random.below(random.below(20) == 0 ? 26 : 2)) }
    }

    @Test func `what goes in comes out`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for count in [0, 1, 1000, 300_000, 2_000_000] {
            let plain = Self.text(count, &random)
            let packed = try Self.pack(plain, &random)
            let back = try Self.unpack(packed, &random)
            #expect(back.plain == plain && back.isWhole, "seed \(seed), \(count)")
            // Frames one behind the other, a skippable one between them.
            let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
            let twice = try Self.unpack(packed + skippable + packed, &random)
            #expect(twice.plain == plain + plain && twice.isWhole, "seed \(seed), \(count)")
        }
    }

    @Test func `a frame that was cut is not whole, a damaged one is no frame`() throws {
        var random = SeededRandom(seed: 7)
        let plain = Self.text(50_000, &random)
        let packed = try Self.pack(plain, &random)
        for _ in 0..<200 {
            let cut = Array(packed[..<(1 + random.below(packed.count - 1))])
            let back = try Self.unpack(cut, &random)
            #expect(!back.isWhole && plain.starts(with: back.plain))
            var damaged = packed
            damaged[random.below(packed.count)] ^= UInt8(1 << random.below(8))
            let found = try? Self.unpack(damaged, &random)
            #expect(found == nil || !found!.isWhole || found!.plain == plain)
        }
    }

    @Test func `lines are the same however the bytes are cut, and long ones are told`() {
        var random = SeededRandom(seed: 11)
        let text = Array("first\n\nthird is too long\nlast".utf8)
        for _ in 0..<200 {
            var splitter = LineSplitter(limit: 6)
            var lines: [String] = []
            func take(_ line: LineSplitter.Line) {
                switch line {
                case .line(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
                case .tooLong: lines.append("…")
                }
            }
            var start = 0
            while start < text.count {
                let end = min(text.count, start + 1 + random.below(9))
                text[start..<end].withUnsafeBytes { splitter.append($0, take) }
                start = end
            }
            splitter.finish(take)
            #expect(lines == ["first", "", "…", "last"])
        }
    }

    @Test(arguments: [
        (0, 0, 0, "verify [########################] 100 %, 0 B of 0 B"),
        (0, 2000, 100, "verify [........................] 0 %, 0 B of 2.0 kB"),
        (
            1_500_000, 3_000_000, 1000,
            "verify [############............] 50 %, 1.5 MB of 3.0 MB, 1.5 MB/s, 1 s left"
        ),
        (
            1_000, 3_600_000, 1000,
            "verify [........................] 0 %, 1.0 kB of 3.6 MB, 1.0 kB/s, 59 min 59 s left"
        ),
        (
            1, 1_000_000_000_000, 1000,
            "verify [........................] 0 %, 1 B of 1.0 TB, 1 B/s, 277777 h 46 min left"
        ),
        (
            5_000, 5_000, 1000,
            "verify [########################] 100 %, 5.0 kB of 5.0 kB, 5.0 kB/s"
        ),
    ]) func `progress is said in words`(done: UInt64, total: UInt64, at: UInt64, text: String) {
        #expect(
            ProgressText("verify", start: 5).text(done: done, total: total, now: 5 + at) == text)
    }
}
