/// Lines that wait, oldest first; taking one costs the same however many there are.
struct LineQueue {
    /// Empty where they were taken, so that nothing that was sent is kept.
    private var slots: [[UInt8]] = []
    private var head = 0

    /// So many empty slots are worth moving the others.
    private static let emptyLimit = 64

    var count: Int { slots.count - head }
    var isEmpty: Bool { head == slots.count }
    var first: [UInt8]? { isEmpty ? nil : slots[head] }
    /// All of them, copied.
    var lines: [[UInt8]] { Array(slots[head...]) }

    mutating func append(_ line: [UInt8]) { slots.append(line) }

    /// Takes the oldest, of which there must be one.
    mutating func removeFirst() -> [UInt8] {
        var line: [UInt8] = []
        swap(&line, &slots[head])
        head += 1
        if head >= Self.emptyLimit, head * 2 >= slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return line
    }

    /// Puts lines in front of all others.
    mutating func putBack(_ lines: some Collection<[UInt8]>) {
        slots.replaceSubrange(..<head, with: lines)
        head = 0
    }
}
