import EventLogTestSupport
import Testing

@testable import EventLog

/// The filter of the ids of many segments never denies an id that it was given, and never lies
/// when it is damaged.
@Suite struct IDGroupTests {
    private static let head = IDGroupHead(
        members: [
            .init(offsets: 0..<10, originalUUID: SegmentUUID(high: 1, low: 2)),
            .init(offsets: 10..<25, originalUUID: SegmentUUID(high: 3, low: 4)),
            .init(offsets: 40..<41, originalUUID: SegmentUUID(high: 5, low: 6)),
        ], blockCount: 7, keySeed: 77, seed: 99)

    private static func encoded(_ head: IDGroupHead) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: IDGroupHead.byteCount)
        bytes.withUnsafeMutableBytes { head.encode(into: $0) }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) -> IDGroupHead? {
        bytes.withUnsafeBytes { IDGroupHead.decode($0) }
    }

    @Test func `a head is read as it was written, and any flipped bit is found`() {
        let bytes = Self.encoded(Self.head)
        #expect(Self.decode(bytes) == Self.head)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Self.decode(flipped) == nil, "bit \(bit)")
        }
        for count in stride(from: 0, to: bytes.count, by: 511) {
            #expect(Self.decode(Array(bytes.prefix(count))) == nil)
        }
    }

    @Test func `heads that no group has are refused, with a right checksum`() {
        var wrong: [IDGroupHead] = []
        for change in [
            { (head: inout IDGroupHead) in head.members = [] },
            { $0.blockCount = 0 },
            { $0.blockCount = Int(IDGroupBlock.countLimit) + 1 },
            { $0.members.swapAt(0, 1) },
            { $0.members[1].offsets = 9..<12 },
        ] {
            var head = Self.head
            change(&head)
            wrong.append(head)
        }
        for head in wrong { #expect(Self.decode(Self.encoded(head)) == nil) }
    }

    @Test func `a filter knows its ids, few others, and every flipped bit`() {
        var random = SeededRandom(seed: 7)
        let ids = (0..<20_000).map { _ in random.next() }
        let count = IDGroupBlock.count(for: ids.count)
        var blocks = [UInt8](repeating: 0, count: count * IDGroupBlock.byteCount)
        blocks.withUnsafeMutableBytes { bytes in
            func block(_ index: Int) -> UnsafeMutableRawBufferPointer {
                bytes.part(index * IDGroupBlock.byteCount..<(index + 1) * IDGroupBlock.byteCount)
            }
            for id in ids {
                IDGroupBlock.insert(id, into: block(IDGroupBlock.index(id, of: count)))
            }
            for index in 0..<count { IDGroupBlock.close(block(index), seed: 5, index) }
            func mayHold(_ id: UInt64) -> Bool {
                let index = IDGroupBlock.index(id, of: count)
                return IDGroupBlock.mayHold(id, UnsafeRawBufferPointer(block(index)))
            }
            // Only the bits that id tables have count.
            #expect(ids.allSatisfy { mayHold($0) && mayHold($0 ^ (random.next() >> 43)) })
            let wrong = (0..<100_000).count { _ in mayHold(random.next()) }
            #expect(wrong < 1_500, "\(wrong) of 100,000")
            for bit in 0..<IDGroupBlock.byteCount * 8 {
                let place = 3 * IDGroupBlock.byteCount + bit / 8
                bytes[place] ^= 1 << UInt8(bit % 8)
                let flipped = UnsafeRawBufferPointer(block(3))
                #expect(!IDGroupBlock.isWhole(flipped, seed: 5, 3))
                bytes[place] ^= 1 << UInt8(bit % 8)
            }
            // At another place it is another block.
            #expect(IDGroupBlock.isWhole(UnsafeRawBufferPointer(block(3)), seed: 5, 3))
            #expect(!IDGroupBlock.isWhole(UnsafeRawBufferPointer(block(3)), seed: 5, 4))
        }
    }

    @Test func `the filter of a segment knows its ids and few others`() {
        var random = SeededRandom(seed: 8)
        let ids = (0..<50_000).map { _ in random.next() }
        let count = KeyFilter.pageCount(keyCount: ids.count)
        var pages = [UInt8](repeating: 0, count: count * KeyPage.byteCount)
        pages.withUnsafeMutableBytes { bytes in
            func page(_ hash: UInt64) -> UnsafeMutableRawBufferPointer {
                let start = KeyFilter.page(hash, of: count) * KeyPage.byteCount
                return bytes.part(start..<start + KeyPage.byteCount)
            }
            for id in ids { KeyFilter.insert(id, into: page(id)) }
            func mayHold(_ id: UInt64) -> Bool {
                KeyFilter.mayHold(id, UnsafeRawBufferPointer(page(id)))
            }
            #expect(ids.allSatisfy(mayHold))
            let wrong = (0..<100_000).count { _ in mayHold(random.next()) }
            #expect(wrong < 2_500, "\(wrong) of 100,000")
        }
    }
}
