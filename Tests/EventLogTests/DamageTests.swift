import EventLog
import EventLogTestSupport
import Testing

/// What becomes of a small log when its bytes change on the disk.
@Suite struct DamageTests {
    private static let path = LogHarness.directory + "/log/00000000000000000000.seg"
    private static let blockCount = 4
    private static let recordsPerBlock = 3
    private static let isThorough = seedCount(0) > 0

    private static func makeSegment() throws -> [UInt8] {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        for block in 0..<blockCount {
            harness.append(
                (0..<recordsPerBlock).map { TestRecords.make(UInt64(block * recordsPerBlock + $0)) }
            )
        }
        let bytes = store.bytes(path)
        try #require(bytes.count == 4096 * (1 + blockCount))
        return bytes
    }

    /// Opens a log with these bytes; nil when it is refused.
    private static func open(_ bytes: [UInt8]) throws -> (LogHarness, LogHarness.Content)? {
        let store = SimulatedFileStore()
        store.setBytes(path, bytes)
        do throws(LogError) {
            let harness = try LogHarness(store)
            return (harness, try harness.content())
        } catch {
            guard
                error.code == .damagedHeader || error.code == .foreignFile
                    || error.code == .newerFormat
            else { throw error }
            return nil
        }
    }

    @Test func `cut anywhere, the whole blocks before the cut are there and the log goes on`()
        throws
    {
        let whole = try Self.makeSegment()
        for length in 0...whole.count {
            // Every length inside the second block, and a sample elsewhere.
            if !(8000...8400).contains(length) && length % 61 != 0 && length % 4096 > 2 { continue }
            let (harness, content) = try #require(try Self.open(Array(whole.prefix(length))))
            let blocks = length < 4096 ? 0 : length / 4096 - 1
            #expect(content.numbers.count == blocks * Self.recordsPerBlock, "length \(length)")
            #expect(content.gaps.isEmpty && content.falseOffsets.isEmpty, "length \(length)")
            let isClean = length % 4096 == 0 && length > 0
            #expect(harness.core.recovery.isClean == isClean, "length \(length)")
            #expect(harness.append([TestRecords.make(1000)]).isSuccess, "length \(length)")
            #expect(try harness.content().numbers[UInt64(blocks * Self.recordsPerBlock)] == 1000)
        }
    }

    @Test func `one flipped bit never gives a wrong record and never takes away another block`()
        throws
    {
        let whole = try Self.makeSegment()
        var flipCount = 0
        var refusedCount = 0
        for position in 0..<whole.count {
            // Zeros behind the sentence of the header are alike; the blocks are flipped whole.
            if (200..<4080).contains(position) && position % 64 != 0 { continue }
            // Without the environment's wish for more, every third byte of the payload's interior.
            if !Self.isThorough && position % 4096 > 1024 && position % 3 != 0 { continue }
            for bit in 0..<8 {
                var bytes = whole
                bytes[position] ^= 1 << bit
                flipCount += 1
                guard let (harness, content) = try Self.open(bytes) else {
                    #expect(position < 4096, "refused for bit \(bit) of byte \(position)")
                    refusedCount += 1
                    continue
                }
                let hit = position / 4096 - 1
                let isTail = hit == Self.blockCount - 1
                let expected = (0..<UInt64(Self.blockCount * Self.recordsPerBlock)).filter {
                    Int($0) / Self.recordsPerBlock != hit
                }
                let gap =
                    UInt64(hit * Self.recordsPerBlock)..<UInt64((hit + 1) * Self.recordsPerBlock)
                guard content.falseOffsets.isEmpty, content.numbers.keys.sorted() == expected,
                    position >= 4096, isTail ? content.gaps.isEmpty : content.gaps == [gap],
                    isTail
                        ? harness.core.recovery.cuts.count == 1 : harness.core.recovery.cuts.isEmpty
                else {
                    Issue.record("bit \(bit) of byte \(position): \(content)")
                    return
                }
            }
        }
        #expect(refusedCount > 0)
        print("bit flips tried: \(flipCount), refused at the header: \(refusedCount)")
    }

    @Test func `every sector zeroed is a gap or a cut tail`() throws {
        let whole = try Self.makeSegment()
        for sector in stride(from: 4096, to: whole.count, by: 512) {
            var bytes = whole
            let original = Array(bytes[sector..<sector + 512])
            bytes.replaceSubrange(sector..<sector + 512, with: [UInt8](repeating: 0, count: 512))
            if Array(bytes[sector..<sector + 512]) == original { continue }
            let (harness, content) = try #require(try Self.open(bytes))
            #expect(content.falseOffsets.isEmpty)
            #expect(content.numbers.count == (Self.blockCount - 1) * Self.recordsPerBlock)
            #expect(content.gaps.count + harness.core.recovery.cuts.count == 1)
        }
    }

    @Test func `blocks that change places are found`() throws {
        let whole = try Self.makeSegment()
        for first in 0..<Self.blockCount {
            for second in first + 1..<Self.blockCount {
                var bytes = whole
                let a = 4096 * (1 + first)..<4096 * (2 + first)
                let b = 4096 * (1 + second)..<4096 * (2 + second)
                bytes.replaceSubrange(a, with: whole[b])
                bytes.replaceSubrange(b, with: whole[a])
                let (_, content) = try #require(try Self.open(bytes))
                #expect(content.falseOffsets.isEmpty)
                #expect(content.numbers.count == (Self.blockCount - 2) * Self.recordsPerBlock)
            }
        }
    }

    @Test func `damage is found offline, with its place`() throws {
        let whole = try Self.makeSegment()
        let store = SimulatedFileStore()
        var bytes = whole
        bytes[2 * 4096 + 200] ^= 4
        store.setBytes(Self.path, bytes)
        let report = try LogVerifier(directory: LogHarness.directory, store: store).verify()
        #expect(!report.isSound)
        #expect(report.findings.map(\.position) == [8192])
        #expect(report.findings.first?.offsets == 3..<6)
        #expect(report.recordCount == 9)
    }

    @Test func `an empty newest segment is set aside`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        harness.append([TestRecords.make(0)])
        harness.core.close()
        store.kill()
        for size in [0, 17, 4096] {
            let copy = store.copy(seed: 1)
            copy.setBytes(
                LogHarness.directory + "/log/00000000000000000001.seg",
                [UInt8](repeating: 0, count: size))
            let again = try LogHarness(copy)
            #expect(again.core.recovery.unfinishedSegments.count == 1)
            #expect(again.append([TestRecords.make(1)]).isSuccess)
            #expect(try again.content().numbers == [0: 0, 1: 1])
        }
    }
}
