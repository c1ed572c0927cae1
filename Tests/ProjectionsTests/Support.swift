import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
@testable import Projections

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("views-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What an SDK says of one event.
struct Sighting {
    var type = "TypeError"
    var project: UInt32 = 1
    var release: String?
    var environment: String?
    var user: String?
    var account: String?
    var level: String?
    /// Seconds between the event and its receipt.
    var delay: Int64 = 0
    /// Of a storm: without its payload.
    var isSampled = false
    var tags: [String: String] = [:]
    /// Oldest call first, as Sentry SDKs send them: function, file, and whether it is the
    /// application's own.
    var frames: [(function: String, file: String, inApp: Bool)] = []
}

/// Makes records as the server does, with a clock that moves a second a record.
struct RecordSource {
    static let start: Int64 = 1_800_000_000_000_000
    static let salt = Array("salt".utf8)

    var now = RecordSource.start
    /// By which version the events of a project are taken in, and issues named.
    var grouping: [UInt32: FingerprintVersion] = [:]
    private var count: UInt64 = 0

    mutating func event(_ sighting: Sighting) throws -> NewRecord {
        tick()
        let happened = now - sighting.delay * 1_000_000
        var user: [(String, JSONValue)] = []
        if let name = sighting.user { user.append(("id", .string(name))) }
        if let account = sighting.account {
            user.append(("data", .pairs([("account", .string(account))])))
        }
        var members: [(String, JSONValue)] = [
            ("timestamp", .string(Timestamp(microseconds: happened).text)),
            ("platform", "javascript"),
            ("exception", ["values": .array([exception(sighting)])]),
        ]
        if let release = sighting.release { members.append(("release", .string(release))) }
        if let name = sighting.environment { members.append(("environment", .string(name))) }
        if let level = sighting.level { members.append(("level", .string(level))) }
        if !user.isEmpty { members.append(("user", .pairs(user))) }
        if !sighting.tags.isEmpty {
            let tags = sighting.tags.sorted { $0.key < $1.key }
            members.append(("tags", .pairs(tags.map { ($0.key, .string($0.value)) })))
        }
        var event = try EventIntake.event(
            payload: JSONValue.pairs(members).compactBytes.span.bytes, protocol: .sentry,
            receivedAt: Timestamp(microseconds: now), envelope: EnvelopeFacts(),
            newID: EventID(high: 7, low: count), project: sighting.project, salt: Self.salt,
            version: grouping[sighting.project] ?? .standard)
        if sighting.isSampled {
            event = event.sampled(
                project: sighting.project, receivedAt: Timestamp(microseconds: now))
        }
        return NewRecord(
            time: now, type: RecordType(rawValue: RecordKind.eventCaptured.rawValue),
            project: sighting.project, id: RecordID(high: event.id.high, low: event.id.low),
            keys: IndexKeys(
                issue: event.keys.issue, user: event.keys.user, trace: event.keys.trace,
                session: event.keys.session),
            isUnique: true, digest: event.digest,
            line: event.line)
    }

    private func exception(_ sighting: Sighting) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("type", .string(sighting.type)), ("value", "it broke"),
        ]
        if !sighting.frames.isEmpty {
            let frames = sighting.frames.map { frame -> JSONValue in
                [
                    "function": .string(frame.function), "filename": .string(frame.file),
                    "lineno": 1, "in_app": .bool(frame.inApp),
                ]
            }
            members.append(("stacktrace", ["frames": .array(frames)]))
        }
        return .pairs(members)
    }

    mutating func state<R: StateRecord>(_ record: R, project: UInt32 = 1) -> NewRecord {
        tick()
        return NewRecord(
            kind: R.kind,
            data: RegroupedNames.mark(record.bytes, grouping[project] ?? .standard),
            project: project, issue: nil, id: RecordID(high: 8, low: count),
            time: Timestamp(microseconds: now))
    }

    /// The record that regroups a project; what comes from now on comes by that version.
    mutating func regroup(_ project: UInt32, to version: FingerprintVersion) -> NewRecord {
        let record = ProjectRegrouped(
            project: project, version: version, previous: grouping[project] ?? .standard,
            actor: "someone")
        defer { grouping[project] = version }
        return state(record, project: project)
    }

    /// A record beside events.
    mutating func item<R: ItemRecord>(_ record: R, project: UInt32 = 1) -> NewRecord {
        tick()
        let id = EventID(high: 9, low: count)
        let keys = record.keys
        return NewRecord(
            time: now, type: RecordType(rawValue: R.kind.rawValue), project: project,
            id: RecordID(high: id.high, low: id.low),
            keys: IndexKeys(user: keys.user, trace: keys.trace, session: keys.session),
            isUnique: true, digest: record.digest,
            line: RecordLine.bytes(
                time: Timestamp(microseconds: now), kind: R.kind, project: project, id: id,
                data: record.bytes))
    }

    /// An event record whose digest nobody can read.
    mutating func poison() throws -> NewRecord {
        var record = try event(Sighting())
        record.digest = [0xff]
        return record
    }

    private mutating func tick() {
        now += 1_000_000
        count += 1
    }
}

