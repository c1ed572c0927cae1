/// The sorted tables of a sealed segment, in their order in the footer.
enum FooterTable: Int, CaseIterable, Hashable, Sendable {
    case id, issue, user, trace, session

    init(_ kind: IndexKeyKind) {
        switch kind {
        case .issue: self = .issue
        case .user: self = .user
        case .trace: self = .trace
        case .session: self = .session
        }
    }
}

/// Where the parts of a footer are: all of it follows from how much there is of each.
///
/// Pure. The byte table is in docs/FORMAT.md, "Footer".
struct FooterLayout: Hashable, Sendable {
    /// Of the segment.
    var version: UInt16
    /// Where the last block ends.
    var position: UInt64
    var blockCount: Int
    /// Entries of the sorted tables, in the order of `FooterTable`.
    var entryCounts: [Int]
    /// Zeros before the trailer.
    var paddingByteCount = 0

    static let headByteCount = 16
    static let blockEntryByteCount = 64
    static let pageByteCount = LogLimits.sectorByteCount
    /// From this version of the segment on the tables but that of the ids are narrow.
    static let narrowVersion: UInt16 = 3

    var blockTableByteCount: Int {
        roundedToSector(Self.headByteCount + blockCount * Self.blockEntryByteCount + 8)
    }

    func form(of table: FooterTable) -> KeyEntry { Self.form(of: table, version) }

    static func form(of table: FooterTable, _ version: UInt16) -> KeyEntry {
        version >= narrowVersion && table != .id ? .narrow : .wide
    }

    func pageCount(_ table: FooterTable) -> Int {
        let count = form(of: table).pageCount
        return (entryCounts[table.rawValue] + count - 1) / count
    }

    var filterPageCount: Int {
        KeyFilter.pageCount(keyCount: entryCounts[FooterTable.id.rawValue])
    }

    func tablePosition(_ table: FooterTable) -> UInt64 {
        let before = FooterTable.allCases.prefix(table.rawValue)
            .reduce(0) { $0 + pageCount($1) * Self.pageByteCount }
        return position + UInt64(blockTableByteCount + before)
    }

    var filterPosition: UInt64 {
        let pages = FooterTable.allCases.reduce(0) { $0 + pageCount($1) }
        return position + UInt64(blockTableByteCount + pages * Self.pageByteCount)
    }

    var trailerPosition: UInt64 {
        filterPosition + UInt64(filterPageCount * Self.pageByteCount + paddingByteCount)
    }

    /// The length of the whole file.
    var end: UInt64 { trailerPosition + UInt64(SealedTrailer.byteCount) }
}
