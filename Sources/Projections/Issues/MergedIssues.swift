import GRDB

/// The rows of issues that others are merged into, kept up to date within one transaction.
///
/// Every fingerprint keeps its own row, and what it counts goes there whether it is merged or not;
/// what several show together is made from their rows. So an unmerge gives back exactly what there
/// would be without the merge.
struct MergedIssues {
    /// The rows of parts, with the row of the issue that they are shown in, which is another.
    private var issues: [Int64: Int64] = [:]
    /// The rows of issues that others are shown in.
    private var wholes: Set<Int64> = []
    /// Issues of which a part has changed.
    private var touched: Set<Int64> = []
    /// Rows of which the list may show something else since `forgetChanged`.
    private(set) var changed: Set<Int64> = []
    /// A merge or an unmerge is among it.
    private(set) var hasMoved = false

    init() {}

    /// In the table an issue that others are shown in is a part of itself.
    init(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT part, issue FROM issue_part") {
            let (part, issue): (Int64, Int64) = (row[0], row[1])
            wholes.insert(issue)
            if part != issue { issues[part] = issue }
        }
    }

    mutating func touch(_ part: Int64) {
        changed.insert(part)
        if wholes.isEmpty { return }
        if let issue = issues[part] { touched.insert(issue) }
        if wholes.contains(part) { touched.insert(part) }
    }

    /// No issue is shown in another.
    var isEmpty: Bool { wholes.isEmpty }

    /// The parts of an issue, itself among them.
    func parts(of issue: Int64) -> [Int64] {
        guard wholes.contains(issue) else { return [issue] }
        return [issue] + issues.filter { $0.value == issue }.keys.sorted()
    }

    /// Takes parts to issues; one that is taken to itself stands alone.
    ///
    /// All of an edit together: between two of its moves the map may be what no map is.
    mutating func move(_ moves: [(part: Int64, issue: Int64)], _ db: Database) throws {
        let put = try RowWriter(db, "INSERT OR REPLACE INTO issue_part VALUES (?, ?)")
        let delete = try RowWriter(db, "DELETE FROM issue_part WHERE part = ?")
        var changed: Set<Int64> = []
        for (part, issue) in moves {
            changed.formUnion([part, issue, issues[part] ?? part])
            issues[part] = issue == part ? nil : issue
        }
        let shown = Set(issues.values)
        for row in changed {
            if shown.contains(row) { wholes.insert(row) } else { wholes.remove(row) }
            if let issue = issues[row] ?? (wholes.contains(row) ? row : nil) {
                try put.run(.int(row), .int(issue))
            } else {
                try delete.run(.int(row))
            }
        }
        touched.formUnion(changed)
        hasMoved = true
    }

    mutating func forgetChanged() {
        changed.removeAll(keepingCapacity: true)
        hasMoved = false
    }

    /// Makes the rows of the issues that were touched anew.
    mutating func refresh(_ db: Database) throws {
        changed.formUnion(touched)
        for issue in touched {
            guard wholes.contains(issue) else {
                try RowWriter(db, "DELETE FROM issue_merged WHERE id = ?").run(.int(issue))
                continue
            }
            let users = try people(.users, issue, db)
            let accounts = try people(.accounts, issue, db)
            try RowWriter(db, Self.sql).run(
                .int(issue), .count(users.count), .int(users.isExact ? 1 : 0),
                .count(accounts.count), .int(accounts.isExact ? 1 : 0))
        }
        touched = []
    }

    private func people(
        _ kind: PeopleStore.Kind, _ issue: Int64, _ db: Database
    ) throws -> DistinctCounter {
        var all = DistinctCounter()
        for part in parts(of: issue) {
            all.formUnion(
                try PeopleStore.read(.init(owner: part, kind: kind), .issues, db))
        }
        return all
    }

    /// Sums, and of the sightings the first and the last; the status is the issue's own.
    private static let sql = """
        WITH part AS MATERIALIZED (
            SELECT issue.* FROM issue JOIN issue_part ON issue_part.part = issue.id
            WHERE issue_part.issue = ?1),
        oldest AS (SELECT * FROM part ORDER BY first_seen, first_offset LIMIT 1),
        newest AS (SELECT * FROM part ORDER BY last_seen DESC, last_offset DESC LIMIT 1)
        INSERT OR REPLACE INTO issue_merged
        SELECT own.id, own.project, own.fingerprint, newest.type, newest.title, newest.culprit,
            newest.platform, newest.level, newest.action, (SELECT sum(events) FROM part),
            oldest.first_seen, oldest.first_offset, oldest.first_release, newest.last_seen,
            newest.last_offset, newest.last_release, ?2, ?3, ?4, ?5, own.status, own.version,
            own.changed_offset, own.changed_at, own.resolution, own.resolved_release, own.until,
            (SELECT ifnull(sum(counted.events), 0) FROM issue_unjudged AS counted
                WHERE part IN (SELECT id FROM part) AND since = own.changed_offset)
        FROM issue AS own, oldest, newest WHERE own.id = ?1
        """
}
