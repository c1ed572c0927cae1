import EventLogTestSupport
import Testing

@testable import Projections

struct BoardChangesTests {
    /// Adds to a row.
    private struct Addition: RowEdit, Equatable {
        var row: Int64
        var amount: UInt64
        var byteCount: Int { 1_024 }
    }

    private typealias Changes = BoardChanges<Addition>
    private typealias Commit = RowChanges<Addition>.Commit

    @Test func `what was noted beyond a snapshot is read again, and its edits wait`() {
        var changes = Changes()
        changes.add(.all(below: 0))
        #expect(changes.lacking(of: 10).rows == .some(nil))
        changes.leave(10)
        #expect(changes.lacking(of: 10).rows == [])
        let edit = Addition(row: 5, amount: 1)
        changes.add(.some([Commit(rows: [4], edits: [edit], end: 12)]))
        #expect(changes.lacking(of: 11).rows == [4])
        #expect(changes.lacking(of: 11).edits == [])
        changes.leave(11)
        #expect(changes.lacking(of: 12).rows == [4])
        #expect(changes.lacking(of: 12).edits == [edit])
        changes.leave(12)
        #expect(changes.lacking(of: 12).rows == [])
        #expect(changes.lacking(of: 12).edits == [])
    }

    @Test func `what is unknown beyond a snapshot makes all be read again`() {
        var changes = Changes()
        changes.leave(5)
        changes.add(.all(below: 8))
        #expect(changes.lacking(of: 7).rows == .some(nil))
        changes.leave(7)
        #expect(changes.lacking(of: 7).rows == .some(nil))
        changes.leave(8)
        #expect(changes.lacking(of: 8).rows == [])
    }

    @Test func `more edits than are kept are rows that are read, and more rows are all`() {
        let noted = RowChanges<Addition>()
        _ = noted.take()
        let last = UInt64(RowChangeLimits.editBytes / 1_024 + 1)
        for end in 1...last {
            noted.announce([], edits: [Addition(row: Int64(end % 100), amount: 1)], below: end)
        }
        guard case .some(let commits) = noted.take() else {
            Issue.record("all")
            return
        }
        #expect(commits.allSatisfy { $0.edits.isEmpty })
        #expect(commits.reduce(into: Set()) { $0.formUnion($1.rows) } == Set(0..<100))
        #expect(commits.last?.end == last)
        noted.announce(Set(0...Int64(RowChangeLimits.rows)), edits: [], below: 10_000)
        guard case .all(let end) = noted.take() else {
            Issue.record("not all")
            return
        }
        #expect(end == 10_000)
    }

    /// A writer that announces its commits, some of which fail, and a reader, in any order of their
    /// steps.
    @Test(arguments: 0..<200)
    func `a board is as its snapshots are, in any order of steps`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let noted = RowChanges<Addition>()
        // What readers see, and how far it goes.
        var rows: [Int64: UInt64] = [:]
        var end: UInt64 = 0
        // A commit that is announced, and cannot be seen yet.
        var announced: (rows: [Int64: UInt64], end: UInt64)?
        var board: [Int64: UInt64] = [:]
        var changes = Changes()
        func announce() {
            var next = (rows: rows, end: end + 1 + UInt64(random.below(3)))
            var commit = Commit(rows: [], edits: [], end: next.end)
            for _ in 0...random.below(3) {
                let row = Int64(random.below(20))
                if random.chance(oneIn: 3) {
                    next.rows[row] = next.end
                    commit.rows.insert(row)
                } else {
                    next.rows[row, default: 0] += 3
                    commit.edits.append(Addition(row: row, amount: 3))
                }
            }
            noted.announce(
                random.chance(oneIn: 12) ? nil : commit.rows, edits: commit.edits,
                below: commit.end)
            announced = next
        }
        func write() {
            for _ in 0..<random.below(5) {
                guard let next = announced else {
                    announce()
                    continue
                }
                let fails = random.chance(oneIn: 10)
                // One that fails may have taken effect all the same, or not.
                if !fails || random.chance(oneIn: 2) { (rows, end) = next }
                if fails { noted.ignore() }
                announced = nil
            }
        }
        for _ in 0..<60 {
            write()
            if random.chance(oneIn: 15) { noted.ignore() }
            changes.add(noted.take())
            write()
            let (snapshot, reached) = (rows, end)
            write()
            changes.add(noted.take())
            let lacking = changes.lacking(of: reached)
            if let read = lacking.rows {
                for edit in lacking.edits where !read.contains(edit.row) {
                    board[edit.row, default: 0] += edit.amount
                }
                for row in read { board[row] = snapshot[row] }
            } else {
                board = snapshot
            }
            changes.leave(reached)
            #expect(board == snapshot)
        }
    }
}
