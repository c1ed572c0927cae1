import ErrorModel
import EventLog

/// A batch of our own JSON on its way to the log: its records, and why the others are refused.
struct NativeIntake {
    private(set) var records: [NewRecord] = []
    /// In the order of their numbers, then what broke the body itself.
    private(set) var refused: [NativeBody.Refusal]
    /// Nothing of the batch is taken: it is more than the project may send.
    let limit: OverLimit?
    /// Events that could be decoded.
    let eventCount: Int
    /// How many of the refused were only too large.
    private(set) var tooLargeCount: Int

    /// One event that has become too large for the log does not make it refuse its neighbours:
    /// mending broken text can make three bytes of one.
    init(
        _ batch: NativeBatch, project: Project, receivedAt: Timestamp, _ gate: ProjectGate
    ) {
        refused = batch.refused
        tooLargeCount = batch.tooLargeCount
        eventCount = batch.events.count
        // First, since what is dropped must take no payload's place in a storm.
        limit = gate.take(eventCount, of: project, at: receivedAt)
        guard limit == nil else { return }
        records.reserveCapacity(batch.events.count)
        for (number, offset, event) in batch.events {
            let record = gate.record(event, project: project, receivedAt: receivedAt)
            if record.line.count <= LogLimits.lineByteLimit,
                record.digest.count <= LogLimits.digestByteLimit
            {
                records.append(record)
                continue
            }
            tooLargeCount += 1
            refused.append(
                NativeBody.Refusal(
                    number: number, offset: offset,
                    reason: "with its broken text mended the event has more than "
                        + "\(LogLimits.lineByteLimit) bytes"))
        }
        if records.count < batch.events.count { refused.sort { $0.number < $1.number } }
    }
}
