import ErrorModel
import EventLog
import Projections

/// What takes the place of an event in the log when it is redacted.
///
/// Pure.
enum EventRedaction {
    /// An edit for an event of the user `user` in `project`; nil for all other records.
    static func erasing(
        user: UInt64, project: UInt32, standIn: UInt64, _ block: LogBlock, _ index: Int
    ) throws(LogError) -> RecordEdit? {
        guard block.key(.user, at: index) == user, isEvent(block, index, project) else {
            return nil
        }
        return edit(
            block, index,
            .erased(
                try digest(block, index), standIn: standIn,
                fingerprints: fingerprints(block, index)))
    }

    /// An edit for an event of `project` that was received before `time` (microseconds since 1970)
    /// and has its payload still; nil for all other records.
    static func expiring(
        project: UInt32, before time: Int64, _ block: LogBlock, _ index: Int
    ) throws(LogError) -> RecordEdit? {
        guard block.time(at: index) < time, isEvent(block, index, project),
            !block.isRedacted(at: index)
        else { return nil }
        // One of a storm has no payload that could go.
        guard !(try digest(block, index)).flags.contains(.sampled) else { return nil }
        let keys = block.header(at: index).keys
        return edit(
            block, index,
            .expired(
                keys: IntakeKeys(
                    issue: keys.issue, user: keys.user, trace: keys.trace, session: keys.session),
                digest: Array(block.section[block.digestRange(at: index)]),
                fingerprints: fingerprints(block, index)))
    }

    /// What the payload says of them, so that the event can still be grouped by other rules; what
    /// cannot be read says nothing.
    private static func fingerprints(_ block: LogBlock, _ index: Int) -> Fingerprints {
        (try? block.fingerprints(at: index)) ?? Fingerprints()
    }

    private static func isEvent(_ block: LogBlock, _ index: Int, _ project: UInt32) -> Bool {
        block.project(at: index) == project
            && block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue
    }

    private static func digest(
        _ block: LogBlock, _ index: Int
    ) throws(LogError) -> EventDigestView {
        do throws(DigestError) {
            return try EventDigestView(block.section, in: block.digestRange(at: index))
        } catch {
            throw LogError(
                .invalidRecord,
                "The digest of record \(block.baseOffset + UInt64(index)) cannot be read: \(error).",
                help: "It was written by another version of the program: use that one.")
        }
    }

    private static func edit(
        _ block: LogBlock, _ index: Int, _ event: RedactedEvent
    ) -> RecordEdit {
        let header = block.header(at: index)
        return RecordEdit(
            keys: IndexKeys(
                issue: header.keys.issue, user: event.user, trace: event.trace,
                session: event.session),
            digest: event.digest,
            line: RecordLine.bytes(
                time: Timestamp(microseconds: header.time), kind: .eventCaptured,
                project: header.project,
                id: EventID(high: header.id.high, low: header.id.low), data: event.data))
    }
}
