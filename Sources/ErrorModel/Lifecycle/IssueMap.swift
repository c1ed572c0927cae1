/// Which issue the events of a fingerprint are shown in, where that is not its own.
///
/// A pure value, edited by the records of merges and unmerges. It has one level: an issue that
/// others are merged into is itself merged into none.
package struct IssueMap: Hashable, Sendable {
    /// Only what is merged into another.
    private var targets: [IssueID: IssueID] = [:]

    package init() {}

    package var isEmpty: Bool { targets.isEmpty }

    /// The issue that shows what belongs to `part`: itself, unless it is merged into another.
    package func issue(of part: IssueID) -> IssueID { targets[part] ?? part }

    /// What is merged into an issue, itself left out, by fingerprint.
    package func parts(of issue: IssueID) -> [IssueID] {
        targets.filter { $0.value == issue }.keys.sorted { $0.fingerprint < $1.fingerprint }
    }

    /// Every part that is merged into another, with that one.
    package var all: [IssueID: IssueID] { targets }

    /// Takes an edit; false, and nothing changes, where a part is not where the edit takes it
    /// from, or where the map would have a second level.
    package mutating func apply(_ moves: [IssueMove]) -> Bool {
        var after = targets
        for move in moves {
            guard move.part.project == move.to.project,
                (after[move.part] ?? move.part) == move.from
            else { return false }
            after[move.part] = move.to == move.part ? nil : move.to
        }
        guard after.values.allSatisfy({ after[$0] == nil }) else { return false }
        targets = after
        return true
    }

    /// Restores one entry from the rows of a view.
    package mutating func restore(_ part: IssueID, in issue: IssueID) { targets[part] = issue }
}

/// One edit of the map: the events of a fingerprint go from one issue to another.
package struct IssueMove: Hashable, Sendable {
    package var part: IssueID
    package var from: IssueID
    package var to: IssueID

    package init(part: IssueID, from: IssueID, to: IssueID) {
        (self.part, self.from, self.to) = (part, from, to)
    }

    package var inverse: IssueMove { IssueMove(part: part, from: to, to: from) }
}
