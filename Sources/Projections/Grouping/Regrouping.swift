import ErrorModel
import EventLog
import GRDB

/// Turns the records of the log into what they are under the groupings that a view shows.
///
/// Folds know nothing of versions: they are handed events with the fingerprints that these have in
/// the view, and records of triage with the names that the issues have there. All that it does is a
/// function of the log below the place of the fold and of the groupings shown, so that a view can
/// be folded again and compared. Belongs to its fold's thread.
struct Regrouping {
    struct Issue: Hashable {
        var project: UInt32
        var fingerprint: UInt64
    }

    struct Name: Hashable {
        var issue: Issue
        var version: FingerprintVersion
    }

    struct Heir {
        var fingerprint: UInt64
        /// It takes over what was decided.
        var isOwn: Bool
    }

    struct Source: Hashable {
        var issue: Issue
        var stored: UInt64
    }

    /// What the view shows; does not change during a fold.
    let shown: Groupings
    /// What is in force at the place of the fold.
    var current: Groupings
    /// In what the issues of other versions go on: one entry for each fingerprint of a project that
    /// was regrouped, some 50 bytes.
    private var heirs: [Name: Heir] = [:]
    private var seen: Set<Issue> = []
    private var sources: Set<Source> = []
    /// Not committed yet.
    private var newHeirs: [Name] = []
    private var newSeen: [Issue] = []
    private var newSources: [Source] = []
    private var isCurrentDirty = false

    /// Begins at the beginning of the log, for a fold without a view.
    init(shown: Groupings) {
        self.shown = shown
        current = Groupings()
    }

    /// Takes back what the view has.
    init(_ db: Database) throws {
        shown = try Groupings.shown(db)
        current = try Groupings.current(db)
        if shown.isEmpty, current.isEmpty { return }
        try load(db)
    }

    private mutating func load(_ db: Database) throws {
        func value(_ text: String) throws -> UInt64 {
            guard let value = HexText.value(text) else {
                throw FoldError("the tables of the grouping have a row that cannot be read")
            }
            return value
        }
        let names = try Row.fetchCursor(
            db, sql: "SELECT project, version, fingerprint, issue, is_own FROM grouping_name")
        while let row = try names.next() {
            guard let version = FingerprintVersion(rawValue: row[1]) else { continue }
            let name = Issue(project: row[0], fingerprint: try value(row[2]))
            heirs[Name(issue: name, version: version)] = Heir(
                fingerprint: try value(row[3]), isOwn: row[4])
        }
        let issues = try Row.fetchCursor(db, sql: "SELECT project, issue FROM grouping_issue")
        while let row = try issues.next() {
            seen.insert(Issue(project: row[0], fingerprint: try value(row[1])))
        }
        let stored = try Row.fetchCursor(
            db, sql: "SELECT project, issue, stored FROM grouping_source")
        while let row = try stored.next() {
            sources.insert(
                Source(
                    issue: Issue(project: row[0], fingerprint: try value(row[1])),
                    stored: try value(row[2])))
        }
    }

    /// The view shows another grouping than the one in force: it is to be folded again.
    var isStale: Bool { shown != current }

    // MARK: events

    /// What an event of a project is in the view; nil: what it is in the log.
    ///
    /// - Parameter fingerprints: what its payload says; asked for where that is needed.
    mutating func take(
        event digest: EventDigestView, at offset: UInt64, of project: UInt32,
        fingerprints: () throws -> Fingerprints
    ) rethrows -> (fingerprint: UInt64, version: FingerprintVersion, isOther: Bool)? {
        let pin = shown[project]
        let isOther = current[project].version != pin.version
        if pin.isAsStored(digest, at: offset) {
            return isOther ? (digest.fingerprint, pin.version, true) : nil
        }
        let known = Self.known(digest, try fingerprints())
        let fingerprint = group(digest, known, project)
        if offset < pin.since || known[pin.version] == nil {
            note(known, is: Issue(project: project, fingerprint: fingerprint), pin.version)
        }
        if fingerprint != digest.fingerprint {
            let source = Source(
                issue: Issue(project: project, fingerprint: fingerprint),
                stored: digest.fingerprint)
            if sources.insert(source).inserted { newSources.append(source) }
        }
        return (fingerprint, pin.version, isOther)
    }

    /// The fingerprint that an event which was folded has in the view.
    func fingerprint(
        of digest: EventDigestView, at offset: UInt64, of project: UInt32,
        _ fingerprints: () throws -> Fingerprints
    ) rethrows -> UInt64 {
        if shown[project].isAsStored(digest, at: offset) { return digest.fingerprint }
        return group(digest, Self.known(digest, try fingerprints()), project)
    }

