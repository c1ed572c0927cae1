import EventLog
import Foundation
import GRDB

/// Where a worker is between the log and its view: what is folded, and what of it is committed.
struct FoldSession {
    /// How the view groups events; nil: it is one that does not.
    private(set) var regrouping: Regrouping?
    /// The next offset to fold.
    private(set) var next: UInt64
    /// Everything below is committed.
    private(set) var committed: UInt64
    /// When the last commit ended, in the nanoseconds of `DispatchTime`.
    private(set) var lastCommit: UInt64 = 0
    /// How long it took.
    private(set) var lastCommitDuration: UInt64 = 0
    private var parked: [ParkedRecord] = []
    private var gaps: [UnreadableRange] = []
    /// Parked records and gaps since the totals were last taken.
    var parkedTotal = 0
    var gapTotal = 0

    /// Goes on where a view is.
    ///
    /// - Parameter projection: is loaded with what the view has.
    init<P: Projection>(_ store: ViewStore, _ projection: inout P) throws {
        (next, regrouping) = try store.pool.read { db in
            try projection.load(db)
            return (
                try ViewStore.checkpoint(db), P.isGrouped ? try Regrouping(db) : nil
            )
        }
        committed = next
        if let regrouping {
            projection.show(regrouping.shown, current: regrouping.current)
        }
    }

    /// Of a view that is not opened yet.
    init(next: UInt64) {
        self.next = next
        committed = next
    }

    /// Records folded and not committed.
    var pending: Int { Int(next - committed) }

    /// While there is more to fold: whether so much is pending that it is time to commit.
    ///
    /// - Parameter byteLimit: so much memory the pending change may take.
    func isFull(
        _ projection: some Projection, byteLimit: Int = WorkerLimits.batchBytes
    ) -> Bool {
        pending >= WorkerLimits.batchRecords
            || projection.pendingByteCount + (regrouping?.pendingByteCount ?? 0) >= byteLimit
    }

    /// Folds the next block of the log, as far as it is durable; false at its end.
    ///
    /// - Parameters:
    ///   - end: nothing at or above it is folded, also where it lies inside of a block.
    ///   - payloads: make the digests of events anew from their payloads before they are folded.
    ///   - stopsAtPoison: throw what a fold throws (a rebuild) instead of parking the record
    ///     (live).
    mutating func foldNext<P: Projection>(
        _ projection: inout P, _ reader: LogReader, until end: UInt64 = .max,
        payloads: PayloadDigests? = nil, stopsAtPoison: Bool = false
    ) throws -> Bool {
        guard next < end else { return false }
        switch try reader.readBlock(containing: next, payload: payloads != nil) {
        case nil:
            return false
        case .gap(let offsets, let reason):
            let upper = min(offsets.upperBound, end)
            gaps.append(
                UnreadableRange(
                    offsets: max(next, offsets.lowerBound)..<upper, reason: reason.rawValue))
            next = upper
        case .block(let read):
            let upper = min(read.nextOffset, end)
            let range = Int(next - read.baseOffset)..<Int(upper - read.baseOffset)
            let made = try payloads?.remake(read) ?? read
            var lines = EventLines(reader, read)
            let seen = try regrouping?.see(made, range, &lines)
            let block = seen?.block ?? made
            var poisoned: [ParkedRecord] = []
            func park(_ index: Int, _ error: any Error) throws {
                if stopsAtPoison { throw error }
                poisoned.append(
                    ParkedRecord(offset: block.baseOffset + UInt64(index), error: "\(error)"))
            }
            var start = range.lowerBound
            for skipped in seen?.skipped.sorted() ?? [] {
                try projection.fold(block, start..<skipped, failed: park)
                start = skipped + 1
            }
            try projection.fold(block, start..<range.upperBound, failed: park)
            parked += poisoned
            next = upper
            try projection.lookBack(LogPast(reader, regrouping))
        }
        return true
    }

    /// Writes what is pending and the checkpoint in one transaction.
    mutating func commit<P: Projection>(_ projection: inout P, into store: ViewStore) throws {
        let (next, parked, gaps) = (next, parked, gaps)
        let start = DispatchTime.now().uptimeNanoseconds
        let regrouping = regrouping
        do {
            try store.pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try projection.write(db)
                    try regrouping?.write(db)
                    try ViewStore.park(parked, gaps: gaps, db)
                    try ViewStore.setCheckpoint(next, db)
                    store.changes.announce(
                        projection.changedRows, edits: projection.rowEdits, below: next)
                    return .commit
                }
            }
        } catch {
            // Nobody knows whether it has taken effect.
            store.changes.ignore()
            throw error
        }
        store.changes.didCommit()
        projection.didCommit()
        self.regrouping?.didCommit()
        committed = next
        lastCommit = DispatchTime.now().uptimeNanoseconds
        lastCommitDuration = lastCommit - start
        parkedTotal += parked.count
        gapTotal += gaps.count
        self.parked = []
        self.gaps = []
    }
}
