import ErrorModel
import EventLog
import GRDB

/// Writes the change of a batch as rows of the issues view, within one transaction.
struct IssueRowWriter {
    private let db: Database
    private let find: Statement
    private let insertIssue: RowWriter
    private let issue: IssueUpdate
    private let environment: RowWriter
    private let release: RowWriter
    private let sampled: RowWriter
    private let month: RowWriter
    private let days: IssueDays
    private let peopleRows: PeopleRows

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
        issue = IssueUpdate(db)
        environment = try RowWriter(db, Self.namedSQL("environment"))
        release = try RowWriter(db, Self.namedSQL("release"))
        sampled = try RowWriter(
            db,
            """
            INSERT INTO issue_sampled VALUES (?, ?)
            ON CONFLICT DO UPDATE SET events = events + excluded.events
            """)
        month = try RowWriter(
            db,
            """
            INSERT INTO project_month VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET events = events + excluded.events
            """)
        days = try IssueDays(db)
        peopleRows = try PeopleRows(db, .issues)
    }

    // MARK: events

    func write(
        _ delta: IssueDelta, _ people: inout PeopleStore, _ places: inout IssuePlaces,
        _ merged: inout MergedIssues, _ edits: inout [IssueEdit]
    ) throws {
        for issue in delta.issues {
            let (place, isNew) = try place(issue, &places)
            let isFirst = isNew || issue.first < place.first
            let isLast = isNew || place.last < issue.last
            let users = try add(issue.users, .users, place.id, isNew: isNew, &people)
                .map(PeopleCount.init)
            let accounts = try add(issue.accounts, .accounts, place.id, isNew: isNew, &people)
                .map(PeopleCount.init)
            try self.issue.write(
                issue, place.id, delta.names.strings, isFirst: isFirst, isLast: isLast,
                users: users, accounts: accounts)
            try write(issue.environments, place.id, environment, delta.names.strings)
            try write(issue.releases, place.id, release, delta.names.strings)
            for entry in issue.days { try days.write(entry, place.id) }
            if issue.sampled > 0 { try sampled.run(.int(place.id), .count(issue.sampled)) }
            if merged.isEmpty, edits.count < RowChangeLimits.editsOfCommit {
                edits.append(
                    IssueEdit(
                        issue, delta.names.strings, row: place.id, isNew: isNew, isFirst: isFirst,
                        isLast: isLast, users: users?.count, accounts: accounts?.count))
            } else {
                merged.touch(place.id)
            }
            places[issue.key] = IssuePlaces.Place(
                id: place.id, first: isFirst ? issue.first : place.first,
                last: isLast ? issue.last : place.last)
        }
        for (entry, events) in delta.months {
            try month.run(
                .int(Int64(entry.project)), .int(Int64(entry.month)), .count(events))
        }
    }

    /// Finds or makes the issue's row.
    private func place(
        _ issue: IssueDelta.Issue, _ places: inout IssuePlaces
    ) throws -> (IssuePlaces.Place, isNew: Bool) {
        if let place = places[issue.key] { return (place, false) }
        let fingerprint = IssueID.text(issue.key.fingerprint)
        if let row = try Row.fetchOne(find, arguments: [issue.key.project, fingerprint]) {
            let first = IssueDelta.Sighting(
                happened: row[1], offset: UInt64(bitPattern: row[2]))
            let last = IssueDelta.Sighting(happened: row[3], offset: UInt64(bitPattern: row[4]))
            return (IssuePlaces.Place(id: row[0], first: first, last: last), false)
        }
        try insertIssue.run(
            .int(Int64(issue.key.project)), .text(fingerprint), .int(issue.first.happened),
            .offset(issue.first.offset), .int(issue.last.happened), .offset(issue.last.offset))
        let id = db.lastInsertedRowID
        return (IssuePlaces.Place(id: id, first: issue.first, last: issue.last), true)
    }

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

    /// Adds people and returns their counter; nil where there are none.
    private func add(
        _ keys: [UInt64], _ kind: PeopleStore.Kind, _ id: Int64, isNew: Bool,
        _ people: inout PeopleStore
    ) throws -> DistinctCounter? {
        if keys.isEmpty { return nil }
        let address = PeopleStore.Address(owner: id, kind: kind)
        return try people.add(keys, to: address, isNewOwner: isNew, peopleRows)
    }

    /// The row of an issue; nil where it has had no event.
    func row(of issue: IssueID) throws -> Int64? {
        let key = IssueID.text(issue.fingerprint)
        return try Row.fetchOne(find, arguments: [issue.project, key])?[0] as Int64?
    }

    // MARK: acts of triage

    func write(_ change: IssuesProjection.StatusStep, _ merged: inout MergedIssues) throws {
        let life = change.life
        guard let id = try row(of: change.issue) else { return }
        merged.touch(id)
        try RowWriter(
            db,
            """
            UPDATE issue SET status = ?, version = ?, changed_offset = ?, changed_at = ?,
                resolution = ?, resolved_release = ?, until = ?
            WHERE id = ?
            """
        ).run(
            .text(life.status.rawValue), .offset(life.version), .offset(life.changedOffset),
            .int(life.changedAt), .text(orNull: life.resolution?.word),
            .text(orNull: life.resolution?.release),
            .text(orNull: life.until?.json.compactText), .int(id))
        if let undoes = change.undoes {
            try IssueActRows(db).noteUndone(undoes, by: change.header.offset)
        } else {
            // What is counted again from here on; an undoing goes on counting.
            for part in merged.parts(of: id) {
                try RowWriter(db, "UPDATE issue SET unjudged = 0 WHERE id = ? AND unjudged <> 0")
                    .run(.int(part))
            }
        }
        try RowWriter(
            db, "INSERT OR REPLACE INTO issue_history VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        ).run(
            .int(id), .offset(life.version), .offset(change.header.offset),
            .int(change.header.time), .text(change.from.rawValue), .text(life.status.rawValue),
            .text(change.actor), .text(String(decoding: change.details, as: UTF8.self)))
    }

    func write(_ act: IssuesProjection.ActStep, _ merged: inout MergedIssues) throws {
        guard let id = try row(of: act.issue) else { return }
        let rows = IssueActRows(db)
        switch act.effect {
        case .assign(let assignee, let after):
            if let after, try !rows.isNewestAssignment(after, of: id) { return }
            try rows.assign(assignee, to: id)
        case .comment: break
        case .move(let moves):
            let rows = try moves.compactMap { move -> (part: Int64, issue: Int64)? in
                guard let part = try row(of: move.part), let to = try row(of: move.to) else {
                    return nil
                }
                return (part, to)
            }
            try merged.move(rows, db)
        }
        if let undoes = act.undoes { try rows.noteUndone(undoes, by: act.header.offset) }
        try rows.insert(act, id)
    }
}
