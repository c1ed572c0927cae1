import ErrorModel
package import GRDB

/// How many events projects have sent in a month, from the issues view.
package enum ProjectMonths {
    /// By project; `month` is counted from January 1970 (`Timestamp.month`).
    package static func fetch(month: Int, _ db: Database) throws -> [UInt32: UInt64] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT project, events FROM project_month WHERE month = ?",
            arguments: [month])
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0[0], UInt64(clamping: $0[1] as Int64)) })
    }
}
