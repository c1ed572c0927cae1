import Synchronization

/// The rows of a view that have changed since somebody looked; safe from any thread.
///
/// Nothing is noted until somebody asks.
package final class RowChanges: Sendable {
    /// What has changed.
    package enum Taken: Equatable, Sendable {
        /// It is not known what.
        case all
        /// These rows, by everything below an offset; nil: nothing was committed.
        case some([Int64], below: UInt64?)
    }

    private struct Noted {
        var rows: Set<Int64> = []
        var end: UInt64?
    }

    private let noted = Mutex<Noted?>(nil)

    package init() {}

    /// Called behind the commit that has changed them, which reflects everything below `end`.
    func note(_ rows: Set<Int64>, below end: UInt64) {
        noted.withLock { noted in
            noted?.rows.formUnion(rows)
            noted?.end = end
        }
    }

    /// What has changed since the last call; from now on changes are noted.
    package func take() -> Taken {
        noted.withLock { noted in
            defer { noted = Noted() }
            return noted.map { .some(Array($0.rows), below: $0.end) } ?? .all
        }
    }

    /// Nobody asks any more.
    package func ignore() { noted.withLock { $0 = nil } }
}
