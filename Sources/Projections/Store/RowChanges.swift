import Synchronization

/// The rows of a view that have changed since somebody looked; safe from any thread.
///
/// Nothing is noted until somebody asks.
package final class RowChanges: Sendable {
    /// What has changed.
    package enum Taken: Equatable, Sendable {
        /// It is not known what; nil: nothing was noted until now.
        case all(below: UInt64?)
        /// These rows, by everything below an offset; nil: nothing was committed.
        case some([Int64], below: UInt64?)
    }

    private struct Noted {
        var rows: Set<Int64>? = []
        var end: UInt64?
    }

    private let noted = Mutex<Noted?>(nil)

    /// With more, reading everything again is no more work.
    private static let rowLimit = 50_000

    package init() {}

    /// Called behind the commit that has changed them, which reflects everything below `end`.
    ///
    /// - Parameter rows: nil: it is not known which.
    func note(_ rows: Set<Int64>?, below end: UInt64) {
        noted.withLock { noted in
            if let rows { noted?.rows?.formUnion(rows) } else { noted?.rows = nil }
            if noted?.rows?.count ?? 0 > Self.rowLimit { noted?.rows = nil }
            noted?.end = end
        }
    }

    /// What has changed since the last call; from now on changes are noted.
    package func take() -> Taken {
        noted.withLock { noted in
            defer { noted = Noted() }
            guard let noted, let rows = noted.rows else { return .all(below: noted?.end) }
            return .some(Array(rows), below: noted.end)
        }
    }

    /// Nobody asks any more.
    package func ignore() { noted.withLock { $0 = nil } }
}
