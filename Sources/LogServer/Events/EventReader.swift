import ErrorModel
import EventLog
import NIOPosix
import Projections

/// One stored event as answers show it.
struct StoredEventAnswer: Sendable {
    var offset: UInt64
    var receivedAt: Timestamp
    var content: Content

    enum Content: Sendable {
        case whole(ErrorEvent)
        /// What a list shows; no line of the log is unpacked for it.
        case summary(EventID, EventDigestView)
    }

    /// One of a storm, without its payload.
    var isSampled: Bool {
        switch content {
        case .whole(let event): event.redacted == .sampled
        case .summary(_, let digest): digest.flags.contains(.sampled)
        }
    }

    /// Our own JSON with where it lies in the log and when it came.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
    }

    /// The members of that object, for an answer that adds its own.
    func writeMembers(to json: inout JSONWriter) {
        json.member("offset", offset)
        json.member("receivedAt", receivedAt)
        switch content {
        case .whole(let event): event.writeMembers(to: &json)
        case .summary(let id, let digest): Self.write(id, digest, to: &json)
        }
    }

    /// Some of the members of a whole event, under the same names.
    private static func write(
        _ id: EventID, _ digest: EventDigestView, to json: inout JSONWriter
    ) {
        json.member("id", id.text)
        json.member("timestamp", digest.happened)
        json.member("level", digest.level.name)
        json.member("action", digest.action.name)
        for (name, text) in [
            ("platform", digest.platform), ("type", digest.type), ("message", digest.value),
            ("culprit", digest.culprit), ("release", digest.release),
            ("environment", digest.environment),
        ] where !text.isEmpty { json.member(name, text) }
    }
}

/// Which events of a project are wanted.
struct EventFilter: Sendable {
    var environment: String?
    var release: String?
    var level: Level?
    /// The key of a user.
    var user: UInt64?
    /// The key of an account.
    var account: UInt64?
    var search: SearchedEvents?

    var takesAll: Bool {
        environment == nil && release == nil && level == nil && user == nil && account == nil
            && search == nil
    }

    /// - Parameter user: the key of the event's user.
    func takes(_ digest: EventDigestView, user: UInt64) -> Bool {
        if let environment, digest.environment != environment { return false }
        if let release, digest.release != release { return false }
        if let level, digest.level != level { return false }
        if let wanted = self.user, user != wanted { return false }
        if let account, digest.account != account { return false }
        return search?.finds(digest, user: user) ?? true
    }
}

/// Reads events back out of the log, off the event loops.
struct EventReader: Sendable {
    let app: Faultlog
    /// The issues view whose groups are meant; nil: the present one.
    var view: (any ViewReading)?

    /// In which issues the view has events.
    func groups(_ parts: [IssueID] = []) async throws -> EventGroups {
        if view == nil {
            let status = app.issues.status
            if status.shown.isEmpty, status.current.isEmpty { return EventGroups() }
        }
        return try await (view ?? app.issues).read { try EventGroups($0, parts: parts) }.value
    }

    /// Events of a person that are looked at for the issues that they met: the newest.
    private static let peopleScanLimit = 100_000

    /// The event at an offset; nil where that record cannot be read.
    func event(at offset: UInt64) async throws -> StoredEventAnswer? {
        try await app.readers.runIfActive { [app] in
            try EventCursor.with(app.log) { try $0.event(at: offset) }
        }
    }

    /// The event with an id, of the first of these projects that has one.
    func event(_ id: EventID, in projects: [Project]) async throws -> FoundEvent? {
        let groups = try await groups()
        return try await app.readers.runIfActive { [app] in
            try EventCursor.with(app.log, groups: groups) { cursor in
                for project in projects {
                    guard let offset = try cursor.offset(of: id, project: project.id) else {
                        continue
                    }
                    guard let event = try cursor.event(at: offset),
                        let fingerprint = try cursor.fingerprint(at: offset)
                    else { return nil }
                    return FoundEvent(
                        project: project,
                        issue: IssueID(project: project.id, fingerprint: fingerprint),
                        event: event)
                }
                return nil
            }
        }
    }

    /// Events of an issue, newest first, below an offset; `next` goes on below them.
    ///
    /// - Parameter parts: the fingerprints that it shows.
    func events(
        of parts: [IssueID], below: UInt64, limit: Int, _ filter: EventFilter, isSummary: Bool
    ) async throws -> (events: [StoredEventAnswer], next: UInt64?) {
        let groups = try await groups(parts)
        return try await app.readers.runIfActive { [app] in
            try EventCursor.with(app.log, groups: groups) { cursor in
                try cursor.events(
                    of: parts, below: below, limit: limit, filter, isSummary: isSummary)
            }
        }
    }

