/// Answers from the stored form of a map, in place: opening reads the header alone, a lookup some
/// entries and one block.
///
/// The bytes must stay readable and unchanged as long as the value is used; they may be those of a
/// mapped file. Whatever they hold, nothing outside of them is read: damage is an error, at the
/// moment when a damaged part is needed.
package struct StoredMap {
    package let debugID: DebugID?
    package let segmentCount: Int
    private let bytes: UnsafeRawBufferPointer
    private let mappings: StoredStream
    private let functions: StoredStream
    private let tables: InlineArray<5, StoredTexts>

    /// Checks the header.
    package init(_ bytes: UnsafeRawBufferPointer) throws(StoredMapError) {
        guard bytes.count >= StoredMapLayout.headerByteCount,
            bytes.prefix(StoredMapLayout.magic.count).elementsEqual(StoredMapLayout.magic)
        else { throw StoredMapError(.foreign) }
        let version = bytes.number32(8)
        guard version == StoredMapLayout.version else { throw StoredMapError(.version(version)) }
        var sum = StoredChecksum(seed: 0)
        sum.add(UnsafeRawBufferPointer(rebasing: bytes[..<StoredMapLayout.checksumOffset]))
        guard sum.value == bytes.number64(StoredMapLayout.checksumOffset) else {
            throw StoredMapError(.header)
        }
        let expected = bytes.number64(16)
        guard expected == UInt64(bytes.count) else {
            throw StoredMapError(.length(expected: expected))
        }
        self.bytes = bytes
        let hasDebugID = bytes.number32(12) & 1 != 0
        debugID = hasDebugID ? DebugID(high: bytes.number64(24), low: bytes.number64(32)) : nil
        segmentCount = Int(truncatingIfNeeded: bytes.number64(40) & 0xFFFF_FFFF)
        mappings = try StoredStream(.mappings, bytes)
        functions = try StoredStream(.functions, bytes)
        tables = [
            try StoredTexts(.labels, bytes), try StoredTexts(.sources, bytes),
            try StoredTexts(.contents, bytes), try StoredTexts(.names, bytes),
            try StoredTexts(.functions, bytes),
        ]
    }

    /// Lends the stored map in the array for one call.
    package static func with<Result>(
        _ bytes: [UInt8], _ body: (StoredMap) throws -> Result
    ) throws -> Result {
        try bytes.withUnsafeBytes { try body(StoredMap($0)) }
    }

    package var sourceCount: Int { tables[StoredMapLayout.Table.sources.rawValue].count }
    package var nameCount: Int { tables[StoredMapLayout.Table.names.rawValue].count }
    package var hasFunctions: Bool { functions.blockCount > 0 }

    /// The place in the original sources; nil where the map has nothing for this place.
    ///
    /// Line and column are from 0 on, the column in UTF-16 code units.
    package func lookup(
        line: UInt32, column: UInt32
    ) throws(StoredMapError) -> OriginalPosition? {
        guard let found = try mappings.find(line: line, column: column, bytes), found.line == line
        else { return nil }
        return OriginalPosition(found.segment)
    }

    /// True where the map has any segment on the line.
    package func hasSegment(line: UInt32) throws(StoredMapError) -> Bool {
        try mappings.find(line: line, column: .max, bytes)?.line == line
    }

    /// The name of the function around the place in the generated file; nil where none is known,
    /// empty where it has no name.
    package func function(line: UInt32, column: UInt32) throws(StoredMapError) -> String? {
        let found = try functions.find(line: line, column: column, bytes)
        guard let segment = found?.segment, segment.isMapped else { return nil }
        return try text(.functions, Int(segment.name))
    }

    package var file: String? {
        get throws(StoredMapError) { try text(.labels, 0) }
    }

    /// With `sourceRoot` before it; nil where the map has none.
    package func sourceName(_ index: Int) throws(StoredMapError) -> String? {
        try text(.sources, index)
    }

    package func name(_ index: Int) throws(StoredMapError) -> String? {
        try text(.names, index)
    }

    package func isIgnored(source index: Int) throws(StoredMapError) -> Bool {
        let marks = try raw(.labels, 1)
        guard let marks, index < marks.count else {
            throw StoredMapError(.text(table: "labels", index: 1))
        }
        return marks[index] != 0
    }

    /// The UTF-8 of a source's whole text, in place; nil where the map does not have it.
    package func content(
        ofSource index: Int
    ) throws(StoredMapError) -> UnsafeRawBufferPointer? {
        try raw(.contents, index)
    }

    /// Calls `body` with each segment and its line, in order.
    package func forEachSegment(
        _ body: (UInt32, Segment) -> Void
    ) throws(StoredMapError) {
        try mappings.forEach(bytes, body)
    }

    /// Reads every part once; throws at the first damage.
    package func checkAll() throws(StoredMapError) {
        try mappings.forEach(bytes) { _, _ in }
        try functions.forEach(bytes) { _, _ in }
        for table in StoredMapLayout.Table.allCases {
            for index in 0..<tables[table.rawValue].count { _ = try raw(table, index) }
        }
    }

    private func raw(
        _ table: StoredMapLayout.Table, _ index: Int
    ) throws(StoredMapError) -> UnsafeRawBufferPointer? {
        try tables[table.rawValue].text(index, bytes)
    }

    private func text(
        _ table: StoredMapLayout.Table, _ index: Int
    ) throws(StoredMapError) -> String? {
        try raw(table, index).map { String(decoding: $0, as: UTF8.self) }
    }
}
