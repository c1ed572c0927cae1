import ErrorModel
import Testing

struct ActStackTests {
    @Test func `what can be taken back is what nothing that holds came after`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            var stack = ActStack("")
            // What held in front of each record, and behind it: the acts that hold, by their names.
            var (held, records): (String, [(offset: UInt64, before: String, after: String)]) = (
                "", []
            )
            for offset in UInt64(1)...30 {
                let free = records.filter { $0.after == held }
                for record in records {
                    let value = stack.value(undoing: record.offset)
                    #expect(value == (record.after == held ? record.before : nil), "seed \(seed)")
                    guard value == nil else { continue }
                    // What is named can be taken back, and leads there in the end.
                    var (way, steps) = (stack, 0)
                    var next = offset
                    while let first = way.firstToUndo(before: record.offset), steps < 99 {
                        #expect(way.value(undoing: first) != nil, "seed \(seed)")
                        way.undo(first, at: next)
                        (next, steps) = (next + 1, steps + 1)
                    }
                    #expect(way.value(undoing: record.offset) == record.before, "seed \(seed)")
                }
                let before = held
                if free.isEmpty || Bool.random(using: &random) {
                    held += "\(offset) "
                    stack.add(offset, held)
                } else if let undone = free.randomElement(using: &random) {
                    held = undone.before
                    stack.undo(undone.offset, at: offset)
                }
                records.append((offset, before, held))
            }
        }
    }

    @Test func `only the uppermost act can be taken back, and the undoing of it`() {
        var stack = ActStack(0)
        stack.add(10, 1)
        stack.add(11, 2)
        #expect(stack.value(undoing: 10) == nil)
        #expect(stack.value(undoing: 11) == 1)
        stack.undo(11, at: 12)
        #expect(stack.value(undoing: 10) == 0)
        #expect(stack.value(undoing: 12) == 2)
        stack.undo(10, at: 13)
        // 12 is below 13.
        #expect(stack.value(undoing: 12) == nil && stack.firstToUndo(before: 12) == 13)
        #expect(stack.value(undoing: 13) == 1)
        stack.undo(13, at: 14)
        #expect(stack.value(undoing: 10) == 0)
        #expect(stack.value(undoing: 14) == 0)
        #expect(stack.value(undoing: 12) == 2)
        #expect(stack.value(undoing: 99) == nil && stack.firstToUndo(before: 99) == nil)
    }
}
