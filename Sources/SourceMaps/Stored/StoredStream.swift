/// Where the blocks of a stream are, and how a place is found in them.
struct StoredStream {
    let blockCount: Int
    private let stream: StoredMapLayout.Stream
    private let entriesStart: Int
    private let payloadStart: Int
    private let payloadByteCount: Int

    /// Takes the numbers of the header; throws where they point outside of the bytes.
    init(
        _ stream: StoredMapLayout.Stream, _ bytes: UnsafeRawBufferPointer
    ) throws(StoredMapError) {
        self.stream = stream
        let place =
            StoredMapLayout.streamsOffset + stream.rawValue * StoredMapLayout.streamByteCount
        let region = try StoredRegion(
            bytes, at: place, entryByteCount: StoredMapLayout.blockEntryByteCount)
        blockCount = region.count
        entriesStart = region.entriesStart
        payloadStart = region.payloadStart
        payloadByteCount = region.payloadByteCount
    }

    /// The last segment at or before the place, the first of those exactly there; it may be on an
    /// earlier line.
    func find(
        line: UInt32, column: UInt32, _ bytes: UnsafeRawBufferPointer
    ) throws(StoredMapError) -> (line: UInt32, segment: Segment)? {
        if blockCount == 0 { return nil }
        let target = UInt64(line) << 32 | UInt64(column)
        // The last block that begins before the place: one exactly there may go on in it.
        var low = 0
        var high = blockCount
        while low < high {
            let middle = (low + high) / 2
            if key(middle, bytes) < target { low = middle + 1 } else { high = middle }
        }
        let index = max(low - 1, 0)
        var reader = try block(index, bytes)
        // A damaged entry elsewhere may have led the search astray.
        let first = key(index, bytes)
        let next = index + 1 < blockCount ? key(index + 1, bytes) : UInt64.max
        guard index == 0 || first <= target, target <= next else {
            throw StoredMapError(.block(index))
        }
        var found: (line: UInt32, segment: Segment)?
        while let segment = reader.next() {
            if reader.state.key > target { return found }
            found = (reader.state.line, segment)
            if reader.state.key == target { return found }
        }
        if next == target, index + 1 < blockCount {
            reader = try block(index + 1, bytes)
            if let segment = reader.next() { found = (reader.state.line, segment) }
        }
        return found
    }

    func forEach(
        _ bytes: UnsafeRawBufferPointer, _ body: (UInt32, Segment) -> Void
    ) throws(StoredMapError) {
        for index in 0..<blockCount {
            var reader = try block(index, bytes)
            while let segment = reader.next() { body(reader.state.line, segment) }
        }
    }

    @inline(__always)
    private func key(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let place = entriesStart + index * StoredMapLayout.blockEntryByteCount
        return UInt64(bytes.number32(place)) << 32 | UInt64(bytes.number32(place + 4))
    }

    /// A reader of the block, whose checksum was found right.
    private func block(
        _ index: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(StoredMapError) -> BlockReader {
        let place = entriesStart + index * StoredMapLayout.blockEntryByteCount
        let lengths = bytes.number32(place + 12)
        let entry = BlockEntry(
            key: key(index, bytes), offset: bytes.number32(place + 8),
            byteCount: UInt16(truncatingIfNeeded: lengths),
            count: UInt16(truncatingIfNeeded: lengths >> 16))
        let next = index + 1 < blockCount ? key(index + 1, bytes) : UInt64.max
        let end = Int(entry.offset) + Int(entry.byteCount)
        guard end <= payloadByteCount else { throw StoredMapError(.block(index)) }
        let payload = UnsafeRawBufferPointer(
            rebasing: bytes[payloadStart + Int(entry.offset)..<payloadStart + end])
        let sum = StoredChecksum.ofBlock(entry, next: next, stream: stream, payload)
        guard sum == bytes.number32(place + 16) else { throw StoredMapError(.block(index)) }
        return BlockReader(payload)
    }
}

/// Where the texts of a table are.
struct StoredTexts {
    let count: Int
    private let table: StoredMapLayout.Table
    private let entriesStart: Int
    private let payloadStart: Int
    private let payloadByteCount: Int

    init(
        _ table: StoredMapLayout.Table, _ bytes: UnsafeRawBufferPointer
    ) throws(StoredMapError) {
        self.table = table
        let place = StoredMapLayout.tablesOffset + table.rawValue * StoredMapLayout.tableByteCount
        let region = try StoredRegion(
            bytes, at: place, entryByteCount: StoredMapLayout.textEntryByteCount)
        count = region.count
        entriesStart = region.entriesStart
        payloadStart = region.payloadStart
        payloadByteCount = region.payloadByteCount
    }

    /// The bytes of a text whose checksum was found right; nil for null.
    func text(
        _ index: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(StoredMapError) -> UnsafeRawBufferPointer? {
        let damage = StoredMapError(.text(table: table.name, index: index))
        guard index >= 0, index < count else { throw damage }
        let place = entriesStart + index * StoredMapLayout.textEntryByteCount
        let offset = bytes.number32(place)
        let length = bytes.number32(place + 4)
        let sum = bytes.number32(place + 8)
        if length == StoredMapLayout.nullByteCount {
            guard sum == StoredChecksum.ofText(table, index, offset: offset, nil) else {
                throw damage
            }
            return nil
        }
        guard Int(offset) + Int(length) <= payloadByteCount else { throw damage }
        let start = payloadStart + Int(offset)
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(length)])
        guard sum == StoredChecksum.ofText(table, index, offset: offset, text) else { throw damage }
        return text
    }
}

/// Entries and payload of a part, known to lie within the bytes.
private struct StoredRegion {
    let count: Int
    let entriesStart: Int
    let payloadStart: Int
    let payloadByteCount: Int

    init(
        _ bytes: UnsafeRawBufferPointer, at place: Int, entryByteCount: Int
    ) throws(StoredMapError) {
        let total = UInt64(bytes.count)
        let numbers = (
            count: bytes.number64(place), entries: bytes.number64(place + 8),
            payload: bytes.number64(place + 16), length: bytes.number64(place + 24)
        )
        // Each below the number of bytes first: then no sum of two can be too large.
        guard numbers.count <= total, numbers.entries <= total, numbers.payload <= total,
            numbers.length <= total,
            numbers.entries + numbers.count * UInt64(entryByteCount) <= total,
            numbers.payload + numbers.length <= total
        else { throw StoredMapError(.header) }
        count = Int(numbers.count)
        entriesStart = Int(numbers.entries)
        payloadStart = Int(numbers.payload)
        payloadByteCount = Int(numbers.length)
    }
}

extension UnsafeRawBufferPointer {
    /// The number at an offset that is known to lie within the bytes.
    @inline(__always)
    func number32(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    func number64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
