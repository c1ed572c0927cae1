import Synchronization

/// A change of one row that a copy of the row can take over without the row being read.
package protocol RowEdit: Sendable {
    /// The row's number.
    var row: Int64 { get }
    /// About the memory that it takes.
    var byteCount: Int { get }
}

/// What the commits to a view change, those that come as well; safe from any thread.
///
/// Nothing is noted until somebody asks.
package final class RowChanges<Edit: RowEdit>: Sendable {
    /// What one commit has changed, or several that nobody has told apart.
    package struct Commit: Sendable {
        /// Rows that are to be read.
        package var rows: Set<Int64>
        /// Of other rows, in the order in which they were made.
        package var edits: [Edit]
        /// It reflects everything below this offset.
        package var end: UInt64

        fileprivate var isEmpty: Bool { rows.isEmpty && edits.isEmpty }
    }

    /// What has changed.
    package enum Taken: Sendable {
        /// It is not known what, by commits up to this offset.
        case all(below: UInt64)
        /// By these, in their order.
        case some([Commit])
    }

    private struct State {
        /// Nil: nobody asks, or it is not known what has changed.
        var noted: Noted?
        /// How far the last commit goes that was announced.
        var end: UInt64 = 0
        var follower: (@Sendable () -> Void)?
    }

    fileprivate struct Noted {
        /// Nil: it is not known what they have changed.
        var commits: [Commit]? = []
        /// Rows that are to be read, as often as they are named.
        var rowCount = 0
        var editBytes = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Called before the commit can be seen, which will reflect everything below `end`.
    ///
    /// A reader who sees it finds it here.
    /// - Parameters:
    ///   - rows: changed and to be read; nil: it is not known which.
    ///   - edits: of other rows, or of the same, which are read nevertheless.
    func announce(_ rows: Set<Int64>?, edits: [Edit], below end: UInt64) {
        state.withLock { state in
            if let rows {
                state.noted?.append(Commit(rows: rows, edits: edits, end: end))
            } else {
                state.noted?.commits = nil
            }
            state.end = max(state.end, end)
        }
    }

    /// What has changed since the last call; from now on changes are noted.
    package func take() -> Taken {
        state.withLock { state in
            defer { state.noted = Noted() }
            guard let commits = state.noted?.commits else { return .all(below: state.end) }
            return .some(commits)
        }
    }

    /// Nobody asks any more, or a commit that was announced has failed.
    package func ignore() { state.withLock { $0.noted = nil } }

    /// Commits begin behind `end`; what was announced beyond it has not taken effect.
    func begin(at end: UInt64) {
        state.withLock { $0 = State(end: end, follower: $0.follower) }
    }

    /// From now on `body` is called behind each commit that is noted, on the thread that commits: it is to
    /// return at once.
    package func follow(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.follower = body }
    }

    /// Called when a commit that was announced can be seen.
    func didCommit() {
        let follower = state.withLock { $0.noted == nil ? nil : $0.follower }
        follower?()
    }
}

/// How much is noted.
package enum RowChangeLimits {
    /// Bytes of edits: some thousand; where there are more, the rows are read.
    package static let editBytes = 4 << 20
    /// Edits of one commit, which are made before it is known whether anybody asks; of a commit with more
    /// the rows are read.
    package static let editsOfCommit = 8_192
    /// With more, reading everything again is no more work.
    package static let rows = 50_000
}

extension RowChanges.Noted {
    fileprivate mutating func append(_ commit: RowChanges.Commit) {
        // Of commits that change nothing in a row only the end is of use.
        if commit.isEmpty, let last = commits?.last, last.isEmpty { commits?.removeLast() }
        commits?.append(commit)
        rowCount += commit.rows.count
        editBytes += commit.edits.reduce(0) { $0 + $1.byteCount }
        if editBytes > RowChangeLimits.editBytes || rowCount > RowChangeLimits.rows { join() }
    }

    /// Makes all one commit of rows.
    private mutating func join() {
        guard let commits, let last = commits.last else { return }
        let all = commits.reduce(into: Set<Int64>()) { all, commit in
            all.formUnion(commit.rows)
            for edit in commit.edits { all.insert(edit.row) }
        }
        self.commits =
            all.count > RowChangeLimits.rows
            ? nil : [RowChanges.Commit(rows: all, edits: [], end: last.end)]
        (rowCount, editBytes) = (all.count, 0)
    }
}
