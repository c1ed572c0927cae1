import EventLogTestSupport
import Testing

@testable import EventLog

/// What a table holds of each block, and what it says of an offset.
@Suite struct BlockTableTests {
    /// Blocks behind one another, with holes where damage has taken some.
    private func blocks(_ count: Int, _ random: inout SeededRandom) -> [BlockEntry] {
        var entries: [BlockEntry] = []
        var position = UInt64(SegmentHeader.byteCount)
        var offset = UInt64.random(in: 0..<1 << 39, using: &random)
        for _ in 0..<count {
            if Int.random(in: 0..<20, using: &random) == 0 {
                offset += UInt64.random(in: 1...5_000, using: &random)
                position += UInt64(LogLimits.sectorByteCount)
            }
            let sectors = UInt32.random(
                in: 1...UInt32(LogLimits.blockByteLimit / LogLimits.sectorByteCount),
                using: &random)
            let byteCount = sectors * UInt32(LogLimits.sectorByteCount)
            let entry = BlockEntry(
                position: position, baseOffset: offset,
                recordCount: .random(in: 1...UInt32(LogLimits.groupRecordLimit), using: &random),
                prefixByteCount: .random(in: 128..<byteCount, using: &random),
                byteCount: byteCount)
            entries.append(entry)
            position = entry.end
            offset = entry.nextOffset
        }
        return entries
    }

    @Test(arguments: [0, 1, 2, 1_023, 1_024, 1_025, 5_000])
    func `a table gives back what was added`(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let entries = blocks(count, &random)
        var table = BlockTable()
        for entry in entries {
            table.append(entry)
            #expect(table.last == entry)
        }
        #expect(Array(table.entries) == entries)
    }

    @Test(arguments: [0, 1, 2, 1_024, 3_000])
    func `a place is that of a search through all blocks`(count: Int) {
        var random = SeededRandom(seed: UInt64(count) + 7)
        let entries = blocks(count, &random)
        var table = BlockTable()
        for entry in entries { table.append(entry) }
        let edges = entries.flatMap { [$0.baseOffset, $0.nextOffset - 1, $0.nextOffset] }
        for offset in edges.map({ [$0 &- 1, $0] }).joined() where offset <= LogLimits.offsetLimit {
            let place: BlockTable.Place =
                if let found = entries.first(where: { $0.offsets.contains(offset) }) {
                    .block(found)
                } else {
                    .hole(
                        lower: entries.last { $0.nextOffset <= offset }?.nextOffset,
                        upper: entries.first { $0.baseOffset > offset }?.baseOffset)
                }
            #expect(table.place(of: offset) == place, "offset \(offset) of \(count) blocks")
        }
        #expect(
            table.place(of: .max)
                == .hole(lower: entries.last?.nextOffset, upper: nil))
    }

    @Test func `a block at every bound of the format fits`() {
        let largest = BlockEntry(
            position: UInt64(UInt32.max) * UInt64(LogLimits.sectorByteCount),
            baseOffset: LogLimits.offsetLimit, recordCount: UInt32(LogLimits.groupRecordLimit),
            prefixByteCount: UInt32(LogLimits.blockByteLimit) - 1,
            byteCount: UInt32(LogLimits.blockByteLimit))
        var table = BlockTable()
        table.append(largest)
        #expect(table.last == largest)
    }
}
