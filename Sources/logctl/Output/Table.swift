import ErrorModel

/// Rows in aligned columns.
struct Table {
    let columns: [Column]
    let items: [JSONValue]

    /// A flexible column is never narrower.
    private static let leastFlexible = 12
    private static let gap = 2

    /// - Parameter width: of the terminal; nil: as wide as the cells need.
    func write(width: Int?) {
        var rows = items.map { item in
            columns.map { Terminal.plain(Cell.text(item[$0.member])) }
        }
        var widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0)
        }
        if let width { shrink(&widths, to: width) }
        for row in rows.indices {
            for column in widths.indices {
                rows[row][column] = rows[row][column].cut(to: widths[column])
            }
        }
        Terminal.write(line: line(columns.map { $0.title.uppercased() }, widths))
        for row in rows { Terminal.write(line: line(row, widths)) }
    }

    private func shrink(_ widths: inout [Int], to limit: Int) {
        let total = widths.reduce(0, +) + Self.gap * (widths.count - 1)
        var excess = total - limit
        for index in columns.indices where columns[index].isFlexible && excess > 0 {
            let given = min(excess, max(0, widths[index] - Self.leastFlexible))
            widths[index] -= given
            excess -= given
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for index in cells.indices {
            if index > 0 { text += String(repeating: " ", count: Self.gap) }
            text +=
                columns[index].isNumber
                ? cells[index].paddedLeft(to: widths[index])
                : cells[index].padded(to: widths[index])
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
