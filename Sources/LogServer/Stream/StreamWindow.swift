import ErrorModel

/// The lines of a stream that were taken and have no ack yet, in batches, in their order.
///
/// A plain value. Batches are settled in any order and acknowledged in theirs.
struct StreamWindow {
    /// What the log did with a batch.
    enum Outcome: Equatable {
        /// `offset`: the highest; nil where none is known.
        case stored(accepted: Int, duplicate: Int, offset: UInt64?)
        /// The log takes none of it, today or ever.
        case refused(reason: String)
        case failed(StreamFault)
    }

    private struct Batch {
        var firstLine: Int
        var lineCount: Int
        var byteCount: Int
        var recordCount: Int
        var ack: StreamAck
        var isSettled: Bool
        var fault: StreamFault?
    }

    private var batches: [Batch] = []
    /// The number of the first of `batches`.
    private var firstNumber = 0
    private(set) var lineCount = 0
    private(set) var byteCount = 0
    /// The last line that was acknowledged.
    private(set) var ackedLine = 0

    var isEmpty: Bool { batches.isEmpty }

    /// Whether more lines are taken beside so many that are not in it yet.
    func hasRoom(lines: Int = 0, bytes: Int = 0) -> Bool {
        lineCount + lines < StreamLimits.unackedLines
            && byteCount + bytes < StreamLimits.unackedBytes
    }

    /// Takes a batch, and returns its number; without records it is settled.
    mutating func add(
        _ ack: StreamAck, firstLine: Int, lineCount: Int, byteCount: Int, recordCount: Int
    ) -> Int {
        batches.append(
            Batch(
                firstLine: firstLine, lineCount: lineCount, byteCount: byteCount,
                recordCount: recordCount, ack: ack, isSettled: recordCount == 0))
        self.lineCount += lineCount
        self.byteCount += byteCount
        return firstNumber + batches.count - 1
    }

    /// Notes what the log did with a batch; once for each.
    mutating func settle(_ number: Int, _ outcome: Outcome) {
        let index = number - firstNumber
        precondition(batches.indices.contains(index), "a batch that is not waiting")
        precondition(!batches[index].isSettled, "a batch is settled once")
        batches[index].isSettled = true
        switch outcome {
        case .stored(let accepted, let duplicate, let offset):
            batches[index].ack.accepted = accepted
            batches[index].ack.duplicate = duplicate
            batches[index].ack.offset = offset
        case .refused(let reason):
            let batch = batches[index]
            let refusal = NativeBody.Refusal(
                number: batch.firstLine, offset: 0,
                reason: "the events of lines \(batch.firstLine) to \(batch.ack.line): \(reason)")
            batches[index].ack.refuse([refusal], count: batch.recordCount)
        case .failed(let fault):
            batches[index].fault = fault
        }
    }

    /// One ack for all that is settled in front of the first batch that is not.
    mutating func takeAck() -> StreamAck? {
        var count = 0
        var ack: StreamAck?
        while count < batches.count, batches[count].isSettled, batches[count].fault == nil {
            lineCount -= batches[count].lineCount
            byteCount -= batches[count].byteCount
            if ack == nil { ack = batches[count].ack } else { ack?.merge(batches[count].ack) }
            count += 1
        }
        batches.removeFirst(count)
        firstNumber += count
        if let ack { ackedLine = ack.line }
        return ack
    }

    /// Checks that the sums are those of the batches, and in bounds; for tests.
    func checkInvariants() {
        precondition(lineCount == batches.reduce(0) { $0 + $1.lineCount }, "the sum of lines")
        precondition(byteCount == batches.reduce(0) { $0 + $1.byteCount }, "the sum of bytes")
        precondition(lineCount <= StreamLimits.unackedLines, "more lines than the window takes")
        precondition(
            byteCount < StreamLimits.unackedBytes + StreamLimits.lineBytes,
            "more bytes than the window takes and one line")
        precondition(
            zip(batches, batches.dropFirst()).allSatisfy { $0.ack.line < $1.firstLine },
            "batches in the order of their lines")
        precondition(
            batches.allSatisfy { $0.ack.reasons.count <= StreamLimits.ackReasons },
            "more reasons than an ack names")
    }

    /// Why the first batch without an ack will never get one.
    var fault: StreamFault? { batches.first?.fault }
}