    /// The digests of the newest events of an issue above an offset, newest first, with their ids.
    func digests(
        of parts: [IssueID], above: UInt64, below: UInt64, limit: Int
    ) async throws -> [(id: EventID, digest: EventDigestView)] {
        let found = try await events(
            of: parts, below: below, limit: limit, EventFilter(), isSummary: true)
        return found.events.compactMap { event in
            guard event.offset > above, case .summary(let id, let digest) = event.content else {
                return nil
            }
            return (id, digest)
        }
    }

    /// The issues of a project that a user or an account has met, by their newest events.
    ///
    /// A user's events are found by their keys; for an account alone the digests of the log are
    /// looked through, from its end back: rare ones cost a whole walk. With `end` only what lies below.
    func issues(
        of project: Project, user: String?, account: String?, below end: UInt64? = nil
    ) async throws -> [IssueID] {
        let groups = try await groups()
        return try await app.readers.runIfActive { [app] in
            let userKey = user.map { EventKeys.user($0, salt: project.salt) }
            let accountKey = account.map { EventKeys.account($0, salt: project.salt) }
            return try EventCursor.with(app.log, below: end, groups: groups) { cursor in
                if let userKey {
                    return try cursor.issues(
                        project: project.id, user: userKey, account: accountKey,
                        limit: Self.peopleScanLimit)
                }
                guard let accountKey else { return [] }
                return try cursor.issues(
                    project: project.id, account: accountKey, limit: Self.peopleScanLimit)
            }
        }
    }
}

/// An event that was found by its id, and what it belongs to.
struct FoundEvent: Sendable {
    var project: Project
    var issue: IssueID
    var event: StoredEventAnswer
}

/// Reads events on one thread.
struct EventCursor {
    let reader: LogReader
    let end: UInt64
    let groups: EventGroups

    /// Offsets looked at in one step of a filtered search.
    private static let scanStep = 1_000

    private init(_ reader: LogReader, below end: UInt64, _ groups: EventGroups) {
        self.reader = reader
        self.end = end
        self.groups = groups
    }

    /// Lends a cursor, on one thread; it must not leave the call.
    ///
    /// With `end` it sees only what lies below.
    static func with<T>(
        _ log: EventLog, below end: UInt64? = nil, groups: EventGroups = EventGroups(),
        _ body: (EventCursor) throws -> T
    ) throws -> T {
        try log.withReader { reader in
            try body(EventCursor(reader, below: min(end ?? .max, log.durableOffset), groups))
        }
    }

    func event(at offset: UInt64) throws -> StoredEventAnswer? {
        try reader.readRecord(at: offset, digest: false).flatMap { try Self.event($0) }
    }

    private static func event(_ read: LogRecordRead) throws -> StoredEventAnswer? {
        guard case .record(let record) = read else { return nil }
        let header = record.header
        guard header.type.rawValue == RecordKind.eventCaptured.rawValue,
            let data = RecordLine.dataRange(record.line)
        else { return nil }
        var event = try ErrorEvent.fromData(record.line.span.bytes.extracting(data))
        event.id = EventID(high: header.id.high, low: header.id.low)
        return StoredEventAnswer(
            offset: record.header.offset, receivedAt: Timestamp(microseconds: header.time),
            content: .whole(event))
    }

    /// As `EventReader.events`.
    fileprivate func events(
        of parts: [IssueID], below: UInt64, limit: Int, _ filter: EventFilter, isSummary: Bool
    ) throws -> (events: [StoredEventAnswer], next: UInt64?) {
        var events: [StoredEventAnswer] = []
        var end = below
        let step = filter.takesAll && groups.isTrivial ? limit + 1 : Self.scanStep
        while true {
            // Found first and read then, all at once: that is twice as fast.
            var wanted: [UInt64] = []
            let offsets = try offsets(of: parts, below: end, limit: step)
            for offset in offsets where try isEvent(offset) {
                if !filter.takesAll, try !matches(filter, at: offset) { continue }
                if try !isShown(offset, in: parts) { continue }
                wanted.append(offset)
                // One more says whether there is a next page.
                if events.count + wanted.count > limit { break }
            }
            let page = wanted.prefix(limit - events.count)
            events += try isSummary ? page.compactMap(summary) : wholeEvents(at: Array(page))
            if let last = page.last { end = last }
            // What cannot be read is passed over, and makes room.
            if wanted.count > page.count {
                if events.count == limit { return (events, end) }
                continue
            }
            guard offsets.count == step, let last = offsets.last else { return (events, nil) }
            end = last
        }
    }

    private func wholeEvents(at offsets: [UInt64]) throws -> [StoredEventAnswer] {
        try reader.readRecords(at: offsets).compactMap { try $0.flatMap(Self.event) }
    }

