import ErrorModel
import EventLog
import GRDB

/// Writes the change of a batch as rows of the issues view, within one transaction.
///
/// In the order of the tables' keys: then each page is read and written once, however small SQLite's
/// cache is, and however many issues a batch has.
struct IssueRowWriter {
    private let db: Database
    private let find: RowReader
    private let sightings: RowReader
    private let issue: IssueUpdate
    private let environment: RowWriter
    private let release: RowWriter
    private let sampled: RowWriter
    private let month: RowWriter
    private let days: IssueDays
    private let peopleRows: PeopleRows

    init(_ db: Database) throws {
        self.db = db
        find = try RowReader(db, "SELECT id FROM issue WHERE project = ? AND fingerprint = ?")
        sightings = try RowReader(
            db,
            "SELECT first_seen, first_offset, last_seen, last_offset FROM issue WHERE id = ?")
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
            let accounts = try add(issue.accounts, .accounts, place.id, isNew: isNew, &people)
            if isNew {
                try self.issue.insert(
                    issue, place.id, delta.names.strings, users: users, accounts: accounts)
            } else {
                try self.issue.write(
                    issue, place.id, delta.names.strings, isFirst: isFirst, isLast: isLast,
                    users: users, accounts: accounts)
            }
            try write(issue.environments, place.id, environment, delta.names.strings)
            try write(issue.releases, place.id, release, delta.names.strings)
            for entry in issue.days { try days.write(entry, place.id) }
            if issue.unjudged > 0 { try unjudged(issue, place.id) }
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
            let row = try find.first(
                .int(Int64(key.project)), .text(IssueID.text(key.fingerprint))
            ) { $0.int(0) }
            if let row { entries[index].id = row } else { entries[index].isNew = true }
        }
        try number(sought.filter { entries[$0].isNew }, &entries)
        for index in entries.indices {
            if let place = entries[index].place { entries[index].id = place.id }
        }
        return entries.sorted { $0.id < $1.id }
    }

    /// Gives new issues their rows, in the order in which they were met, whatever the batches.
    private func number(_ new: [Int], _ entries: inout [Entry]) throws {
        guard !new.isEmpty else { return }
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM issue") ?? 0
        for (count, index) in new.sorted().enumerated() {
            entries[index].id = last + 1 + Int64(count)
        }
    }

    /// The row of an issue with its first and last sightings so far.
    private func place(
        _ entry: Entry, _ issue: IssueDelta.Issue
    ) throws -> IssuePlaces.Place {
        if let place = entry.place { return place }
        let known =
            entry.isNew
            ? nil
            : try sightings.first(.int(entry.id)) { row in
                IssuePlaces.Place(
                    id: entry.id,
                    first: IssueDelta.Sighting(
                        happened: row.int(0), offset: UInt64(bitPattern: row.int(1))),
                    last: IssueDelta.Sighting(
                        happened: row.int(2), offset: UInt64(bitPattern: row.int(3))))
            }
        return known ?? IssuePlaces.Place(id: entry.id, first: issue.first, last: issue.last)
    }

    /// Counts under the resolve that held, which may be that of the issue that this one is merged into.
    private func unjudged(_ issue: IssueDelta.Issue, _ id: Int64) throws {
        let (since, events) = (SQLValue.offset(issue.unjudgedSince), SQLValue.count(issue.unjudged))
        try RowWriter(
            db,
            """
            INSERT INTO issue_unjudged VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET events = events + excluded.events
            """
        ).run(.int(id), since, events)
        try RowWriter(
            db, "UPDATE issue SET unjudged = unjudged + ? WHERE id = ? AND changed_offset = ?"
        ).run(events, .int(id), since)
    }

    /// The events that a part has counted since a resolve.
    private static func unjudged(of part: String, since: String) -> String {
        """
        ifnull((SELECT events FROM issue_unjudged WHERE part = \(part) AND since = \(since)), 0)
        """
    }

    private func write(
        _ named: [IssueDelta.Named], _ id: Int64, _ writer: RowWriter, _ names: [String]
    ) throws {
        for entry in named {
            try writer.run { row in
                row.int(id)
                row.text(names[entry.name])
                row.count(entry.events)
                row.int(entry.first)
                row.int(entry.last)
            }
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

    /// Adds people and returns how many there are; nil where none are added.
    private func add(
        _ keys: [UInt64], _ kind: PeopleStore.Kind, _ id: Int64, isNew: Bool,
        _ people: inout PeopleStore
    ) throws -> PeopleCount? {
        if keys.isEmpty { return nil }
        let address = PeopleStore.Address(owner: id, kind: kind)
        return try people.add(keys, to: address, isNewOwner: isNew, peopleRows)
    }

    /// The row of an issue; nil where it has had no event.
    func row(of issue: IssueID) throws -> Int64? {
        let key = IssueID.text(issue.fingerprint)
        return try find.first(.int(Int64(issue.project)), .text(key)) { $0.int(0) }
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
                resolution = ?, resolved_release = ?, until = ?,
                unjudged = \(Self.unjudged(of: "?8", since: "?3"))
            WHERE id = ?8
            """
        ).run(
            .text(life.status.rawValue), .offset(life.version), .offset(life.changedOffset),
            .int(life.changedAt), .text(orNull: life.resolution?.word),
            .text(orNull: life.resolution?.release),
            .text(orNull: life.until?.json.compactText), .int(id))
        if let undoes = change.undoes {
            try IssueActRows(db).noteUndone(undoes, by: change.header.offset, id)
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
        if let undoes = act.undoes {
            try rows.noteUndone(undoes, by: act.header.offset, id)
        }
        try rows.insert(act, id)
    }
}
