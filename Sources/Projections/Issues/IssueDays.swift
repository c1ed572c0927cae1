import GRDB

/// Writes the events of an issue by day and hour, within one transaction.
///
/// A live batch has few events of an issue, mostly within one hour: then one column
/// changes, which is less work than all 24.
final class IssueDays {
    private let db: Database
    private let whole: RowWriter
    /// One for each hour of the day; made when first needed.
    private var single = [RowWriter?](repeating: nil, count: 24)

    init(_ db: Database) throws {
        self.db = db
        whole = try RowWriter(db, Self.wholeSQL)
    }

    func write(_ entry: IssueDelta.Day, _ issue: Int64) throws {
        var busy = 0
        var last = 0
        for hour in 0..<24 where entry.hours[hour] > 0 {
            busy += 1
            last = hour
        }
        if busy == 1 {
            return try writer(hour: last).run { row in
                row.int(issue)
                row.int(entry.day)
                row.int(Int64(entry.hours[last]))
            }
        }
        try whole.run { row in
            row.int(issue)
            row.int(entry.day)
            for hour in 0..<24 { row.int(Int64(entry.hours[hour])) }
        }
    }

    private func writer(hour: Int) throws -> RowWriter {
        if let writer = single[hour] { return writer }
        let column = IssueSchema.hourColumns[hour]
        let writer = try RowWriter(
            db,
            """
            INSERT INTO issue_day (issue, day, \(column)) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET \(column) = \(column) + excluded.\(column)
            """)
        single[hour] = writer
        return writer
    }

    private static let wholeSQL: String = {
        let columns = IssueSchema.hourColumns
        return """
            INSERT INTO issue_day VALUES (?, ?, \
            \(columns.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT DO UPDATE SET \
            \(columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
            """
    }()
}
