/// Picks the places of a page and one more, in their order.
struct PageSelection {
    private let values: [Int64]
    private let rows: [Int64]
    private let isAscending: Bool
    private let after: IssueQuery.Cursor?
    private let count: Int
    /// Those that may be on the page; every now and then all but the best are dropped.
    private var best: [Entry] = []
    /// The last that is on the page so far.
    private var worst: Entry?
    /// Its value: what lies beyond it is on no page.
    private var lastValue: Int64

    private struct Entry {
        var value: Int64
        var row: Int64
        var place: Int
    }

    /// Pages of entries that are gathered before they are sorted.
    private static let sortedAtOnce = 4

    init(_ query: IssueQuery, values: [Int64], rows: [Int64]) {
        self.values = values
        self.rows = rows
        isAscending = query.ascending
        after = query.after
        count = query.limit + 1
        lastValue = isAscending ? .max : .min
    }

    mutating func places(of found: PlaceSet) -> [Int] {
        let values = values
        values.withUnsafeBufferPointer { values in
            // Newer rows mostly have the higher values: the other way round each would be better than all
            // before it. Of most places only the value is looked at.
            if isAscending {
                found.forEach { place in
                    if values[place] <= lastValue { take(place, values[place]) }
                }
            } else {
                found.forEachReversed { place in
                    if values[place] >= lastValue { take(place, values[place]) }
                }
            }
        }
        cut()
        return best.map(\.place)
    }

    private mutating func take(_ place: Int, _ value: Int64) {
        let entry = Entry(value: value, row: rows[place], place: place)
        if let after, !comesBefore((after.value, after.row), entry) { return }
        if let worst, !comesBefore((entry.value, entry.row), worst) { return }
        best.append(entry)
        if best.count >= Self.sortedAtOnce * count { cut() }
    }

    private func comesBefore(_ one: (Int64, Int64), _ other: Entry) -> Bool {
        isAscending ? one < (other.value, other.row) : one > (other.value, other.row)
    }

    private mutating func cut() {
        let isAscending = isAscending
        best.sort { a, b in
            isAscending ? (a.value, a.row) < (b.value, b.row) : (a.value, a.row) > (b.value, b.row)
        }
        best.removeLast(best.count - min(count, best.count))
        guard best.count == count, let last = best.last else { return }
        worst = last
        lastValue = last.value
    }
}