extension NewRecord {
    /// The issue of an event record.
    var issue: IssueID {
        get throws {
            IssueID(project: project, fingerprint: try EventDigestView(digest).fingerprint)
        }
    }
}

/// A log in a directory of its own.
final class LogWorld {
    let directory: TemporaryDirectory
    let log: EventLog
    var source = RecordSource()

    init(options: LogOptions = LogOptions()) throws {
        directory = try TemporaryDirectory()
        log = try EventLog.open(directory: directory.path, options: options)
    }

    deinit { log.close() }

    /// Appends the records as one block; returns the offset of the last.
    @discardableResult
    func append(_ records: [NewRecord]) async throws -> UInt64 {
        if records.isEmpty { return log.durableOffset }
        return try await log.append(records).outcomes[records.count - 1].offset
    }

    @discardableResult
    func see(_ sighting: Sighting) async throws -> IssueID {
        let record = try source.event(sighting)
        try await append([record])
        return try record.issue
    }

    @discardableResult
    func record(_ record: some StateRecord, project: UInt32 = 1) async throws -> UInt64 {
        try await append([source.state(record, project: project)])
    }

    func folder(_ name: String) throws -> String {
        let path = directory.path + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    func live<P: Projection>(_ type: P.Type, _ folder: String = "live") throws -> LiveFold<P> {
        try LiveFold(log: log, directory: try self.folder(folder))
    }

    /// The view folded at once into a folder of its own.
    func rebuilt<P: Projection>(_ type: P.Type) throws -> ViewStore {
        let store = try ViewStore(
            path: try folder(UUID().uuidString) + "/" + P.fileName, schema: P.schema)
        try Rebuild.fold(P.self, reader: log.makeReader(), into: store, until: log.durableOffset)
        return store
    }

    /// How many records of a kind the log holds.
    func count(_ kind: RecordKind) throws -> Int {
        var count = 0
        var next: UInt64 = 0
        let reader = log.makeReader()
        while case .block(let block)? = try reader.readBlock(containing: next, payload: false) {
            for index in 0..<block.count where block.type(at: index).rawValue == kind.rawValue {
                count += 1
            }
            next = block.nextOffset
        }
        return count
    }
}

/// A fold that a test drives a step at a time, with the same rows as a worker's.
final class LiveFold<P: Projection> {
    private(set) var store: ViewStore
    private(set) var projection = P()
    private var session = FoldSession(next: 0)
    private let path: String
    private let reader: LogReader

    var next: UInt64 { session.next }

    init(log: EventLog, directory: String) throws {
        path = directory + "/" + P.fileName
        reader = log.makeReader()
        store = try ViewStore(path: path, schema: P.schema)
        try load()
    }

    private func load() throws {
        projection = P()
        session = try FoldSession(store, &projection)
    }

    /// Dies and starts again: what was not committed is gone.
    func crash() throws {
        try store.close()
        store = try ViewStore(path: path, schema: P.schema)
        try load()
    }

    /// Folds one block; false at the end of the log.
    func step() throws -> Bool {
        try session.foldNext(&projection, reader, stopsAtPoison: true)
    }

