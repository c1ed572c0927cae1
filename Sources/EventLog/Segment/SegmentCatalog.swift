import Synchronization

/// The segments of a log and its durable offset: what readers look at and the writer moves on.
///
/// Safe from any thread. Readers copy the list and leave; the list changes only when a segment is
/// added, the durable offset with every commit.
final class SegmentCatalog: Sendable {
    private let list: Mutex<[Segment]>
    private let durable: Atomic<UInt64>
    private let recent = Mutex(RecentBlocks())

    init(segments: [Segment] = [], durableOffset: UInt64 = 0) {
        list = Mutex(segments)
        durable = Atomic(durableOffset)
    }

    var segments: [Segment] { list.withLock { $0 } }

    /// Everything below this offset is on disk and in the tables.
    var durableOffset: UInt64 { durable.load(ordering: .sequentiallyConsistent) }

    /// Keeps the block that the writer is about to announce.
    func remember(_ block: LogBlock) { recent.withLock { $0.append(block) } }

    /// The block that holds `offset`, without its lines, if it was written a moment ago.
    func recentBlock(containing offset: UInt64) -> LogBlock? {
        recent.withLock { $0.block(containing: offset) }
    }

    /// Called by the writer only, after the block's table entry is in place.
    func advance(to offset: UInt64) { durable.store(offset, ordering: .sequentiallyConsistent) }

    /// Adds the segment that continues the log; the one before ends where it begins.
    func append(_ segment: Segment) {
        list.withLock {
            $0.last?.seal(at: segment.baseOffset)
            $0.append(segment)
        }
    }

    /// Takes the newest segment out again: it holds nothing durable.
    func removeLast() {
        list.withLock { _ = $0.popLast() }
    }

    /// Sets all segments, in their order.
    func replace(segments: [Segment], durableOffset: UInt64) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            segment.seal(at: next.baseOffset)
        }
        list.withLock { $0 = segments }
        advance(to: durableOffset)
    }

    /// The segment that would hold `offset`.
    func segment(for offset: UInt64) -> Segment? {
        list.withLock { segments in
            var low = 0
            var high = segments.count
            while low < high {
                let middle = (low + high) / 2
                if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? segments[low - 1] : nil
        }
    }
}
