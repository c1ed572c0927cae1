package import ErrorModel
package import EventLog

extension NewRecord {
    /// A record that tells a change of state: its digest is its data, and its id keeps it single.
    package init(
        kind: RecordKind, data: [UInt8], project: UInt32, issue: IssueID?, id: RecordID,
        time: Timestamp
    ) {
        self.init(
            time: time.microseconds, type: RecordType(rawValue: kind.rawValue), project: project,
            id: id,
            keys: IndexKeys(
                issue: kind == .projectRegrouped
                    ? EventKeys.regroupings : issue.map(EventKeys.issue) ?? 0),
            isUnique: true,
            digest: data,
            line: RecordLine.bytes(
                time: time, kind: kind, project: project,
                id: EventID(high: id.high, low: id.low), data: data))
    }
}
