import ErrorModel
package import GRDB

extension IssueBoard {
    /// Reads one page, as `IssueQuery.fetch` does, in the snapshot that the board was updated in.
    ///
    /// Nil where the board cannot say: the trend is asked for of an hour that is over.
    package mutating func fetch(
        _ query: IssueQuery, _ db: Database
    ) throws -> (issues: [IssueSummary], next: IssueQuery.Cursor?)? {
        let now = query.after?.now ?? query.now
        if query.sort == .trend {
            guard try countTrend(at: now, now: query.now, db) else { return nil }
        }
        let found = try BoardSearch(self, query, now: now, db).find()
        let column = Self.column(query.sort)
        var selection = PageSelection(query, values: columns[column], rows: columns[.row])
        let places = selection.places(of: found)
        let tables = try IssueTables(db)
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM \(tables.shown) WHERE id = ?")
        var issues: [IssueSummary] = []
        for place in places.prefix(query.limit) {
            let row = try Row.fetchOne(statement, arguments: [columns[.row, place]])
            // Merged into another since the board was updated.
            if let row { issues.append(try IssueSummary(row: row, tables, db)) }
        }
        guard places.count > query.limit else { return (issues, nil) }
        let last = places[query.limit - 1]
        return (
            issues,
            IssueQuery.Cursor(
                value: columns[column, last], row: columns[.row, last],
                now: query.dependsOnTime ? now : nil)
        )
    }

    private static func column(_ sort: IssueQuery.Sort) -> BoardColumns.Column {
        switch sort {
        case .lastSeen: .lastSeen
        case .firstSeen: .firstSeen
        case .events: .events
        case .users: .users
        case .trend: .trend
        }
    }
}
