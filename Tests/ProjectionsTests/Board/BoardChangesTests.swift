import EventLogTestSupport
import Testing

@testable import Projections

struct BoardChangesTests {
    @Test func `what was noted beyond a snapshot is read again`() {
        var changes = BoardChanges()
        changes.add(.all(below: nil), isNoted: true)
        #expect(changes.lacking(of: 10) == .init(rows: nil))
        changes.leave(10)
        #expect(changes.lacking(of: 10) == .init(rows: []))
        #expect(changes.lacking(of: 11) == nil)
        changes.add(.some([4], below: 12), isNoted: true)
        #expect(changes.lacking(of: 11) == .init(rows: [4]))
        changes.leave(11)
        #expect(changes.lacking(of: 12) == .init(rows: [4]))
        changes.leave(12)
        #expect(changes.lacking(of: 12) == .init(rows: []))
    }

    @Test func `what was lost behind a snapshot makes all be read again`() {
        var changes = BoardChanges()
        changes.leave(5)
        changes.add(.all(below: nil), isNoted: false)
        #expect(changes.lacking(of: 7) == .init(rows: nil))
        changes.leave(7)
        #expect(changes.lacking(of: 7) == .init(rows: nil))
        changes.add(.some([], below: nil), isNoted: true)
        changes.leave(7)
        #expect(changes.lacking(of: 7) == .init(rows: []))
    }

    /// A writer that notes behind its commits, and a reader, in any order of their steps.
    @Test(arguments: 0..<200)
    func `a board is as its snapshots are, in any order of steps`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let noted = RowChanges()
        var rows: [Int64: UInt64] = [:]
        var unnoted: [(rows: Set<Int64>, end: UInt64)] = []
        var end: UInt64 = 0
        var board: [Int64: UInt64] = [:]
        var changes = BoardChanges()
        func note() {
            guard !unnoted.isEmpty else { return }
            let commit = unnoted.removeFirst()
            noted.note(random.chance(oneIn: 12) ? nil : commit.rows, below: commit.end)
        }
        func write() {
            for _ in 0..<random.below(3) {
                // One thread commits and notes: a commit comes after the note of the one before.
                while !unnoted.isEmpty { note() }
                end += 1
                let changed = Set((0...random.below(3)).map { _ in Int64(random.below(20)) })
                for row in changed { rows[row] = end }
                unnoted.append((changed, end))
                if random.chance(oneIn: 2) { note() }
            }
        }
        for _ in 0..<60 {
            write()
            if random.chance(oneIn: 15) { noted.ignore() }
            changes.add(noted.take(), isNoted: true)
            write()
            let (snapshot, reached) = (rows, end)
            write()
            var lacking = changes.lacking(of: reached)
            if lacking == nil {
                write()
                changes.add(noted.take(), isNoted: false)
                lacking = changes.lacking(of: reached)
            }
            guard let lacking else { continue }
            if let read = lacking.rows {
                for row in read { board[row] = snapshot[row] }
            } else {
                board = snapshot
            }
            changes.leave(reached)
            #expect(board == snapshot)
        }
    }
}
