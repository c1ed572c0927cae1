import ErrorModel
import Foundation
import GRDB

/// Taking a person out of the copies from which views are made again.
///
/// The views themselves are folded anew from the log once the person's events are redacted there.
/// So can all snapshots be but the oldest that the log goes on from, where its beginning is gone:
/// they are deleted. That one holds what the log no longer has, so its rows are changed: the
/// person's key gives way to its stand-in, and the texts and tags of issues that the person met go,
/// since nobody knows whose event gave them.
extension ViewSnapshots {
    /// How many issues in the snapshots that an erasure changes may hold something of the person.
    ///
    /// Blocks.
    /// - Parameter first: the first offset that the log has.
    package func issueCount(project: UInt32, user: UInt64, first: UInt64) throws -> Int {
        var count = 0
        for snapshot in irreplaceable(IssuesProjection.fileName, first: first) {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: snapshot.path, configuration: configuration)
            count += try database.read { db in
                let met = try MetIssues(db, project: project, user: user)
                // A sketch cannot tell whom it holds.
                return met.parts.isEmpty ? 0 : met.issues.count
            }
            try database.close()
        }
        return count
    }

    /// Takes the person out of all snapshots; `standIn` is counted instead.
    ///
    /// Blocks. On return the files that held the person are gone and the new ones durable; calling
    /// it again changes nothing.
    /// - Parameter first: the first offset that the log has.
    package func erase(
        project: UInt32, user: UInt64, standIn: UInt64, first: UInt64
    ) throws {
        try deleteUnread()
        var fingerprints: Set<String> = []
        // Where a crash came before the facets, the stand-in tells which they are.
        func note(_ db: Database) throws {
            for key in [user, standIn] {
                fingerprints.formUnion(
                    try MetIssues(db, project: project, user: key).fingerprints(db))
            }
        }
        let facets = irreplaceable(FacetsProjection.fileName, first: first)
        // The issues that stay may be older than the facets: then later ones, which go, tell the rest.
        let telling = facets.first.flatMap { facets in
            all(of: IssuesProjection.fileName).first { $0.offset >= facets.offset }
        }
        // At first, so that a full disk has room for those that are written anew.
        try deleteReplaceable(first: first, but: telling?.path)
        if let telling {
            let database = try DatabaseQueue(path: telling.path)
            try database.read(note)
            try database.close()
        }
        for snapshot in irreplaceable(IssuesProjection.fileName, first: first) {
            try rewrite(snapshot.path) { db in
                try note(db)
                let met = try MetIssues(db, project: project, user: user)
                guard !met.issues.isEmpty else { return false }
                try met.replace(user, by: standIn, db)
                return true
            }
        }
        let list = JSONValue.array(fingerprints.sorted().map(JSONValue.string)).compactText
        for snapshot in facets {
            try rewrite(snapshot.path) { db in
                var count = 0
                for table in ["issue_tags", "tag_value", "tag_cut"] {
                    try db.execute(
                        sql: """
                            DELETE FROM \(table) WHERE project = ?
                                AND fingerprint IN (SELECT value FROM json_each(?))
                            """, arguments: [project, list])
                    count += db.changesCount
                }
                return count > 0
            }
        }
        for snapshot in irreplaceable(ReportsProjection.fileName, first: first) {
            try rewrite(snapshot.path) { db in
                try Self.replaceInHealth(project: project, user, by: standIn, db)
            }
        }
        for snapshot in irreplaceable(StatusPolicy.fileName, first: first) {
            try rewrite(snapshot.path) { db in
                // What counts the users of an until-condition.
                try db.execute(
                    sql: """
                        UPDATE issue_life SET progress = replace(progress, ?1, ?2)
                        WHERE project = ?3 AND instr(progress, ?1) > 0
                        """,
                    arguments: [
                        "\"\(HexText.text(user))\"", "\"\(HexText.text(standIn))\"", project,
                    ])
                return db.changesCount > 0
            }
        }
        // Until the facets were done, a crash would have needed it.
        try deleteReplaceable(first: first, but: nil)
    }

    /// Deletes the snapshots that the log can make again, of the views that know people.
    private func deleteReplaceable(first: UInt64, but kept: String?) throws {
        for name in [
            IssuesProjection.fileName, ReportsProjection.fileName, StatusPolicy.fileName,
            FacetsProjection.fileName,
        ] {
            let needed = irreplaceable(name, first: first).map(\.path) + [kept].compactMap { $0 }
            for snapshot in all(of: name) where !needed.contains(snapshot.path) {
                try ViewStore.delete(path: snapshot.path)
            }
        }
    }

    /// The oldest snapshot that the log goes on from, where it no longer has its beginning.
    private func irreplaceable(
        _ fileName: String, first: UInt64
    ) -> [(path: String, offset: UInt64)] {
        guard first > 0 else { return [] }
        let copies = all(of: fileName)
        let usable = copies.filter { $0.offset >= first }
        // Where the log goes on from none, the newest may yet be of use to somebody.
        return usable.isEmpty ? copies.suffix(1) : Array(usable.prefix(1))
    }

    /// Puts another key in the place of one whose sessions were counted; false: it is not there.
    private static func replaceInHealth(
        project: UInt32, _ user: UInt64, by standIn: UInt64, _ db: Database
    ) throws -> Bool {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT people.health, people.kind, people.part, people.hashes
                FROM health_people AS people JOIN health ON health.id = people.health
                WHERE health.project = ? AND people.kind IN (0, 2) AND people.part >= 0
                """, arguments: [project])
        var isChanged = false
        for row in rows {
            let hashes: [UInt8] = Array(row[3] as Data)
            guard let changed = KeyList.replacing(user, by: standIn, in: hashes) else { continue }
            isChanged = true
            try db.execute(
                sql: """
                    UPDATE health_people SET hashes = ?
                    WHERE health = ? AND kind = ? AND part = ?
                    """,
                arguments: [Data(changed), row[0] as Int64, row[1] as Int64, row[2] as Int64])
        }
        return isChanged
    }

    /// What a crash has left of snapshots that were being made, and those of other versions, which
    /// have the person too.
    private func deleteUnread() throws {
        try OtherVersions.delete(in: directory)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.contains(".new") {
            try FileManager.default.removeItem(atPath: directory + "/" + name)
        }
    }

    /// Changes a copy of the file, leaves no deleted row readable in it, and puts it in the file's
    /// place; where `change` says that there was nothing to do, the file stays.
    private func rewrite(_ path: String, _ change: (Database) throws -> Bool) throws {
        let draft = path + ".new"
        try ViewStore.delete(path: draft)
        try FileManager.default.copyItem(atPath: path, toPath: draft)
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        let database = try DatabaseQueue(path: draft, configuration: configuration)
        let isChanged = try database.write(change)
        if isChanged { try database.vacuum() }
        try database.close()
        guard isChanged else { return try ViewStore.delete(path: draft) }
        try Self.replace(path, with: draft)
    }
}

/// Keys of people as a view stores them: 8 bytes each, little-endian.
private enum KeyList {
    /// The list with one key for another; nil where it is not in it.
    static func replacing(_ key: UInt64, by other: UInt64, in list: [UInt8]) -> [UInt8]? {
        let old = withUnsafeBytes(of: key.littleEndian) { Array($0) }
        let new = withUnsafeBytes(of: other.littleEndian) { Array($0) }
        var list = list
        var isChanged = false
        for start in stride(from: 0, to: list.count - list.count % 8, by: 8)
        where list[start..<start + 8].elementsEqual(old) {
            list.replaceSubrange(start..<start + 8, with: new)
            isChanged = true
        }
        return isChanged ? list : nil
    }
}

/// What an issues view holds of a person.
private struct MetIssues {
    /// Rows of `issue_people` that hold the key, by issue and part.
    var parts: [(issue: Int64, part: Int64, hashes: [UInt8])] = []
    /// Issues whose texts may be the person's: those, and those that are too large to tell.
    var issues: Set<Int64> = []

    init(_ db: Database, project: UInt32, user: UInt64) throws {
        let key = withUnsafeBytes(of: user.littleEndian) { Array($0) }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT people.issue, people.part, people.hashes FROM issue_people AS people
                JOIN issue ON issue.id = people.issue WHERE issue.project = ? AND people.kind = 0
                """,
            arguments: [project])
        while let row = try rows.next() {
            let issue: Int64 = row[0]
            let part: Int64 = row[1]
            if part < 0 {
                issues.insert(issue)
                continue
            }
            let hashes: [UInt8] = Array(row[2] as Data)
            let holds = stride(from: 0, to: hashes.count - hashes.count % 8, by: 8)
                .contains { hashes[$0..<$0 + 8].elementsEqual(key) }
            guard holds else { continue }
            issues.insert(issue)
            parts.append((issue, part, hashes))
        }
    }

    func fingerprints(_ db: Database) throws -> [String] {
        try issues.compactMap {
            try String.fetchOne(
                db, sql: "SELECT fingerprint FROM issue WHERE id = ?", arguments: [$0])
        }
    }

    func replace(_ user: UInt64, by standIn: UInt64, _ db: Database) throws {
        let old = withUnsafeBytes(of: user.littleEndian) { Array($0) }
        let new = withUnsafeBytes(of: standIn.littleEndian) { Array($0) }
        for part in parts {
            var hashes = part.hashes
            for start in stride(from: 0, to: hashes.count - hashes.count % 8, by: 8)
            where hashes[start..<start + 8].elementsEqual(old) {
                hashes.replaceSubrange(start..<start + 8, with: new)
            }
            try db.execute(
                sql: """
                    UPDATE issue_people SET hashes = ? WHERE issue = ? AND kind = 0 AND part = ?
                    """,
                arguments: [Data(hashes), part.issue, part.part])
        }
        for issue in issues {
            try db.execute(
                sql: "UPDATE issue SET title = '', culprit = '' WHERE id = ?", arguments: [issue])
            // A snapshot of before there were merges has no such tables.
            guard try db.tableExists("issue_merged") else { continue }
            try db.execute(
                sql: """
                    UPDATE issue_merged SET title = '', culprit = ''
                    WHERE id = (SELECT issue FROM issue_part WHERE part = ?)
                    """, arguments: [issue])
        }
    }
}
