import HTTPTypes
import ErrorModel
import EventLog

extension Faultlog {
    /// Appends a state record; on return it is on disk.
    ///
    /// Returns its offset.
    ///
    /// Throws a `Problem` that an HTTP answer can carry.
    func append(
        _ record: some StateRecord, project: UInt32, issue: IssueID? = nil
    ) async throws -> UInt64 {
        let time = now
        var generator = SystemRandomNumberGenerator()
        let id = EventID(high: generator.next(), low: generator.next())
        let data = record.bytes
        let kind = type(of: record).kind
        let new = NewRecord(
            time: time.microseconds, type: RecordType(rawValue: kind.rawValue), project: project,
            id: RecordID(high: id.high, low: id.low),
            keys: IndexKeys(issue: issue.map(EventKeys.issue) ?? 0), isUnique: true, digest: data,
            line: RecordLine.bytes(
                time: time, kind: kind, project: project, id: id, data: data))
        do {
            return try await log.append([new]).outcomes[0].offset
        } catch let error as LogError where error.code == .invalidRecord {
            throw Problem(.contentTooLarge, "the change is too long to be kept: \(error)")
        } catch let error as LogError {
            throw Problem.unavailable(error)
        }
    }
}

extension Problem {
    /// The log takes no records for now: 503 with a time to try again.
    static func unavailable(_ error: LogError) -> Problem {
        Problem(
            .serviceUnavailable, "\(error)",
            headers: [.retryAfter: String(IngestLimits.retryAfterSeconds)])
    }
}
