/// One page of a footer: its last eight bytes are a checksum that knows where the page lies.
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
}
