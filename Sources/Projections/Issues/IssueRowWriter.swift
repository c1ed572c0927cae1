import ErrorModel
import EventLog
import GRDB

/// Writes the change of a batch as rows of the issues view, within one transaction.
struct IssueRowWriter {
    private let db: Database
    private let find: Statement
    private let insertIssue: RowWriter
    private let updateIssue: RowWriter
    private let environment: RowWriter
    private let release: RowWriter
    private let day: RowWriter
    private let peopleCount: [PeopleStore.Kind: RowWriter]

    init(_ db: Database) throws {
        self.db = db
        find = try db.cachedStatement(
            sql: """
                SELECT id, first_seen, first_offset, last_seen, last_offset
                FROM issue WHERE project = ? AND fingerprint = ?
                """)
        insertIssue = try RowWriter(
            db,
            """
            INSERT INTO issue (project, fingerprint, first_seen, first_offset, last_seen,
                last_offset)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        updateIssue = try RowWriter(db, Self.updateSQL)
        environment = try RowWriter(db, Self.namedSQL("environment"))
        release = try RowWriter(db, Self.namedSQL("release"))
        day = try RowWriter(db, Self.daySQL)
        peopleCount = [
            .users: try RowWriter(db, "UPDATE issue SET users = ?, users_exact = ? WHERE id = ?"),
            .accounts: try RowWriter(
                db, "UPDATE issue SET accounts = ?, accounts_exact = ? WHERE id = ?"),
        ]
    }

    // MARK: events

    func write(_ delta: IssueDelta, _ people: inout PeopleStore) throws {
        for issue in delta.issues {
            let (id, isNew, isFirst, isLast) = try place(issue)
            try updateIssueRow(issue, id, delta.names.strings, isFirst: isFirst, isLast: isLast)
            try write(issue.environments, id, environment, delta.names.strings)
            try write(issue.releases, id, release, delta.names.strings)
            try write(issue.days, id)
            try add(issue.users, .users, id, isNew: isNew, &people)
            try add(issue.accounts, .accounts, id, isNew: isNew, &people)
        }
    }

    /// Finds or makes the issue's row; says whether the batch has its first and its last sighting.
    private func place(
        _ issue: IssueDelta.Issue
    ) throws -> (id: Int64, isNew: Bool, isFirst: Bool, isLast: Bool) {
        let fingerprint = IssueID.text(issue.key.fingerprint)
        let row = try Row.fetchOne(find, arguments: [issue.key.project, fingerprint])
        if let row {
            let first = IssueDelta.Sighting(
                happened: row[1], offset: UInt64(bitPattern: row[2]))
            let last = IssueDelta.Sighting(happened: row[3], offset: UInt64(bitPattern: row[4]))
            return (row[0], false, issue.first < first, last < issue.last)
        }
        try insertIssue.run(
            .int(Int64(issue.key.project)), .text(fingerprint), .int(issue.first.happened),
            .offset(issue.first.offset), .int(issue.last.happened), .offset(issue.last.offset))
        return (db.lastInsertedRowID, true, true, true)
    }

    private func updateIssueRow(
        _ issue: IssueDelta.Issue, _ id: Int64, _ names: [String], isFirst: Bool, isLast: Bool
    ) throws {
        let digest = isLast ? try EventDigestView(issue.lastDigest) : nil
        let firstRelease = issue.firstRelease < 0 ? nil : names[issue.firstRelease]
        try updateIssue.run(
            .count(issue.events), .count(issue.unjudged), .int(id),
            isFirst ? .int(1) : .int(0), .int(issue.first.happened), .offset(issue.first.offset),
            .text(orNull: firstRelease),
            isLast ? .int(1) : .int(0), .int(issue.last.happened), .offset(issue.last.offset),
            .text(orNull: digest.flatMap { $0.releaseRange.isEmpty ? nil : $0.release }),
            .text(digest?.type ?? ""), .text(digest?.value ?? ""), .text(digest?.culprit ?? ""),
            .text(digest?.platform ?? ""), .int(Int64(digest?.level.rawValue ?? 0)),
            .int(Int64(digest?.action.rawValue ?? 0)))
    }

    private static let updateSQL = """
        UPDATE issue SET
            events = events + ?1, unjudged = unjudged + ?2,
            first_seen = iif(?4, ?5, first_seen), first_offset = iif(?4, ?6, first_offset),
            first_release = iif(?4, ?7, first_release),
            last_seen = iif(?8, ?9, last_seen), last_offset = iif(?8, ?10, last_offset),
            last_release = iif(?8, ?11, last_release),
            type = iif(?8, ?12, type), title = iif(?8, ?13, title),
            culprit = iif(?8, ?14, culprit), platform = iif(?8, ?15, platform),
            level = iif(?8, ?16, level), action = iif(?8, ?17, action)
        WHERE id = ?3
        """

    private func write(
        _ named: [IssueDelta.Named], _ id: Int64, _ writer: RowWriter, _ names: [String]
    ) throws {
        for entry in named {
            try writer.run(
                .int(id), .text(names[entry.name]), .count(entry.events), .int(entry.first),
                .int(entry.last))
        }
    }

    private static func namedSQL(_ name: String) -> String {
        """
        INSERT INTO issue_\(name) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET events = events + excluded.events,
            first_seen = min(first_seen, excluded.first_seen),
            last_seen = max(last_seen, excluded.last_seen)
        """
    }

    private func write(_ days: [IssueDelta.Day], _ id: Int64) throws {
        for entry in days {
            var values: [SQLValue] = [.int(id), .int(entry.day)]
            for hour in 0..<24 { values.append(.int(Int64(entry.hours[hour]))) }
            try day.run(list: values)
        }
    }

    private static let daySQL: String = {
        let columns = IssueSchema.hourColumns
        return """
            INSERT INTO issue_day VALUES (?, ?, \
            \(columns.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT DO UPDATE SET \
            \(columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
            """
    }()

    private func add(
        _ keys: [UInt64], _ kind: PeopleStore.Kind, _ id: Int64, isNew: Bool,
        _ people: inout PeopleStore
    ) throws {
        if keys.isEmpty { return }
        let address = PeopleStore.Address(issue: id, kind: kind)
        let counter = try people.add(keys, to: address, isNewIssue: isNew, db)
        try peopleCount[kind]?.run(
            .count(counter.count), .int(counter.isExact ? 1 : 0), .int(id))
    }

    // MARK: changes of status

    func write(_ change: IssuesProjection.StatusStep) throws {
        let life = change.life
        let key = IssueID.text(change.issue.fingerprint)
        guard
            let id = try Row.fetchOne(find, arguments: [change.issue.project, key])?[0] as Int64?
        else { return }
        try RowWriter(
            db,
            """
            UPDATE issue SET status = ?, version = ?, changed_offset = ?, changed_at = ?,
                resolution = ?, resolved_release = ?, until = ?, unjudged = 0
            WHERE id = ?
            """
        ).run(
            .text(life.status.rawValue), .offset(life.version), .offset(life.changedOffset),
            .int(life.changedAt), .text(orNull: life.resolution?.word),
            .text(orNull: life.resolution?.release),
            .text(orNull: life.until?.json.compactText), .int(id))
        try RowWriter(
            db, "INSERT OR REPLACE INTO issue_history VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        ).run(
            .int(id), .offset(life.version), .offset(change.header.offset),
            .int(change.header.time), .text(change.from.rawValue), .text(life.status.rawValue),
            .text(change.actor), .text(String(decoding: change.details, as: UTF8.self)))
    }
}
