package import ErrorModel

extension IssueQuery {
    /// A place in a sorted list: the sort value and the row of the last issue shown.
    ///
    /// A place, not a number of issues: what stands still while events pour in is shown once.
    package struct Cursor: Hashable, Sendable {
        package var value: Int64
        package var row: Int64
        /// When the first page was asked for, where the list depends on that.
        package var now: Timestamp?

        package init(value: Int64, row: Int64, now: Timestamp? = nil) {
            self.value = value
            self.row = row
            self.now = now
        }

        /// Reads `text`; nil where it is not of the form.
        package init?(_ text: String) {
            let parts = text.split(separator: "_", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int64($0, radix: 36) }
            guard numbers.count == parts.count, (2...3).contains(numbers.count) else { return nil }
            let now = numbers.count == 3 ? Timestamp(microseconds: numbers[2]) : nil
            // Only times that can be counted from: an answer has given no others.
            guard now?.shifted(byMicroseconds: 0) == now else { return nil }
            self.init(value: numbers[0], row: numbers[1], now: now)
        }

        /// An opaque name of the place, to be handed back.
        package var text: String {
            ([value, row] + (now.map { [$0.microseconds] } ?? []))
                .map { String($0, radix: 36) }.joined(separator: "_")
        }
    }

    /// The name of a place in this list, for a later request.
    ///
    /// The sort is a part of it: a place in one order is none in another.
    package func text(of cursor: Cursor) -> String { order + cursor.text }

    /// Reads what `text(of:)` gave; nil where it was not given for a list that is sorted as this one.
    package func cursor(_ text: String) -> Cursor? {
        guard text.hasPrefix(order) else { return nil }
        return Cursor(String(text.dropFirst(order.count)))
    }

    private var order: String { "\(sort.rawValue).\(ascending ? "asc" : "desc")." }
}
