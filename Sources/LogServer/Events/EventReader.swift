import ErrorModel
import EventLog
import NIOPosix

/// One stored event as answers show it.
struct StoredEventAnswer: Sendable {
    var offset: UInt64
    var receivedAt: Timestamp
    var event: ErrorEvent

    /// Our own JSON with where it lies in the log and when it came.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("offset", offset)
        json.member("receivedAt", receivedAt)
        event.writeMembers(to: &json)
        json.endObject()
    }
}

/// Which events of an issue are wanted.
struct EventFilter: Sendable {
    var environment: String?
    var release: String?
    var level: Level?

    var takesAll: Bool { environment == nil && release == nil && level == nil }

    func takes(_ digest: EventDigestView) -> Bool {
        if let environment, digest.environment != environment { return false }
        if let release, digest.release != release { return false }
        if let level, digest.level != level { return false }
        return true
    }
}

/// Reads events back out of the log, off the event loops.
struct EventReader: Sendable {
    let app: Faultlog

    /// Offsets looked at in one step of a filtered search.
    private static let scanStep = 1_000
    /// Events of a person that are looked at for the issues that they met: the newest.
    private static let peopleScanLimit = 100_000

    /// The event at an offset; nil where that record cannot be read.
    func event(at offset: UInt64) async throws -> StoredEventAnswer? {
        try await app.readers.runIfActive { [app] in
            try EventCursor(log: app.log).event(at: offset)
        }
    }

    /// Events of an issue, newest first, below an offset; `next` goes on below them.
    func events(
        of issue: IssueID, below: UInt64, limit: Int, _ filter: EventFilter
    ) async throws -> (events: [StoredEventAnswer], next: UInt64?) {
        try await app.readers.runIfActive { [app] in
            let cursor = EventCursor(log: app.log)
            var events: [StoredEventAnswer] = []
            var end = below
            let step = filter.takesAll ? limit + 1 : Self.scanStep
            while true {
                let offsets = try cursor.offsets(of: issue, below: end, limit: step)
                for offset in offsets where try cursor.isEvent(offset) {
                    if !filter.takesAll, try !cursor.matches(filter, at: offset) { continue }
                    if events.count == limit { return (events, end) }
                    if let event = try cursor.event(at: offset) { events.append(event) }
                    end = offset
                }
                guard offsets.count == step, let last = offsets.last else { return (events, nil) }
                end = last
            }
        }
    }

    /// The issues of a project that a user or an account has met, by their newest events.
    ///
    /// Looks through the digests of the log, from its end back: rare people cost a whole walk.
    func issues(
        of project: Project, user: String?, account: String?
    ) async throws -> [IssueID] {
        try await app.readers.runIfActive { [app] in
            let cursor = EventCursor(log: app.log)
            let userKey = user.map { EventKeys.user($0, salt: project.salt) }
            let accountKey = account.map { EventKeys.account($0, salt: project.salt) }
            return try cursor.issues(
                project: project.id, user: userKey, account: accountKey,
                limit: Self.peopleScanLimit)
        }
    }
}

/// Reads events on one thread; keeps the block that it read last.
private final class EventCursor {
    private let reader: LogReader
    private let end: UInt64
    private var block: LogBlock?

    init(log: EventLog) {
        reader = log.makeReader()
        end = log.durableOffset
    }

    private func block(at offset: UInt64, payload: Bool) throws -> LogBlock? {
        if let block, block.offsets.contains(offset), !payload || block.payload != nil {
            return block
        }
        guard case .block(let read)? = try reader.readBlock(containing: offset, payload: payload)
        else { return nil }
        block = read
        return read
    }

    func event(at offset: UInt64) throws -> StoredEventAnswer? {
        guard let block = try block(at: offset, payload: true), let payload = block.payload else {
            return nil
        }
        let index = Int(offset - block.baseOffset)
        let header = block.header(at: index)
        guard header.type.rawValue == RecordKind.eventCaptured.rawValue else { return nil }
        let line = Array(payload[block.lineRange(at: index)])
        guard let data = RecordLine.dataRange(line) else { return nil }
        var event = try ErrorEvent.fromData(line.span.bytes.extracting(data))
        event.id = EventID(high: header.id.high, low: header.id.low)
        return StoredEventAnswer(
            offset: offset, receivedAt: Timestamp(microseconds: header.time), event: event)
    }

    /// The newest records of an issue below an offset: events and changes of its status.
    func offsets(of issue: IssueID, below: UInt64, limit: Int) throws -> [UInt64] {
        try reader.scanBackwards(
            below: below, where: .issue, equals: EventKeys.issue(issue), limit: limit)
    }

    func isEvent(_ offset: UInt64) throws -> Bool {
        guard let block = try block(at: offset, payload: false) else { return false }
        return block.type(at: Int(offset - block.baseOffset)).rawValue
            == RecordKind.eventCaptured.rawValue
    }

    func matches(_ filter: EventFilter, at offset: UInt64) throws -> Bool {
        guard let block = try block(at: offset, payload: false) else { return false }
        let index = Int(offset - block.baseOffset)
        return filter.takes(
            try EventDigestView(block.section, in: block.digestRange(at: index)))
    }

    func issues(
        project: UInt32, user: UInt64?, account: UInt64?, limit: Int
    ) throws -> [IssueID] {
        var found: Set<IssueID> = []
        var left = limit
        var end = end
        while end > 0, left > 0 {
            switch try reader.readBlock(containing: end - 1, payload: false) {
            case nil:
                end = 0
            case .gap(let offsets, _):
                end = offsets.lowerBound
            case .block(let block):
                for index in 0..<Int(end - block.baseOffset)
                where block.project(at: index) == project
                    && block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue
                {
                    if let user, block.key(.user, at: index) != user { continue }
                    let digest = try EventDigestView(
                        block.section, in: block.digestRange(at: index))
                    if let account, digest.account != account { continue }
                    found.insert(IssueID(project: project, fingerprint: digest.fingerprint))
                    left -= 1
                }
                end = block.baseOffset
            }
        }
        return found.sorted { $0.fingerprint < $1.fingerprint }
    }
}
