/// How far a long fold is.
package struct FoldProgress: Hashable, Sendable {
    /// Everything below it is folded.
    package var offset: UInt64
    /// Where it ends, as far as is known now.
    package var end: UInt64
    /// Nil in the first moments, when a rate says nothing.
    package var recordsPerSecond: Double?

    package init(offset: UInt64, end: UInt64, recordsPerSecond: Double? = nil) {
        self.offset = offset
        self.end = end
        self.recordsPerSecond = recordsPerSecond
    }

    /// Nil while there is no rate.
    package var secondsLeft: Double? {
        guard let recordsPerSecond, recordsPerSecond > 0 else { return nil }
        return Double(end > offset ? end - offset : 0) / recordsPerSecond
    }
}

/// Makes progress out of offsets and a clock that is handed in.
package struct FoldMeter: Sendable {
    private let begin: UInt64
    private let start: UInt64
    private var offset: UInt64
    private var end: UInt64
    private var now: UInt64

    /// In the first moments a rate says nothing.
    private static let leastMilliseconds: UInt64 = 200

    /// - Parameter start: in milliseconds, from any start.
    package init(begin: UInt64, end: UInt64, start: UInt64) {
        self.begin = begin
        self.start = start
        self.end = end
        offset = begin
        now = start
    }

    /// Notes how far the fold is.
    package mutating func reach(_ offset: UInt64, end: UInt64, now: UInt64) {
        self.offset = max(self.offset, offset)
        self.end = max(end, offset)
        self.now = now
    }

    /// What is to be told.
    package var progress: FoldProgress {
        let passed = now &- start
        guard passed >= Self.leastMilliseconds else {
            return FoldProgress(offset: offset, end: end)
        }
        return FoldProgress(
            offset: offset, end: end,
            recordsPerSecond: Double(offset - begin) * 1_000 / Double(passed))
    }
}
