package import EventLog
package import GRDB

/// A fold of the log into one view.
///
/// `fold` is pure: it changes only the value, from what it is given; the worker does the reading,
/// the writing and the waiting. A projection belongs to its worker's thread.
package protocol Projection: Sendable {
    /// Names the view's file, `views/<name>@<version>.sqlite`.
    static var name: String { get }
    /// Changes with the schema or the meaning of the fold; another version is another file.
    static var version: Int { get }
    /// Statements that create the tables where they are missing.
    static var schema: String { get }
    /// Live, with so many records that wait for it, a commit at most this often, in nanoseconds, unless somebody
    /// waits for one.
    static func flushNanoseconds(pending: UInt64) -> UInt64
    /// Under load, how many times as long as its last commit took the view rests before the next.
    static var restPerCommit: UInt64 { get }

    /// Events of it have fingerprints, or records name issues: it depends on how a project is grouped.
    static var isGrouped: Bool { get }

    init()

    /// Told after `load` how the view groups, and what is in force at its checkpoint.
    mutating func show(_ shown: Groupings, current: Groupings)

    /// Takes back from the rows what the fold keeps in memory between transactions.
    mutating func load(_ db: Database) throws

    /// Folds one record into the pending change; throws `FoldError` where it cannot, having
    /// changed nothing.
    mutating func fold(_ block: LogBlock, at index: Int) throws

    /// Folds records in their order; `failed` is told of each that cannot be, and may end it by throwing.
    ///
    /// One call a block, and not one a record, through a protocol that is not known before it runs.
    mutating func fold(
        _ block: LogBlock, _ indices: Range<Int>, failed: (Int, any Error) throws -> Void
    ) throws

    /// Looks up in the log what folded records refer to; called after every block.
    ///
    /// Only what lies below such a record may be taken from it, so that a fold stays one of the
    /// log alone, however far the log has come. Throws what reading throws, having forgotten
    /// nothing: it is called again.
    mutating func lookBack(_ past: LogPast) throws

    /// About how much memory the pending change takes, where that grows with what is folded.
    var pendingByteCount: Int { get }

    /// Writes the pending change as rows, within the transaction that also moves the checkpoint.
    ///
    /// May run again with the same pending change where the transaction failed.
    mutating func write(_ db: Database) throws

    /// After `write`: the rows that it has changed, where somebody may keep a copy of them; nil: it
    /// cannot tell.
    var changedRows: Set<Int64>? { get }

    /// After `write`: changes of rows beyond those, which a copy can take over as they are.
    var rowEdits: [IssueEdit] { get }

    /// The pending change is committed: forgets it.
    mutating func didCommit()

    /// Decides what is to be appended to the log because of what was folded or because time
    /// passed; each record has an id that depends on its cause alone, so that deciding twice
    /// appends once.
    mutating func decisions(now: Int64) -> [NewRecord]
}

extension Projection {
    package mutating func fold(
        _ block: LogBlock, _ indices: Range<Int>, failed: (Int, any Error) throws -> Void
    ) throws {
        for index in indices {
            do {
                try fold(block, at: index)
            } catch {
                try failed(index, error)
            }
        }
    }

    package mutating func load(_ db: Database) throws {}
    package mutating func lookBack(_ past: LogPast) throws {}
    package mutating func show(_ shown: Groupings, current: Groupings) {}
    package static var isGrouped: Bool { true }
    package var pendingByteCount: Int { 0 }
    package var changedRows: Set<Int64>? { [] }
    package var rowEdits: [IssueEdit] { [] }
    package static func flushNanoseconds(pending: UInt64) -> UInt64 {
        pending < WorkerLimits.smallBatchRecords
            ? WorkerLimits.smallFlushNanoseconds : WorkerLimits.flushNanoseconds
    }
    package static var restPerCommit: UInt64 { WorkerLimits.restPerCommit }
    package mutating func decisions(now: Int64) -> [NewRecord] { [] }

    /// The file's name inside the folder of views.
    package static var fileName: String { "\(name)@\(version).sqlite" }
}

/// Why a record cannot be folded.
package struct FoldError: Error, CustomStringConvertible, Hashable, Sendable {
    package var description: String
    package init(_ description: String) { self.description = description }
}
