import ErrorModel
import EventLog
import NIOCore
import NIOPosix
import Projections

/// Events and changes of issues as they come, of the issues that a search finds.
///
/// Whether an issue is found is asked when the view has folded the record: a line tells of the
/// issue as it stands then. Of a long past it is the present that is asked.
struct IssueTail: Sendable {
    let app: Faultlog
    /// What issues must be; its `issues` and `limit` do not count.
    let query: IssueQuery
    let events: EventFilter
    let kinds: Set<RecordKind>
    /// The search's facts as they are now.
    let facts: @Sendable () async throws -> SearchFacts

    /// The records that a tail can show.
    static let allKinds: [RecordKind] = [
        .eventCaptured, .issueStatusChanged, .issueRegressed, .issueMerged, .issueUnmerged,
        .issueAssigned, .issueCommented, .issueActUndone,
    ]

    /// One record that may be shown.
    private struct Entry: Sendable {
        var offset: UInt64
        var time: Timestamp
        var issue: IssueID
        var content: Content

        var isRegression: Bool {
            if case .change(.issueRegressed, _) = content { true } else { false }
        }

        enum Content: Sendable {
            case event(EventID, EventDigestView, isFirst: Bool)
            case change(RecordKind, JSONValue)
        }
    }

    /// The lines of one block, and where the next one begins.
    func read(_ offset: UInt64) async throws -> (ByteBuffer, UInt64) {
        let (entries, next) = try await entries(from: offset)
        guard !entries.isEmpty else { return (ByteBuffer(), next) }
        try await app.issues.waitUntil(offset: next)
        let found = try await found(Set(entries.map(\.issue)))
        let regressions = entries.filter(\.isRegression).map(\.offset)
        let effective =
            regressions.isEmpty
            ? [] : try await app.issues.read { try Regressions.effective(regressions, $0) }.value
        var lines = ByteBuffer()
        for entry in entries {
            // Recorded behind somebody's change of the status: nothing has changed.
            if entry.isRegression, !effective.contains(entry.offset) { continue }
            guard let issue = found[entry.issue] else { continue }
            lines.writeBytes(line(entry, of: issue))
        }
        return (lines, next)
    }

    private var zones: ZoneFilter {
        ZoneFilter(
            project: query.project,
            types: Set(kinds.map { RecordType(rawValue: $0.rawValue) }))
    }

    private func entries(from offset: UInt64) async throws -> ([Entry], UInt64) {
        let groups = try await EventReader(app: app).groups()
        return try await app.readers.runIfActive { [app, self] in
            try EventCursor.with(app.log, groups: groups) { cursor in
                let reader = cursor.reader
                let start = reader.skip(from: offset, to: zones)
                switch try reader.readBlock(containing: start, payload: false) {
                case nil: return ([], start)
                // What cannot be read is told by the tail of the log itself.
                case .gap(let offsets, _): return ([], offsets.upperBound)
                case .block(let block):
                    var entries: [Entry] = []
                    for index in Int(start - block.baseOffset)..<block.count {
                        if let entry = try entry(block, index, cursor) { entries.append(entry) }
                    }
                    return (entries, block.nextOffset)
                }
            }
        }
    }

    private func entry(
        _ block: LogBlock, _ index: Int, _ cursor: EventCursor
    ) throws -> Entry? {
        let header = block.header(at: index)
        if let project = query.project, header.project != project { return nil }
        guard let kind = RecordKind(rawValue: header.type.rawValue), kinds.contains(kind) else {
            return nil
        }
        // A slice of its own: it must not keep the block.
        let digest = Array(block.section[block.digestRange(at: index)])
        let issue: IssueID
        let content: Entry.Content
        if kind == .eventCaptured {
            let view = try EventDigestView(digest)
            guard events.takes(view, user: header.keys.user) else { return nil }
            // Of a project that was regrouped the view may show it elsewhere.
            let shown = cursor.groups.isTrivial ? nil : try cursor.fingerprint(at: header.offset)
            issue = IssueID(
                project: header.project, fingerprint: shown ?? view.fingerprint)
            let before = try cursor.reader.offsets(
                of: .issue, value: header.keys.issue, below: header.offset, limit: 1)
            content = .event(
                EventID(high: header.id.high, low: header.id.low), view, isFirst: before.isEmpty)
        } else {
            guard let data = try? JSONValue(parsing: digest),
                let id = data["issue"]?.string.flatMap({ IssueID($0) })
            else { return nil }
            (issue, content) = (id, .change(kind, data))
        }
        return Entry(
            offset: header.offset, time: Timestamp(microseconds: header.time), issue: issue,
            content: content)
    }

    /// The issues that the search finds, by the fingerprints that were asked for.
    private func found(_ asked: Set<IssueID>) async throws -> [IssueID: IssueSummary] {
        var query = query
        query.facts = try await facts()
        query.limit = asked.count
        query.now = app.now
        let wanted = query
        return try await app.issues.read { db in
            // An issue may be shown in another one, and under another name.
            var found: [IssueID: IssueSummary] = [:]
            for id in asked { found[id] = try IssueSummary.fetch(id, db) }
            var query = wanted
            query.issues = Set(found.values.map(\.id)).sorted {
                ($0.project, $0.fingerprint) < ($1.project, $1.fingerprint)
            }
            let shown = Set(try query.fetch(db).issues.map(\.id))
            return found.filter { shown.contains($0.value.id) }
        }.value
    }

    private func line(_ entry: Entry, of issue: IssueSummary) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("offset", entry.offset)
        json.member("time", entry.time)
        switch entry.content {
        case .event: json.member("type", RecordKind.eventCaptured.name)
        case .change(let kind, _): json.member("type", kind.name)
        }
        json.member(
            "project", app.projects.project(id: issue.id.project)?.slug ?? "\(issue.id.project)")
        json.member("issue", issue.id.description)
        json.member("title", issue.title)
        json.member("status", issue.status.rawValue)
        json.member("level", issue.level.name)
        json.member("events", issue.events)
        switch entry.content {
        case .event(let id, let digest, let isFirst):
            // Where older events were dropped, an issue may have been seen before its first record that is
            // left; where none were, that record is the first, whenever it and later ones happened.
            let isWhole = app.log.status.firstOffset == 0
            json.member(
                "isNew", isFirst && (isWhole || digest.happened <= issue.firstSeen))
            json.key("event")
            StoredEventAnswer(
                offset: entry.offset, receivedAt: entry.time, content: .summary(id, digest)
            ).write(to: &json)
        case .change(_, let data): json.member("details", data)
        }
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
