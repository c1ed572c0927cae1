/// A sorted table of a sealed segment, read page by page from its file.
///
/// One thread at a time.
struct KeyTable {
    let file: any File
    let seed: SegmentSeed
    let position: UInt64
    let form: KeyEntry
    let entryCount: Int
    let buffer: PageBuffer

    /// Calls `body` with every entry, in their order; false when the table is damaged.
    func forEach(_ body: (UInt64) -> Void) throws(FileError) -> Bool {
        for page in 0..<pageCount {
            guard let bytes = try read(page) else { return false }
            for index in 0..<count(in: page) { body(form.get(bytes, index)) }
        }
        return true
    }

    private var pageCount: Int { (entryCount + form.pageCount - 1) / form.pageCount }

    /// The newest records, newest first, whose key has this hash, of those below `end`; nil when
    /// the table is damaged.
    ///
    /// Records are counted from the first of the segment. They are candidates: other keys may
    /// have the same bits.
    func newest(_ hash: UInt64, below end: UInt64, limit: Int) throws(FileError) -> [UInt64]? {
        guard entryCount > 0, end > 0, limit > 0 else { return [] }
        let last = form.entry(hash, index: min(end - 1, KeyEntry.offsetMask))
        guard let start = try lastPage(upTo: last) else { return nil }
        guard start >= 0 else { return [] }
        var found: [UInt64] = []
        // A checksum proves the bytes, not their order: who asks goes on below the last of these.
        var previous = last
        for page in stride(from: start, through: 0, by: -1) {
            guard let bytes = try read(page) else { return nil }
            var index = form.countUpTo(last, bytes, count: count(in: page))
            while index > 0 {
                index -= 1
                let entry = form.get(bytes, index)
                guard entry <= previous else { return nil }
                previous = entry
                guard (entry ^ last) & form.hashMask == 0 else { return found }
                found.append(entry & KeyEntry.offsetMask)
                if found.count == limit { return found }
            }
        }
        return found
    }

    /// The last page that begins with an entry of at most `target`: -1 when there is none, nil
    /// when the table is damaged.
    ///
    /// The first guess is where evenly spread hashes would be; from there in doubling steps until
    /// both sides are known, then by halves.
    private func lastPage(upTo target: UInt64) throws(FileError) -> Int? {
        var low = 0
        var high = pageCount - 1
        var found = -1
        var probe = Int(target.multipliedFullWidth(by: UInt64(pageCount)).high)
        var step = 1
        while low <= high {
            guard let bytes = try read(probe) else { return nil }
            if form.get(bytes, 0) <= target {
                found = probe
                if form.get(bytes, count(in: probe) - 1) > target { return found }
                low = probe + 1
            } else {
                high = probe - 1
            }
            let isBracketed = low > 0 && high < pageCount - 1
            probe =
                isBracketed
                ? (low + high) / 2 : (found == probe ? min(high, probe + step) : probe - step)
            probe = max(low, min(high, probe))
            step *= 2
        }
        return found
    }

    private func count(in page: Int) -> Int {
        min(form.pageCount, entryCount - page * form.pageCount)
    }

    private func read(_ page: Int) throws(FileError) -> UnsafeRawBufferPointer? {
        try buffer.read(file, at: position + UInt64(page * KeyPage.byteCount), seed)
    }
}

/// Memory for one page of a footer.
///
/// One thread at a time.
final class PageBuffer {
    private let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: KeyPage.byteCount, alignment: 16)

    deinit { bytes.deallocate() }

    /// Its first bytes, to read something smaller than a page into.
    func part(_ count: Int) -> UnsafeMutableRawBufferPointer { bytes.part(0..<count) }

    /// The page at `position`; nil when it is damaged.
    ///
    /// Holds until the next call.
    func read(
        _ file: any File, at position: UInt64, _ seed: SegmentSeed
    ) throws(FileError) -> UnsafeRawBufferPointer? {
        guard try file.readFully(into: bytes, at: position) == bytes.count else { return nil }
        let page = UnsafeRawBufferPointer(bytes)
        return KeyPage.isWhole(page, at: position, seed) ? page : nil
    }
}
