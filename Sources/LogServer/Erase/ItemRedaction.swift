import ErrorModel
import EventLog

/// What takes the place of a record beside events when its person is erased, or it is too old.
///
/// Pure.
enum ItemRedaction {
    /// An edit for a record of the user `user` in `project` that is no event; nil for all others.
    ///
    /// The block has been read with its lines.
    static func erasing(
        user: UInt64, project: UInt32, standIn: UInt64, _ block: LogBlock, _ index: Int
    ) throws(LogError) -> RecordEdit? {
        guard block.key(.user, at: index) == user, block.project(at: index) == project else {
            return nil
        }
        return try edit(block, index) { $0.erased(standIn: standIn) }
    }

    /// An edit for a record of `project` that is no event, was received before `time` (microseconds
    /// since 1970) and has its content still; nil for all others.
    ///
    /// The block has been read with its lines.
    static func expiring(
        project: UInt32, before time: Int64, _ block: LogBlock, _ index: Int
    ) throws(LogError) -> RecordEdit? {
        guard block.time(at: index) < time, block.project(at: index) == project,
            holdsContent(block.type(at: index)), !block.isRedacted(at: index)
        else { return nil }
        return try edit(block, index) { $0.expired }
    }

    /// True for records of a kind that has more than counts.
    static func holdsContent(_ type: RecordType) -> Bool {
        switch RecordKind(rawValue: type.rawValue) {
        case .feedbackReceived, .logsCaptured, .attachmentKept, .replayDescribed, .replayRecorded:
            true
        default: false
        }
    }

    private static func edit(
        _ block: LogBlock, _ index: Int, _ redacted: (any ItemRecord) -> (any ItemRecord)?
    ) throws(LogError) -> RecordEdit? {
        guard let kind = RecordKind(rawValue: block.type(at: index).rawValue),
            let data = data(block, index)
        else { return nil }
        let item: (any ItemRecord)?
        do {
            item = try ItemRecords.read(kind, data)
        } catch {
            throw LogError(
                .invalidRecord,
                "Record \(block.baseOffset + UInt64(index)) cannot be read: \(error).",
                help: "It was written by another version of the program: use that one.")
        }
        guard let item, let left = redacted(item) else { return nil }
        let header = block.header(at: index)
        let keys = left.keys
        return RecordEdit(
            keys: IndexKeys(
                issue: keys.issue, user: keys.user, trace: keys.trace, session: keys.session),
            digest: left.digest,
            line: RecordLine.bytes(
                time: Timestamp(microseconds: header.time), kind: kind, project: header.project,
                id: EventID(high: header.id.high, low: header.id.low), data: left.bytes))
    }

    private static func data(_ block: LogBlock, _ index: Int) -> [UInt8]? {
        guard let payload = block.payload else { return nil }
        let line = Array(payload[block.lineRange(at: index)])
        return RecordLine.dataRange(line).map { Array(line[$0]) }
    }
}