    /// What is stored counts more than what the payload says.
    private static func known(
        _ digest: EventDigestView, _ fingerprints: Fingerprints
    ) -> Fingerprints {
        var known = fingerprints
        if let version = FingerprintVersion(rawValue: digest.fingerprintVersion) {
            known[version] = digest.fingerprint
        }
        return known
    }

    /// An event that can no longer say goes where the first one with its stored fingerprint went.
    private func group(
        _ digest: EventDigestView, _ known: Fingerprints, _ project: UInt32
    ) -> UInt64 {
        if let fingerprint = known[shown[project].version] { return fingerprint }
        guard let stored = FingerprintVersion(rawValue: digest.fingerprintVersion) else {
            return digest.fingerprint
        }
        let name = Name(
            issue: Issue(project: project, fingerprint: digest.fingerprint), version: stored)
        return heirs[name]?.fingerprint ?? digest.fingerprint
    }

    private mutating func note(
        _ known: Fingerprints, is issue: Issue, _ shown: FingerprintVersion
    ) {
        let isFirst = seen.insert(issue).inserted
        if isFirst { newSeen.append(issue) }
        for version in FingerprintVersion.allCases where version != shown {
            guard let fingerprint = known[version] else { continue }
            let name = Name(
                issue: Issue(project: issue.project, fingerprint: fingerprint), version: version)
            guard heirs[name] == nil else { continue }
            heirs[name] = Heir(fingerprint: issue.fingerprint, isOwn: isFirst)
            newHeirs.append(name)
        }
    }

    // MARK: other records

    /// What the fold is to be told of a record of triage.
    enum Act {
        case asStored
        case renamed([UInt8])
        /// It says nothing in this view.
        case nothing
    }

    func act(_ kind: RecordKind, _ data: [UInt8], of project: UInt32) -> Act {
        guard let json = try? JSONValue(parsing: data),
            let version = RegroupedNames.version(json)
        else { return .asStored }
        let wanted = shown[project].version
        if version == wanted { return .asStored }
        func heir(_ issue: IssueID) -> Heir? {
            heirs[
                Name(
                    issue: Issue(project: issue.project, fingerprint: issue.fingerprint),
                    version: version)]
        }
        let names = RegroupedNames(
            heir: { issue in
                heir(issue).map {
                    IssueID(project: issue.project, fingerprint: $0.fingerprint)
                }
            }, isOwn: { heir($0)?.isOwn ?? false })
        return names.renamed(kind, json, by: wanted).map { .renamed($0.compactBytes) } ?? .nothing
    }

    mutating func take(_ record: ProjectRegrouped, at offset: UInt64) {
        current.take(record, at: offset)
        isCurrentDirty = true
    }

    // MARK: rows

    var pendingByteCount: Int {
        (newHeirs.count + newSeen.count + newSources.count) * Self.rowByteCount
    }
    private static let rowByteCount = 100

    func write(_ db: Database) throws {
        if isCurrentDirty { try Self.write(shown: shown, current: current, db) }
        let name = try RowWriter(db, "INSERT OR REPLACE INTO grouping_name VALUES (?, ?, ?, ?, ?)")
        for entry in newHeirs {
            guard let heir = heirs[entry] else { continue }
            try name.run(
                .int(Int64(entry.issue.project)), .int(Int64(entry.version.rawValue)),
                .text(HexText.text(entry.issue.fingerprint)),
                .text(HexText.text(heir.fingerprint)), .int(heir.isOwn ? 1 : 0))
        }
        let issue = try RowWriter(db, "INSERT OR REPLACE INTO grouping_issue VALUES (?, ?)")
        for entry in newSeen {
            try issue.run(.int(Int64(entry.project)), .text(HexText.text(entry.fingerprint)))
        }
        let source = try RowWriter(db, "INSERT OR REPLACE INTO grouping_source VALUES (?, ?, ?)")
        for entry in newSources {
            try source.run(
                .int(Int64(entry.issue.project)), .text(HexText.text(entry.issue.fingerprint)),
                .text(HexText.text(entry.stored)))
        }
    }

    mutating func didCommit() {
        isCurrentDirty = false
        newHeirs = []
        newSeen = []
        newSources = []
    }

    static func write(shown: Groupings, current: Groupings, _ db: Database) throws {
        let row = try RowWriter(db, "INSERT OR REPLACE INTO grouping VALUES (?, ?, ?, ?, ?)")
        for project in Set(shown.byProject.keys).union(current.byProject.keys).sorted() {
            let (pin, now) = (shown[project], current[project])
            try row.run(
                .int(Int64(project)), .int(Int64(pin.version.rawValue)), .offset(pin.since),
                .int(Int64(now.version.rawValue)), .offset(now.since))
        }
    }
}
