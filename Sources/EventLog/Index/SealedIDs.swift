/// What memory holds of the ids of one sealed segment: the filter of its footer.
///
/// Ten bits an id. It names no file: a segment that is rewritten keeps its records, and with them
/// its filter. Safe from any thread.
final class SealedIDs: @unchecked Sendable {
    // Sendable: the pages are written by `read` only, before anyone else has the object.

    /// The offsets of the segment.
    let offsets: Range<UInt64>
    /// Seeds the hashes in the filter.
    let keySeed: UInt64
    let idCount: Int
    /// Whole pages of the filter, checked.
    private let pages: UnsafeMutableRawBufferPointer

    private init(_ footer: SegmentFooter) {
        offsets = footer.baseOffset..<footer.trailer.nextOffset
        keySeed = footer.trailer.keySeed
        idCount = footer.idCount
        pages = .allocate(byteCount: footer.filterByteCount, alignment: KeyPage.byteCount)
    }

    deinit { pages.deallocate() }

    /// Reads the filter of a sealed segment; nil: there is none, or it is damaged.
    static func read(_ segment: Segment) throws(FileError) -> SealedIDs? {
        guard let footer = try segment.footer() else { return nil }
        let ids = SealedIDs(footer)
        return try footer.readFilter(into: ids.pages) ? ids : nil
    }

    /// False when the segment has no record with an id of this hash.
    func mayHold(_ hash: UInt64) -> Bool {
        guard !pages.isEmpty else { return false }
        let page = KeyFilter.page(hash, of: pages.count / KeyPage.byteCount)
        let start = page * KeyPage.byteCount
        return KeyFilter.mayHold(
            hash, UnsafeRawBufferPointer(pages.part(start..<start + KeyPage.byteCount)))
    }
}
