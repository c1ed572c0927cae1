package import ErrorModel
package import EventLog
package import GRDB

/// By which version of the fingerprint the events of a project are grouped, and since when.
package struct Grouping: Hashable, Sendable {
    package var version: FingerprintVersion
    /// The first offset behind the record that said so; 0: it was never said.
    package var since: UInt64

    package init(version: FingerprintVersion, since: UInt64) {
        self.version = version
        self.since = since
    }

    /// Whether an event has by it the fingerprint that the log has, and tells nothing of names.
    package func isAsStored(_ digest: EventDigestView, at offset: UInt64) -> Bool {
        offset >= since && digest.fingerprintVersion == version.rawValue
    }

    /// That of a project that was never regrouped.
    package static let initial = Grouping(version: .standard, since: 0)
}

/// The groupings of all projects at a place of the log, or those that a view shows.
package struct Groupings: Hashable, Sendable {
    /// Only projects that were regrouped.
    package private(set) var byProject: [UInt32: Grouping] = [:]

    package init() {}

    package var isEmpty: Bool { byProject.isEmpty }

    package subscript(project: UInt32) -> Grouping {
        get { byProject[project] ?? .initial }
        set { byProject[project] = newValue == .initial ? nil : newValue }
    }

    /// Takes the record at an offset.
    package mutating func take(_ record: ProjectRegrouped, at offset: UInt64) {
        self[record.project] = Grouping(version: record.version, since: offset + 1)
    }

    /// Records that are looked up in one step; a project has a handful.
    private static let page = 1_000

    /// What is in force for the record at `end`: by the newest record of each project below it.
    ///
    /// Blocks; the records are found by their key.
    package static func inForce(below end: UInt64, _ reader: LogReader) throws -> Groupings {
        var all = Groupings()
        var known: Set<UInt32> = []
        var end = end
        while end > 0 {
            let offsets = try reader.offsets(
                of: .issue, value: EventKeys.regroupings, below: end, limit: page)
            for offset in offsets {
                guard let record = try record(at: offset, reader),
                    known.insert(record.project).inserted
                else { continue }
                all.take(record, at: offset)
            }
            guard offsets.count == page, let last = offsets.last else { break }
            end = last
        }
        return all
    }

    private static func record(
        at offset: UInt64, _ reader: LogReader
    ) throws -> ProjectRegrouped? {
        guard case .block(let block)? = try reader.readDigests(at: offset) else { return nil }
        let index = Int(offset - block.baseOffset)
        guard block.type(at: index).rawValue == RecordKind.projectRegrouped.rawValue else {
            return nil
        }
        return try? ProjectRegrouped(data: block.data(at: index))
    }

    /// The groupings that a view shows.
    package static func shown(_ db: Database) throws -> Groupings {
        try fetch("version", "since", db)
    }

    /// The groupings that were in force for the last record that a view has folded.
    package static func current(_ db: Database) throws -> Groupings {
        try fetch("current", "current_since", db)
    }

    /// Begins an empty view that shows these.
    func show<P: Projection>(in store: ViewStore, _ type: P.Type) throws {
        guard P.isGrouped, !isEmpty else { return }
        try store.pool.write { db in
            try Regrouping.write(shown: self, current: Groupings(), db)
        }
    }

    /// What the copy of a view shows; nil where it cannot be read.
    static func shown(byCopy path: String) -> Groupings? {
        var configuration = Configuration()
        configuration.readonly = true
        guard let database = try? DatabaseQueue(path: path, configuration: configuration) else {
            return nil
        }
        defer { try? database.close() }
        return try? database.read { db in
            // A copy of before there were groupings.
            try db.tableExists("grouping") ? try shown(db) : Groupings()
        }
    }

    private static func fetch(
        _ version: String, _ since: String, _ db: Database
    ) throws -> Groupings {
        var all = Groupings()
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT project, \(version), \(since) FROM grouping"))
        for row in rows {
            guard let version = FingerprintVersion(rawValue: row[1]) else {
                throw FoldError("the table grouping has a version that this program does not know")
            }
            all[row[0]] = Grouping(version: version, since: UInt64(bitPattern: row[2]))
        }
        return all
    }
}
