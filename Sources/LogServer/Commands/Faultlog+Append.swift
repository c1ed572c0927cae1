import ErrorModel
import EventLog
import HTTPTypes
import Projections

extension Faultlog {
    /// Appends a state record; on return it is on disk.
    ///
    /// Returns its offset: that of the first one with `id`, where one is given. Throws a `Problem` that an HTTP answer can carry.
    func append(
        _ record: some StateRecord, project: UInt32, issue: IssueID? = nil, id: RecordID? = nil
    ) async throws -> UInt64 {
        // What names an issue was decided by the issues view, and says by which version that names
        // it. Where the view was switched since, the record names nothing, and its taker is told.
        let grouping =
            issue == nil
            ? .standard : try await issues.read { try Groupings.shown($0)[project].version }.value
        var generator = SystemRandomNumberGenerator()
        let new = NewRecord(
            kind: type(of: record).kind, data: RegroupedNames.mark(record.bytes, grouping),
            project: project, issue: issue,
            id: id ?? RecordID(high: generator.next(), low: generator.next()), time: now)
        do {
            return try await log.append([new]).outcomes[0].offset
        } catch let error as LogError where error.code == .invalidRecord {
            throw Problem(.contentTooLarge, "the change is too long to be kept: \(error)")
        } catch let error as LogError {
            throw Problem.unavailable("\(error)")
        }
    }
}
