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
        let reader = try RowReader(
            db,
            """
            SELECT *, (SELECT assignee FROM issue_assignee WHERE issue_assignee.issue = id)
            FROM \(tables.shown) WHERE id = ?
            """)
        // There is none where it was merged into another since the board was updated.
        let issues = try places.prefix(query.limit).compactMap { place in
            try reader.first(.int(columns[.row, place])) { row in
                var issue = try IssueSummary(row: row)
                issue.assignee = row.text(orNull: IssueColumn.allCases.count)
                issue.environments =
                    try names(ofEnvironments: place) ?? issue.fetchEnvironments(tables, db)
                return issue
            }
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

    /// The names of a place's environments; nil where the columns do not have them all.
    private func names(ofEnvironments place: Int) -> [String]? {
        var bits = columns[.environments, place]
        guard bits >= 0 else { return nil }
        var names: [ByteText] = []
        while bits != 0 {
            names.append(ByteText(environments.names[bits.trailingZeroBitCount]))
            bits &= bits - 1
        }
        return names.sorted().map(\.text)
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
