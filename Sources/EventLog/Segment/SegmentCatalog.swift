import Synchronization

/// The segments of a log and its durable offset: what readers look at and the writer moves on.
///
/// Safe from any thread. Readers copy the list and leave; the list changes only when a segment is
/// added, the durable offset with every commit.
final class SegmentCatalog: Sendable {
    private let list: Mutex<[Segment]>
    private let durable: Atomic<UInt64>
    private let first = Atomic<UInt64>(0)
    private let recent = Mutex(RecentBlocks())
    /// What the blocks of the segment hold that was asked last.
    ///
    /// One, since readers go through them in turn and a table has some 100 KB. By its uuid, which
    /// every rewriting changes: a segment that is held would keep the file open that an erasure
    /// has replaced.
    private let zones = Mutex<(uuid: SegmentUUID, zones: [BlockZone])?>(nil)
    /// Held while files are renamed or taken away: a segment is not dropped while its sealed form
    /// takes its place.
    let fileChanges = Monitor()
    /// The handles that readers share.
    let openFiles = OpenFiles()
    /// What the manifest lists and opening the log did not find.
    private let lost = Mutex(Lost())

    private struct Lost {
        var entries: [Manifest.Entry] = []
        /// Those that the last dropping has taken out, in case it is undone.
        var dropped: [Manifest.Entry] = []
    }
    /// What opening the log, and reading it, found missing.
    private let gaps = Mutex<[RecoveryReport.Gap]>([])

    /// More gaps than this say nothing new about a disk.
    private static let gapLimit = 10_000

    init(segments: [Segment] = [], durableOffset: UInt64 = 0) {
        list = Mutex(segments)
        durable = Atomic(durableOffset)
    }

    var segments: [Segment] { list.withLock { $0 } }

    /// Records below this offset were dropped.
    var firstOffset: UInt64 { first.load(ordering: .acquiring) }

    /// Everything below this offset is on disk and in the tables.
    var durableOffset: UInt64 { durable.load(ordering: .sequentiallyConsistent) }

    /// Keeps the block that the writer is about to announce.
    func remember(_ block: LogBlock) { recent.withLock { $0.append(block) } }

    /// The block that holds `offset`, without its lines, if it was written a moment ago.
    func recentBlock(containing offset: UInt64) -> LogBlock? {
        recent.withLock { $0.block(containing: offset) }
    }

    /// Blocks are read from their files again: some have been rewritten.
    func forgetRecentBlocks() { recent.withLock { $0 = RecentBlocks() } }

    func setGaps(_ new: [RecoveryReport.Gap]) {
        gaps.withLock { $0 = new }
        list.withLock { noteFirst(of: $0) }
    }

    /// Segments that are part of the log and not there, in the order of their offsets.
    var lostEntries: [Manifest.Entry] { lost.withLock { $0.entries } }

    func miss(_ entries: [Manifest.Entry]) { lost.withLock { $0.entries = entries } }

    /// Adds what a read has found.
    func note(_ new: [RecoveryReport.Gap]) {
        gaps.withLock { known in
            for gap in new where !known.contains(where: { $0.offsets.overlaps(gap.offsets) }) {
                guard known.count < Self.gapLimit else { return }
                known.append(gap)
            }
        }
    }

    /// All ranges that are known to be without records.
    var knownGaps: [RecoveryReport.Gap] { gaps.withLock { $0 } }

    /// The range without records that opening the log found around `offset`.
    func gap(at offset: UInt64) -> RecoveryReport.Gap? {
        gaps.withLock { $0.first { $0.offsets.contains(offset) } }
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

    /// Sealed segments that are read without their footers.
    var footerNotices: [RecoveryReport.Notice] {
        segments.filter(\.isFooterDamaged).map { .init(kind: .footer, path: $0.path) }
    }

    /// False for a segment that was dropped or replaced.
    func holds(_ segment: Segment) -> Bool {
        list.withLock { $0.contains { $0 === segment } }
    }

    /// Puts the sealed form of a segment in its place.
    func swap(_ segment: Segment, for sealed: Segment) {
        list.withLock { segments in
            guard let index = segments.firstIndex(where: { $0 === segment }) else { return }
            if let limit = segment.offsetLimit { sealed.seal(at: limit) }
            segments[index] = sealed
        }
    }

    /// Takes the newest segment out again: it holds nothing durable.
    func removeLast() {
        list.withLock { _ = $0.popLast() }
    }

    /// Takes out all segments but the newest whose records are all below `offset`.
    func removeSegments(below offset: UInt64) -> [Segment] {
        list.withLock { segments in
            let count = zip(segments, segments.dropFirst())
                .prefix { $0.1.baseOffset <= offset }.count
            let removed = Array(segments.prefix(count))
            segments.removeFirst(count)
            if count > 0, let first = segments.first?.baseOffset {
                lost.withLock { lost in
                    lost.dropped = lost.entries.filter { $0.header.baseOffset < first }
                    lost.entries.removeAll { $0.header.baseOffset < first }
                }
                gaps.withLock { $0.removeAll { $0.offsets.upperBound <= first } }
            }
            noteFirst(of: segments)
            return removed
        }
    }

    /// Undoes `removeSegments`.
    func putBack(_ segments: [Segment]) {
        list.withLock {
            $0.insert(contentsOf: segments, at: 0)
            lost.withLock { lost in
                lost.entries = lost.dropped + lost.entries
                lost.dropped = []
            }
            noteFirst(of: $0)
        }
    }

    private func noteFirst(of segments: [Segment]) {
        // A segment that was dropped left the manifest before its file went: one that is listed
        // and not there, or there and not to be read, is lost.
        let lost = gaps.withLock { gaps in
            gaps.filter { $0.reason.isWholeSegment && $0.reason != .dropped }
                .map(\.offsets.lowerBound).min()
        }
        let base = segments.first?.baseOffset ?? 0
        first.store(min(base, lost ?? base), ordering: .releasing)
    }

    /// Sets all segments, in their order.
    func replace(segments: [Segment], durableOffset: UInt64) {
        for (segment, next) in zip(segments, segments.dropFirst()) {
            segment.seal(at: next.baseOffset)
        }
        list.withLock {
            $0 = segments
            noteFirst(of: segments)
        }
        advance(to: durableOffset)
    }

    /// What is known of the blocks of the sealed segment that holds `offset`; nil where it is not
    /// sealed, or its footer cannot be read.
    func zones(at offset: UInt64) -> [BlockZone]? {
        guard let segment = segment(for: offset), segment.header.isSealed else { return nil }
        let uuid = segment.header.uuid
        if let known = zones.withLock({ $0?.uuid == uuid ? $0?.zones : nil }) {
            return known
        }
        guard let found = (try? segment.footer())?.flatMap({ try? $0.zones() }) else { return nil }
        zones.withLock { $0 = (uuid, found) }
        return found
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
