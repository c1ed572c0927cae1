import ErrorModel
package import GRDB

extension IssueBoard {
    /// Reads one page, as `IssueQuery.fetch` does, in the snapshot that the board was updated in.
    ///
    /// Nil where the board cannot say: it has the trend of a later hour.
    package mutating func fetch(
        _ query: IssueQuery, _ db: Database
    ) throws -> (issues: [IssueSummary], next: IssueQuery.Cursor?)? {
        let now = query.after?.now ?? query.now
        if query.sort == .trend {
            guard try countTrend(at: now, db) else { return nil }
        }
        let found = try BoardSearch(self, query, now: now, db).find()
        let column = Self.column(query.sort)
        let places = page(of: found, query, by: columns[column])
        let tables = try IssueTables(db)
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM \(tables.shown) WHERE id = ?")
        var issues: [IssueSummary] = []
        for place in places.prefix(query.limit) {
            let row = try Row.fetchOne(statement, arguments: [columns[.row, place]])
            // Merged into another since the board was updated.
            if let row { issues.append(try IssueSummary(row: row, db)) }
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

    /// The places of a page and one more, in their order.
    private func page(of found: PlaceSet, _ query: IssueQuery, by values: [Int64]) -> [Int] {
        let rows = columns[.row]
        let count = query.limit + 1
        func comesBefore(_ a: Int, _ b: Int) -> Bool {
            let (one, other) = ((values[a], rows[a]), (values[b], rows[b]))
            return query.ascending ? one < other : one > other
        }
        func isOnPage(_ place: Int) -> Bool {
            guard let after = query.after else { return true }
            let (one, other) = ((values[place], rows[place]), (after.value, after.row))
            return query.ascending ? one > other : one < other
        }
        var best: [Int] = []
        var worst: Int?
        func cut() {
            best.sort(by: comesBefore)
            best.removeLast(best.count - min(count, best.count))
            worst = best.count == count ? best.last : nil
        }
        func take(_ place: Int) {
            guard isOnPage(place) else { return }
            if let worst, !comesBefore(place, worst) { return }
            best.append(place)
            if best.count >= Self.sortedAtOnce * count { cut() }
        }
        // Newer rows mostly have the higher values: the other way round each would be better than all
        // before it.
        if query.ascending { found.forEach(take) } else { found.forEachReversed(take) }
        cut()
        return best
    }

    /// Pages of places that are gathered before they are sorted.
    private static let sortedAtOnce = 4
}
