import ErrorModel
import EventLog
import GRDB

/// Writes the change of a batch as rows of the issues view, within one transaction.
///
/// In the order of the tables' keys: then each page is read and written once, however small SQLite's
/// cache is, and however many issues a batch has.
struct IssueRowWriter {
    private let db: Database
    private let find: Statement
    private let sightings: Statement
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
            sql: "SELECT id FROM issue WHERE project = ? AND fingerprint = ?")
        sightings = try db.cachedStatement(
            sql: """
                SELECT first_seen, first_offset, last_seen, last_offset FROM issue WHERE id = ?
                """)
        insertIssue = try RowWriter(
            db,
            """
            INSERT INTO issue (id, project, fingerprint, first_seen, first_offset, last_seen,
                last_offset)
            VALUES (?, ?, ?, ?, ?, ?, ?)
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
        for entry in try entries(of: delta.issues, places) {
            let issue = delta.issues[entry.index]
            let (isNew, place) = (entry.isNew, try place(entry, issue))
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

    /// An issue of a batch, and its row.
    private struct Entry {
        /// In the batch.
        var index: Int
        var id: Int64 = 0
        var isNew = false
        /// What is known of the row without reading it.
        var place: IssuePlaces.Place?
    }

    /// Finds or makes the rows of a batch's issues; in the order of the rows.
    private func entries(
        of issues: ContiguousArray<IssueDelta.Issue>, _ places: IssuePlaces
    ) throws -> [Entry] {
        var entries = issues.indices.map { Entry(index: $0, place: places[issues[$0].key]) }
        // As the index of fingerprints has them: hexadecimal digits are ordered as the numbers are.
        let sought = entries.indices.filter { entries[$0].place == nil }.sorted { a, b in
            let (a, b) = (issues[a].key, issues[b].key)
            return (a.project, a.fingerprint) < (b.project, b.fingerprint)
        }
        for index in sought {
            let key = issues[index].key
            let row = try Row.fetchOne(
                find, arguments: [key.project, IssueID.text(key.fingerprint)])
            if let row { entries[index].id = row[0] } else { entries[index].isNew = true }
        }
        try insert(sought.filter { entries[$0].isNew }, issues, &entries)
        for index in entries.indices {
            if let place = entries[index].place { entries[index].id = place.id }
        }
        return entries.sorted { $0.id < $1.id }
    }

    /// Makes rows, numbered in the order in which the issues were met, whatever the batches.
    private func insert(
        _ new: [Int], _ issues: ContiguousArray<IssueDelta.Issue>, _ entries: inout [Entry]
    ) throws {
        guard !new.isEmpty else { return }
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM issue") ?? 0
        for (count, index) in new.sorted().enumerated() {
            entries[index].id = last + 1 + Int64(count)
        }
        for index in new {
            let issue = issues[index]
            try insertIssue.run(
                .int(entries[index].id), .int(Int64(issue.key.project)),
                .text(IssueID.text(issue.key.fingerprint)), .int(issue.first.happened),
                .offset(issue.first.offset), .int(issue.last.happened), .offset(issue.last.offset))
        }
    }

    /// The row of an issue with its first and last sightings so far.
    private func place(
        _ entry: Entry, _ issue: IssueDelta.Issue
    ) throws -> IssuePlaces.Place {
        if let place = entry.place { return place }
        guard !entry.isNew, let row = try Row.fetchOne(sightings, arguments: [entry.id]) else {
            return IssuePlaces.Place(id: entry.id, first: issue.first, last: issue.last)
        }
        return IssuePlaces.Place(
            id: entry.id,
            first: IssueDelta.Sighting(happened: row[0], offset: UInt64(bitPattern: row[1])),
            last: IssueDelta.Sighting(happened: row[2], offset: UInt64(bitPattern: row[3])))
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
