import ErrorModel
import GRDB

/// Writes the tags of issues, within one transaction.
///
/// To be used in the order of the keys: then each page is read and written once, however small SQLite's
/// cache is.
struct TagRows {
    /// A value of a tag.
    private struct Value: Hashable, Comparable {
        var key: ByteText
        var value: ByteText

        static func < (a: Value, b: Value) -> Bool { (a.key, a.value) < (b.key, b.value) }
    }

    private struct Issue {
        var project: UInt32
        var fingerprint: String
    }

    private let db: Database
    private let find: Statement
    private let put: RowWriter
    private let addValue: RowWriter
    private let cutKey: RowWriter
    private let forgetCut: RowWriter
    private let dropValues: RowWriter
    /// Values that issues were not known to have, with those issues.
    private var new: [Value: [Issue]] = [:]

    init(_ db: Database) throws {
        self.db = db
        find = try db.cachedStatement(
            sql: "SELECT tags, is_cut FROM issue_tags WHERE project = ? AND fingerprint = ?")
        put = try RowWriter(db, "INSERT OR REPLACE INTO issue_tags VALUES (?, ?, ?, ?)")
        addValue = try RowWriter(db, "INSERT OR IGNORE INTO tag_value VALUES (?, ?, ?, ?)")
        cutKey = try RowWriter(db, "INSERT OR IGNORE INTO tag_cut VALUES (?, ?, ?)")
        forgetCut = try RowWriter(
            db, "DELETE FROM tag_cut WHERE key = ? AND project = ? AND fingerprint = ?")
        dropValues = try RowWriter(
            db,
            "DELETE FROM tag_value WHERE key = ? AND value = ? AND project = ? AND fingerprint = ?")
    }

    /// Adds what events of an issue have; `endValues` is to be called behind the last.
    mutating func add(_ new: TagCounts, _ project: UInt32, _ fingerprint: String) throws {
        var before = TagCounts()
        if let row = try Row.fetchOne(find, arguments: [project, fingerprint]) {
            before = try TagCounts(stored: row[0], isCut: row[1])
        }
        var after = before
        after.formUnion(new)
        try put.run(
            .int(Int64(project)), .text(fingerprint), .text(after.json.compactText),
            .int(after.isCut ? 1 : 0))
        for (name, key) in before.keys where !key.isCut && after.keys[name]?.isCut != false {
            for value in key.values.keys {
                try dropValues.run(
                    .text(name.text), .text(value.text), .int(Int64(project)), .text(fingerprint))
            }
        }
        if after.isCut && !before.isCut {
            try cutKey.run(.text(TagCounts.anyKey), .int(Int64(project)), .text(fingerprint))
        }
        for name in before.keys.keys where after.keys[name] == nil {
            try forgetCut.run(.text(name.text), .int(Int64(project)), .text(fingerprint))
        }
        for (name, key) in after.keys {
            if key.isCut {
                if before.keys[name]?.isCut != true {
                    try cutKey.run(.text(name.text), .int(Int64(project)), .text(fingerprint))
                }
                continue
            }
            for value in key.values.keys where before.keys[name]?.values[value] == nil {
                self.new[Value(key: name, value: value), default: []]
                    .append(Issue(project: project, fingerprint: fingerprint))
            }
        }
    }

    /// Writes by which values issues are found from now on.
    mutating func endValues() throws {
        for value in new.keys.sorted() {
            for issue in new[value] ?? [] {
                try addValue.run(
                    .text(value.key.text), .text(value.value.text), .int(Int64(issue.project)),
                    .text(issue.fingerprint))
            }
        }
        new = [:]
    }
}
