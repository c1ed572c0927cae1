import ErrorModel
package import GRDB

/// The issues of a view as columns in memory: what lists are filtered, searched and sorted by.
///
/// SQLite reads a row of 300 bytes for each issue that a condition looks at, some tenths of a second for
/// 100,000; the columns take a millisecond. The rows that are shown are read from the view, which stays what
/// is true: the board is made of it, brought up to date by the rows that have changed, and answers as
/// `IssueQuery.fetch` does. A value; belongs to one thread at a time.
package struct IssueBoard {
    var columns = BoardColumns()
    var texts = BoardTexts()
    var releases = BoardNames()
    var types = BoardNames()
    var platforms = BoardNames()
    private(set) var environments = BoardNames()
    /// The rows that were seen in a release, by the number of its name.
    private(set) var rowsOfReleases: [RowSet] = []
    /// The place of a row, by its number, which begin at 1 and have no gaps; -1 for none.
    private var places: [Int32] = []
    /// The hour that `trend` was counted for, and the places where it no longer holds.
    private(set) var trendEnd: Int64?
    private var staleTrends: Set<Int> = []

    /// The list of a view with more issues is left to SQLite.
    package static let issueLimit = 200_000
    /// The same where they take more: 200,000 issues with texts of 150 bytes, and 1,000 releases.
    package static let byteLimit = 128 << 20
    /// Environments that have a bit; one more bit says that there are others.
    static let environmentLimit = 63
    static let otherEnvironments: Int64 = .min

    /// An empty board, to be filled with `update`.
    package init() {}

    var count: Int { columns.count }

    /// About the memory that it takes, in bytes.
    package var byteCount: Int {
        columns.count * (BoardColumns.issueByteCount + Self.placeByteCount) + texts.byteCount
            + rowsOfReleases.reduce(0) { $0 + $1.byteCount }
            + [releases, types, platforms, environments].reduce(0) { $0 + $1.byteCount }
    }
    private static let placeByteCount = 4

    /// Brings the board up to a snapshot: reads rows that have changed, nil: all of them, and makes
    /// edits of others.
    ///
    /// - Returns: false where there are too many issues: then the board is of no use.
    package mutating func update(
        _ changed: Set<Int64>?, edits: [IssueEdit] = [], _ db: Database
    ) throws -> Bool {
        let newest = try Int.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM issue")) ?? 0
        guard newest <= Self.issueLimit else { return false }
        let loader = BoardLoader(db, try IssueTables(db))
        guard var rows = changed, !isBloated else {
            self = IssueBoard()
            try loader.forEachRow(nil) { set($0) }
            try loader.forEachName(.environment, nil) { add(environment: $1, to: $0) }
            try loader.forEachName(.release, nil) { add(release: $1, to: $0) }
            return isFit
        }
        for edit in edits where !rows.contains(edit.row) {
            if try !make(edit) { rows.insert(edit.row) }
        }
        if !rows.isEmpty { try read(Array(rows), loader) }
        return isFit
    }

    private mutating func read(_ rows: [Int64], _ loader: BoardLoader) throws {
        var gone = Set(rows)
        var grown: [Int64] = []
        try loader.forEachRow(rows) { row in
            gone.remove(row.row)
            let before = place(of: row.row).map { columns[.releaseCount, $0] } ?? 0
            set(row)
            if row.releaseCount != before { grown.append(row.row) }
        }
        for row in gone { remove(row) }
        try loader.forEachName(.environment, rows) { add(environment: $1, to: $0) }
        // An issue is never seen in less than it was: only merges move that, and then all is read anew.
        if !grown.isEmpty {
            try loader.forEachName(.release, grown) { add(release: $1, to: $0) }
        }
    }

    private var isFit: Bool { byteCount <= Self.byteLimit }

    /// Names are never forgotten: with many more than issues a board is made anew.
    private var isBloated: Bool {
        releases.count + types.count + platforms.count > 4 * count + Self.spareNameCount
    }
    private static let spareNameCount = 10_000

    // MARK: rows

    /// The place of a row; nil where the board has none.
    func place(of row: Int64) -> Int? {
        guard row >= 0, row < places.count, places[Int(row)] >= 0 else { return nil }
        return Int(places[Int(row)])
    }

    private mutating func set(_ row: BoardRow) {
        guard row.row >= 0 else { return }
        let place = place(of: row.row) ?? append(row.row)
        texts.set(place, type: row.type, value: row.value, culprit: row.culprit)
        var flags: Int64 = 0
        if row.hasCondition { flags |= BoardColumns.Flag.hasCondition }
        if !row.culprit.isEmpty { flags |= BoardColumns.Flag.hasCulprit }
        columns[.project, place] = row.project
        columns[.status, place] = Self.number(of: row.status)
        columns[.level, place] = row.level
        columns[.action, place] = row.action
        columns[.flags, place] = flags
        columns[.events, place] = row.events
        columns[.users, place] = row.users
        columns[.accounts, place] = row.accounts
        columns[.firstSeen, place] = row.firstSeen
        columns[.lastSeen, place] = row.lastSeen
        columns[.firstRelease, place] = row.firstRelease.map { releases.number($0) } ?? -1
        columns[.lastRelease, place] = row.lastRelease.map { releases.number($0) } ?? -1
        columns[.type, place] = types.number(row.type)
        columns[.platform, place] = platforms.number(row.platform)
        columns[.environments, place] = 0
        columns[.releaseCount, place] = row.releaseCount
        noteTrend(place)
    }

    /// A new place, of zeros and no texts.
    mutating func append(_ row: Int64) -> Int {
        let place = columns.count
        columns.append()
        texts.append()
        while places.count <= row { places.append(-1) }
        places[Int(row)] = Int32(place)
        columns[.row, place] = row
        return place
    }

    private mutating func remove(_ row: Int64) {
        guard let place = place(of: row) else { return }
        let last = columns.count - 1
        places[Int(columns[.row, last])] = Int32(place)
        places[Int(row)] = -1
        columns.remove(place)
        texts.remove(place)
        if staleTrends.remove(last) != nil, place != last { staleTrends.insert(place) }
    }

    mutating func add(environment: String, to row: Int64) {
        guard let place = place(of: row) else { return }
        // One more than there are bits tells that there are others.
        let isNamed =
            environments.count <= Self.environmentLimit || environments.known(environment) != nil
        let number = isNamed ? environments.number(environment) : Int64(Self.environmentLimit)
        columns[.environments, place] |=
            number < Self.environmentLimit ? 1 << number : Self.otherEnvironments
    }

    private mutating func add(release: String, to row: Int64) {
        guard place(of: row) != nil else { return }
        insert(row, ofRelease: Int(releases.number(release)))
    }

    /// False: it was there.
    @discardableResult
    mutating func insert(_ row: Int64, ofRelease number: Int) -> Bool {
        while rowsOfReleases.count <= number { rowsOfReleases.append(RowSet()) }
        return rowsOfReleases[number].insert(row)
    }

    static func number(of status: IssueStatus) -> Int64 {
        Int64(IssueStatus.allCases.firstIndex(of: status) ?? 0)
    }

    // MARK: the trend

    /// The issue has had events: its trend is counted again when it is asked for.
    mutating func noteTrend(_ place: Int) {
        if trendEnd != nil { staleTrends.insert(place) }
    }

    /// Counts the trend of the hour; false where that of another one is asked for, as by a page that
    /// was begun before.
    ///
    /// - Parameter now: the present: what a cursor says is the client's.
    mutating func countTrend(
        at moment: Timestamp, now: Timestamp, _ db: Database
    ) throws -> Bool {
        let trend = IssueTrend(at: moment)
        guard trend.end == IssueTrend(at: now).end else { return false }
        let counter = try TrendCounter(trend, db)
        if trend.end == trendEnd {
            for place in staleTrends {
                columns[.trend, place] = try counter.count(
                    columns[.row, place], lastSeen: columns[.lastSeen, place])
            }
        } else {
            for place in 0..<count {
                columns[.trend, place] = try counter.count(
                    columns[.row, place], lastSeen: columns[.lastSeen, place])
            }
            trendEnd = trend.end
        }
        staleTrends = []
        return true
    }
}
