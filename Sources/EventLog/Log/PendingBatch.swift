/// One `append` call on its way.
///
/// `@unchecked Sendable`: it has one owner at a time, handed on under the writer's lock: the
/// queue, then the builder, then the group, then the thread that syncs.
final class PendingBatch: @unchecked Sendable {
    let records: [NewRecord]
    let byteCount: Int
    let durability: Durability
    private let completion: @Sendable (Result<AppendReceipt, LogError>) -> Void
    private var isAnswered = false
    /// The outcomes of the records that were taken into a group; as many as were taken.
    var outcomes: [AppendOutcome] = []

    init(
        records: [NewRecord], byteCount: Int, durability: Durability = .durable,
        completion: @escaping @Sendable (Result<AppendReceipt, LogError>) -> Void
    ) {
        self.records = records
        self.byteCount = byteCount
        self.durability = durability
        self.completion = completion
        outcomes.reserveCapacity(records.count)
    }

    /// Gives the one answer; what comes after it is passed over.
    func answer(_ result: Result<AppendReceipt, LogError>) {
        guard !isAnswered else { return }
        isAnswered = true
        completion(result)
    }

    /// The receipt of a batch whose records all have an offset.
    func receipt(durableOffset: UInt64) -> AppendReceipt {
        AppendReceipt(outcomes: outcomes, durableOffset: durableOffset, durability: durability)
    }

    var isTaken: Bool { outcomes.count == records.count }

    /// Says why a batch cannot be taken, or nil.
    static func refusal(of records: [NewRecord]) -> LogError? {
        guard !records.isEmpty else { return LogError(.invalidRecord, "A batch without records.") }
        guard records.count <= LogLimits.batchRecordLimit else {
            return LogError(
                .invalidRecord,
                "A batch of \(records.count) records is over the limit of "
                    + "\(LogLimits.batchRecordLimit).",
                help: "Split it.")
        }
        for record in records {
            if let error = refusal(of: record) { return error }
        }
        return nil
    }

    private static func refusal(of record: NewRecord) -> LogError? {
        guard record.line.count <= LogLimits.lineByteLimit else {
            return LogError(
                .invalidRecord,
                "A line of \(record.line.count) bytes is over the limit of "
                    + "\(LogLimits.lineByteLimit).")
        }
        guard record.digest.count <= LogLimits.digestByteLimit else {
            return LogError(
                .invalidRecord,
                "A digest of \(record.digest.count) bytes is over the limit of "
                    + "\(LogLimits.digestByteLimit).")
        }
        guard record.line.last == UInt8(ascii: "}") else {
            return LogError(.invalidRecord, "A line must end with a closing brace.")
        }
        guard !record.line.containsNewline else {
            return LogError(.invalidRecord, "A line must not hold a newline.")
        }
        return nil
    }

    /// What a batch counts for in the queue.
    static func byteCount(of records: [NewRecord]) -> Int {
        records.reduce(0) {
            $0 + $1.line.count + $1.digest.count + SectionLayout.recordByteCount
        }
    }
}