    func summary(at offset: UInt64) throws -> StoredEventAnswer? {
        try digests(at: offset) { block, index in
            let header = block.header(at: index)
            // A slice of its own: it must not keep the block.
            let digest = try EventDigestView(Array(block.section[block.digestRange(at: index)]))
            return StoredEventAnswer(
                offset: offset, receivedAt: Timestamp(microseconds: header.time),
                content: .summary(EventID(high: header.id.high, low: header.id.low), digest))
        }
    }

    func fingerprint(at offset: UInt64) throws -> UInt64? {
        try digests(at: offset) { block, index in
            try fingerprint(
                EventDigestView(block.section, in: block.digestRange(at: index)), block, index)
        }
    }

    /// The fingerprint that an event has in the view.
    private func fingerprint(
        _ digest: EventDigestView, _ block: LogBlock, _ index: Int
    ) throws -> UInt64 {
        let offset = block.baseOffset + UInt64(index)
        return try groups.fingerprint(of: digest, at: offset, of: block.project(at: index)) {
            guard case .record(let record)? = try reader.readRecord(at: offset, digest: false),
                let data = RecordLine.dataRange(record.line)
            else { return Fingerprints() }
            return try EventIntake.fingerprints(ofData: record.line.span.bytes.extracting(data))
        }
    }

    /// Whether the view shows an event in one of these.
    func isShown(_ offset: UInt64, in parts: [IssueID]) throws -> Bool {
        if groups.isTrivial { return true }
        let own = try fingerprint(at: offset)
        return parts.contains { $0.fingerprint == own }
    }

    func offset(of id: EventID, project: UInt32) throws -> UInt64? {
        try reader.find(
            UniqueKey(
                project: project, type: RecordType(rawValue: RecordKind.eventCaptured.rawValue),
                id: RecordID(high: id.high, low: id.low)))
    }

    /// The newest records of an issue below an offset: events and changes of its status.
    func offsets(of parts: [IssueID], below: UInt64, limit: Int) throws -> [UInt64] {
        let stored = Set(parts.flatMap(groups.stored))
        var found: [UInt64] = []
        for part in stored {
            found += try reader.offsets(
                of: .issue, value: EventKeys.issue(part), below: below, limit: limit)
        }
        return stored.count == 1 ? found : Array(found.sorted(by: >).prefix(limit))
    }

    func isEvent(_ offset: UInt64) throws -> Bool {
        try reader.readHeader(at: offset)?.type.rawValue == RecordKind.eventCaptured.rawValue
    }

    func matches(_ filter: EventFilter, at offset: UInt64) throws -> Bool {
        try digests(at: offset) { block, index in
            filter.takes(
                try EventDigestView(block.section, in: block.digestRange(at: index)),
                user: block.header(at: index).keys.user)
        } ?? false
    }

    /// The issues of the newest events of a user, and of an account where one is asked for too.
    func issues(
        project: UInt32, user: UInt64, account: UInt64?, limit: Int
    ) throws -> [IssueID] {
        var found: Set<IssueID> = []
        for offset in try reader.offsets(of: .user, value: user, below: end, limit: limit) {
            try digests(at: offset) { block, index in
                try insert(block, index, project, account, &found)
            }
        }
        return found.sorted { $0.fingerprint < $1.fingerprint }
    }

    /// The issues of the newest events of an account, by a walk over all digests.
    func issues(project: UInt32, account: UInt64, limit: Int) throws -> [IssueID] {
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
                where block.project(at: index) == project {
                    if try insert(block, index, project, account, &found) { left -= 1 }
                }
                end = block.baseOffset
            }
        }
        return found.sorted { $0.fingerprint < $1.fingerprint }
    }

    private static func isEvent(_ block: LogBlock, _ index: Int) -> Bool {
        block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue
    }

    /// Adds the issue of an event of this project and account; false: it is none.
    @discardableResult
    private func insert(
        _ block: LogBlock, _ index: Int, _ project: UInt32, _ account: UInt64?,
        _ found: inout Set<IssueID>
    ) throws -> Bool {
        guard block.project(at: index) == project, Self.isEvent(block, index) else { return false }
        let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
        if let account, digest.account != account { return false }
        found.insert(
            IssueID(project: project, fingerprint: try fingerprint(digest, block, index)))
        return true
    }

    /// Looks at the digest of one record; nil where it cannot be read.
    @discardableResult
    private func digests<Answer>(
        at offset: UInt64, _ look: (LogBlock, Int) throws -> Answer
    ) throws -> Answer? {
        guard case .block(let block)? = try reader.readDigests(at: offset) else { return nil }
        return try look(block, Int(offset - block.baseOffset))
    }
}
