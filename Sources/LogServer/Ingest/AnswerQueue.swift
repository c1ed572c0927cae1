import NIOCore

/// The answers that a connection is due, in the order of its requests.
///
/// A plain value, of the connection's loop.
struct AnswerQueue {
    /// Stands for a request.
    struct Place {
        fileprivate let number: UInt64
        fileprivate let byteCount: Int
    }

    private var answers = CircularBuffer<IngestAnswer?>()
    /// How many requests before the first of these.
    private var gone: UInt64 = 0
    private var byteCount = 0
    /// Nothing is begun behind this request before it is answered.
    private var last: UInt64?

    /// True when no request waits for its answer.
    var isEmpty: Bool { answers.isEmpty }

    /// Whether the connection may have another request in the log's hands.
    var hasRoom: Bool {
        last == nil && answers.count < IngestLimits.pipelinedRequests
            && byteCount < IngestLimits.pipelinedBytes
    }

    /// Notes a request that has come whole, with its bytes over the wire.
    mutating func begin(byteCount: Int) -> Place {
        answers.append(nil)
        self.byteCount += byteCount
        return Place(number: gone + UInt64(answers.count - 1), byteCount: byteCount)
    }

    /// There is no room until this request is answered.
    mutating func wait(for place: Place) { last = place.number }

    /// Notes what a request is answered; once for each.
    mutating func finish(_ place: Place, _ answer: IngestAnswer) {
        byteCount -= place.byteCount
        if last == place.number { last = nil }
        answers[offset: Int(place.number - gone)] = answer
    }

    /// Takes the next answer to write; nil: it is not known yet, or none is due.
    mutating func next() -> IngestAnswer? {
        guard let first = answers.first, let answer = first else { return nil }
        answers.removeFirst()
        gone += 1
        return answer
    }
}
