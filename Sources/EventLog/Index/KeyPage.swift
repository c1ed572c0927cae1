/// One page of a sorted table: 511 entries and a checksum that knows where the page lies.
///
/// Pure. The byte table is in docs/FORMAT.md, "Sorted tables".
enum KeyPage {
    static let byteCount = FooterLayout.pageByteCount

    /// Writes the checksum of a page whose other bytes are there.
    static func close(
        _ page: UnsafeMutableRawBufferPointer, at position: UInt64, _ seed: SegmentSeed
    ) {
        let covered = UnsafeRawBufferPointer(page.part(0..<byteCount - 8))
        page.put(Checksum.hash(covered, seed: seed.at(position)), at: byteCount - 8)
    }

    static func isWhole(
        _ page: UnsafeRawBufferPointer, at position: UInt64, _ seed: SegmentSeed
    ) -> Bool {
        page.count == byteCount
            && Checksum.hash(page.part(0..<byteCount - 8), seed: seed.at(position))
                == page.word(byteCount - 8)
    }

    static func entry(_ page: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        page.word(8 * index)
    }

    /// How many of the first `count` entries, which are in order, are at most `target`.
    static func countUpTo(
        _ target: UInt64, _ page: UnsafeRawBufferPointer, count: Int
    ) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if entry(page, middle) <= target { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
