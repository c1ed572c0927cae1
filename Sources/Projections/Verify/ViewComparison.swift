package import GRDB

/// Where two views differ first.
package struct ViewDifference: Hashable, Sendable, CustomStringConvertible {
    package var table: String
    /// What names the row, `column=value` with spaces between.
    package var key: String
    /// Nil where the whole row is on one side only.
    package var column: String?
    /// What the serving view has; nil: no such row.
    package var served: String?
    /// What was folded from the log; nil: no such row.
    package var folded: String?

    package var description: String {
        let place = "table \(table), row \(key)" + (column.map { ", column \($0)" } ?? "")
        let (served, folded) = (served ?? "no such row", folded ?? "no such row")
        return "\(place): the serving view has \(served), the log gives \(folded)"
    }
}

/// Compares the content of two views of one projection.
package enum ViewComparison {
    /// Walks through both, table by table and row by row; stops at the first difference.
    ///
    /// - Returns: the rows compared, and the difference.
    package static func run(
        served: Database, folded: Database
    ) throws -> (rows: Int, difference: ViewDifference?) {
        var count = 0
        for table in try ViewContent.tables(folded) {
            var left = try ContentRows(table, served)
            var right = try ContentRows(table, folded)
            var one = try left.next()
            var other = try right.next()
            while one != nil || other != nil {
                count += 1
                if let difference = difference(table, one, other) { return (count, difference) }
                one = try left.next()
                other = try right.next()
            }
        }
        return (count, nil)
    }

    private static func difference(
        _ table: ViewContent.Table, _ served: ContentRow?, _ folded: ContentRow?
    ) -> ViewDifference? {
        guard let served, let folded else {
            return lone(table, served, folded)
        }
        if served.key != folded.key {
            // Both are sorted: the lesser one is missing on the other side.
            let isServed = precedes(served.key, folded.key)
            return lone(table, isServed ? served : nil, isServed ? nil : folded)
        }
        guard let at = zip(served.values, folded.values).enumerated().first(where: { $1.0 != $1.1 })
        else { return nil }
        return ViewDifference(
            table: table.name, key: text(table, served.key), column: table.values[at.offset],
            served: at.element.0.shownText, folded: at.element.1.shownText)
    }

    private static func lone(
        _ table: ViewContent.Table, _ served: ContentRow?, _ folded: ContentRow?
    ) -> ViewDifference? {
        guard let row = served ?? folded else { return nil }
        func text(_ row: ContentRow) -> String {
            "this row: "
                + zip(table.values, row.values).map { "\($0)=\($1.shownText)" }
                .joined(separator: " ")
        }
        return ViewDifference(
            table: table.name, key: self.text(table, row.key), served: served.map(text),
            folded: folded.map(text))
    }

    private static func precedes(_ a: [DatabaseValue], _ b: [DatabaseValue]) -> Bool {
        for (left, right) in zip(a, b) where left != right { return left.precedes(right) }
        return a.count < b.count
    }

    private static func text(_ table: ViewContent.Table, _ key: [DatabaseValue]) -> String {
        zip(table.keys, key).map { "\($0)=\($1.shownText)" }.joined(separator: " ")
    }
}