    /// Writes what is pending; as a worker does, folds anew what groups otherwise than the log.
    func commit() throws {
        try session.commit(&projection, into: store)
        guard session.regrouping?.isStale == true else { return }
        try store.close()
        try ViewStore.delete(path: path)
        store = try ViewStore(path: path, schema: P.schema)
        try Rebuild.fold(P.self, reader: reader, into: store, until: session.next)
        try load()
    }

    /// Folds to the end; a commit after every `blocks` blocks and at the end.
    func catchUp(commitEvery blocks: Int = .max) throws {
        var pending = 0
        while try step() {
            pending += 1
            if pending == blocks {
                try commit()
                pending = 0
            }
        }
        try commit()
    }

    func decisions(_ now: Int64) -> [NewRecord] { projection.decisions(now: now) }
}

/// Everything that the queries answer, as text.
enum Answers {
    /// - Parameter withActs: what was done to the issues too, not only what they are.
    static func all(issues store: ViewStore, withActs: Bool = true) throws -> String {
        try store.query { try issues($0, withActs: withActs) }
    }

    static func issues(_ db: Database, withActs: Bool = true) throws -> String {
        var text = ""
        for sort in IssueQuery.Sort.allCases {
            for ascending in [false, true] {
                var query = IssueQuery()
                query.sort = sort
                query.ascending = ascending
                query.limit = 100
                // An hour later, so that the trend has something to count.
                query.now = Timestamp(
                    microseconds: RecordSource.start + ModelIssue.hourMicroseconds)
                let page = try query.fetch(db)
                text += "\(sort) \(ascending)\n"
                for issue in page.issues { text += "\(issue)\n" }
                if sort == .lastSeen, !ascending {
                    for issue in page.issues {
                        text += "\(String(describing: try IssueDetail.fetch(issue.id, db)))\n"
                        if withActs { text += "\(try IssueAct.fetch(on: issue.row, db))\n" }
                    }
                }
            }
        }
        for project in UInt32(1)...2 {
            text +=
                "\(try NewIssues.byRelease(project: project, db).sorted { $0.key < $1.key })"
        }
        return text
    }

    static func all(releases store: ViewStore) throws -> String {
        try store.query { db in
            try (UInt32(1)...2).flatMap { project in
                try ReleaseScheme.allCases.map {
                    "\(try ReleaseSummary.fetchAll(project: project, scheme: $0, db))"
                }
            }.joined(separator: "\n")
        }
    }

    static func all(reports store: ViewStore) throws -> String {
        try store.query { db in
            var text = "\(try ClientLoss.fetchAll(project: nil, db))\n"
            for project in UInt32(1)...2 {
                let feedback = FeedbackQuery.project(project, isUnattached: false)
                text += "\(try feedback.fetch(below: .max, limit: 10_000, db))\n"
                for environment in [nil, "production", "staging"] as [String?] {
                    let health = try ReleaseHealth.byRelease(
                        project: project, environment: environment, db)
                    for (release, health) in health.sorted(by: { $0.key < $1.key }) {
                        let days = try ReleaseHealth.days(
                            project: project, release: release, environment: environment, db)
                        text += "\(release) \(health) \(days)\n"
                    }
                }
            }
            return text
        }
    }

    static func rows(_ table: String, _ store: ViewStore) throws -> String {
        try store.query { db in
            try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2")
                .map(\.description).joined(separator: "\n")
        }
    }

    /// All that a view answers.
    static func of<P: Projection>(_ type: P.Type, _ store: ViewStore) throws -> String {
        switch P.name {
        case IssuesProjection.name: try all(issues: store)
        case ReleasesProjection.name: try all(releases: store)
        case RegressionsProjection.name: try rows("regression", store)
        case ProjectsProjection.name: try rows("project", store)
        case ReportsProjection.name: try all(reports: store)
        case FacetsProjection.name:
            try ["issue_tags", "tag_value", "tag_cut", "environment_hour"]
                .map { try rows($0, store) }.joined(separator: "\n")
        case ArtifactsProjection.name: try rows("artifact", store)
        default:
            try ["project_policy", "release_point", "issue_life", "issue_map", "decision"]
                .map { try rows($0, store) }.joined(separator: "\n")
        }
    }
}

extension ViewStore {
    /// Reads in one snapshot; blocks.
    func query<T>(_ body: (Database) throws -> T) throws -> T {
        try pool.read(body)
    }
}
