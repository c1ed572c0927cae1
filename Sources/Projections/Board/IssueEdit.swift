/// What the events of a batch change in the row of an issue, for a copy of it in memory.
package struct IssueEdit: RowEdit {
    package var row: Int64
    /// It is the row's first batch.
    var isNew: Bool
    /// The batch has the first sighting of all.
    var isFirst: Bool
    /// It has the last one.
    var isLast: Bool
    /// All that the issue has now; nil for no change.
    var users: Int?
    var accounts: Int?
    var issue: IssueDelta.Issue
    /// The texts of its names.
    var names: [String]
}
