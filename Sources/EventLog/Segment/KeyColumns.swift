import Synchronization

/// The index keys of the records of a segment that is not sealed, in memory, 20 bytes a record.
///
/// A key is kept by its low 32 bits, and 0 where a record has none: what is found is a candidate.
/// Safe from any thread; one adds, any number look, and nobody waits for a search to end.
final class KeyColumns: Sendable {
    private let baseOffset: UInt64
    private let state = Mutex(State())

    fileprivate struct State {
        var chunks: [Chunk] = []
        var count = 0
        /// Those of the first chunks, which are full.
        var sieves: [KeySieve] = []
    }

    init(baseOffset: UInt64) { self.baseOffset = baseOffset }

    /// The keys of all records below this offset, from the first of the segment on, are here.
    var end: UInt64 { baseOffset + UInt64(state.withLock { $0.count }) }

    /// Adds the records of the next block; what is here already stays as it is.
    ///
    /// Records between the last block and this one are damaged: they have no keys.
    func append(_ block: LogBlock) {
        state.withLock { state in
            guard baseOffset + UInt64(state.count) <= block.baseOffset else { return }
            let first = Int(block.baseOffset - baseOffset)
            state.grow(to: first + block.count)
            block.section.withUnsafeBytes { bytes in
                for kind in IndexKeyKind.allCases {
                    let column = SectionLayout(count: block.count).column(of: kind)
                    for index in 0..<block.count {
                        let (chunk, place) = (first + index).quotientAndRemainder(
                            dividingBy: Chunk.recordCount)
                        state.chunks[chunk].column(kind)[place] = bytes.half(column + 8 * index)
                    }
                }
            }
        }
    }

    /// Makes the sieves of what has become full: some tens of microseconds for 4,096 records.
    ///
    /// By whoever adds, behind all that somebody waits for; searches go on meanwhile.
    func sieve() {
        let added = state.withLock { state in
            Array(state.chunks[state.sieves.count..<state.count / Chunk.recordCount])
        }
        if added.isEmpty { return }
        let sieves = added.map { KeySieve(recordCount: Chunk.recordCount, column: $0.column) }
        state.withLock { $0.sieves += sieves }
    }

    /// Offsets in `range`, newest first, of records that may have this key; at most `limit`.
    func candidates(
        _ kind: IndexKeyKind, _ value: UInt64, in range: Range<UInt64>, limit: Int
    ) -> [UInt64] {
        let (chunks, count, sieves) = state.withLock { ($0.chunks, $0.count, $0.sieves) }
        let wanted = UInt32(truncatingIfNeeded: value)
        var found: [UInt64] = []
        var end = min(Int(clamping: range.upperBound &- baseOffset), count)
        let start = range.lowerBound > baseOffset ? Int(range.lowerBound - baseOffset) : 0
        while end > start, found.count < limit {
            let chunk = (end - 1) / Chunk.recordCount
            let first = chunk * Chunk.recordCount
            if chunk < sieves.count, !sieves[chunk].mayHold(wanted, kind) {
                end = first
                continue
            }
            let column = chunks[chunk].column(kind)
            let lowest = max(0, start - first)
            var index = end - first
            while index > lowest {
                // Most runs have none of it, which is told for all their records at once.
                let run = min(Self.runRecordCount, index - lowest)
                index -= run
                guard Self.holds(wanted, column + index, run) else { continue }
                for place in (index..<index + run).reversed() where column[place] == wanted {
                    found.append(baseOffset + UInt64(first + place))
                    if found.count == limit { return found }
                }
            }
            end = first
        }
        return found
    }

    /// Records that are compared without a branch: the compiler makes vectors of it.
    private static let runRecordCount = 64

    private static func holds(
        _ wanted: UInt32, _ column: UnsafeMutablePointer<UInt32>, _ count: Int
    ) -> Bool {
        var isHeld: UInt32 = 0
        for place in 0..<count { isHeld |= column[place] == wanted ? 1 : 0 }
        return isHeld != 0
    }

    /// Some records, column by column.
    fileprivate final class Chunk: @unchecked Sendable {
        // Sendable: a place is written once, under the lock of the columns, before the count that
        // covers it; it is read only below a count that was taken under that lock.

        /// 64 KiB a chunk: little to have too much, and long runs to search.
        static let recordCount = 4096
        private static let slotCount = recordCount * IndexKeyKind.allCases.count
        private let slots: UnsafeMutablePointer<UInt32>

        init() {
            slots = .allocate(capacity: Self.slotCount)
            slots.initialize(repeating: 0, count: Self.slotCount)
        }

        deinit { slots.deallocate() }

        func column(_ kind: IndexKeyKind) -> UnsafeMutablePointer<UInt32> {
            slots + kind.place * Self.recordCount
        }
    }
}

extension KeyColumns.State {
    /// Makes room for records without keys.
    fileprivate mutating func grow(to count: Int) {
        while chunks.count * KeyColumns.Chunk.recordCount < count {
            chunks.append(KeyColumns.Chunk())
        }
        self.count = count
    }
}
