import ErrorModel
import EventLog
import Foundation
package import GRDB

extension StatusPolicy {
    package mutating func load(_ db: Database) throws {
        for row in try Row.fetchAll(
            db, sql: "SELECT project, regression, releases FROM project_policy")
        {
            policies[row[0]] = Policy(
                regression: RegressionPolicy(rawValue: row[1]) ?? .different,
                scheme: ReleaseScheme(rawValue: row[2]) ?? .semver)
        }
        for row in try Row.fetchAll(db, sql: "SELECT project, release, created FROM release_point")
        {
            releases[ReleaseKey(project: row[0], release: row[1])] = UInt64(bitPattern: row[2])
        }
        for row in try Row.fetchAll(db, sql: "SELECT project, part, issue FROM issue_map") {
            guard let part = HexText.value(row[1]), let issue = HexText.value(row[2]) else {
                throw FoldError("the table issue_map has a row that cannot be read")
            }
            map.restore(
                IssueID(project: row[0], fingerprint: part),
                in: IssueID(project: row[0], fingerprint: issue))
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM issue_life") { try loadIssue(row) }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM decision") {
            guard let issue = Self.issue(row), let id = Self.recordID(row["id"]),
                let kind = RecordKind(rawValue: row["kind"])
            else { throw FoldError("the table decision has a row that cannot be read") }
            let data: String = row["data"]
            undelivered[id] = Decision(id: id, issue: issue, kind: kind, data: Array(data.utf8))
            fresh.append(id)
        }
    }

    private mutating func loadIssue(_ row: Row) throws {
        guard let issue = Self.issue(row), let life = IssueLife(row: row) else {
            throw FoldError("the table issue_life has a row that cannot be read")
        }
        var watched = Watched(life: life)
        if let until = life.until {
            let progress: String? = row["progress"]
            watched.progress =
                try progress.map { try UntilProgress(condition: until, json: $0) }
                ?? UntilProgress(condition: until)
        }
        watched.decision = Self.recordID(row["decision"])
        watch(issue, watched)
    }

    private static func issue(_ row: Row) -> IssueID? {
        HexText.value(row["fingerprint"]).map {
            IssueID(project: row["project"], fingerprint: $0)
        }
    }

    package mutating func write(_ db: Database) throws {
        let policy = try RowWriter(db, "INSERT OR REPLACE INTO project_policy VALUES (?, ?, ?)")
        for project in dirtyPolicies.sorted() {
            guard let value = policies[project] else { continue }
            try policy.run(
                .int(Int64(project)), .text(value.regression.rawValue),
                .text(value.scheme.rawValue))
        }
        let release = try RowWriter(db, "INSERT OR REPLACE INTO release_point VALUES (?, ?, ?)")
        for key in dirtyReleases {
            try release.run(
                .int(Int64(key.project)), .text(key.release), .offset(releases[key] ?? 0))
        }
        try writeMap(db)
        try writeIssues(db)
        try writeDecisions(db)
    }

    private func writeMap(_ db: Database) throws {
        guard isMapDirty else { return }
        try db.execute(sql: "DELETE FROM issue_map")
        let insert = try RowWriter(db, "INSERT INTO issue_map VALUES (?, ?, ?)")
        for (part, issue) in map.all {
            try insert.run(
                .int(Int64(part.project)), .text(IssueID.text(part.fingerprint)),
                .text(IssueID.text(issue.fingerprint)))
        }
    }

    private func writeIssues(_ db: Database) throws {
        let life = try RowWriter(
            db, "INSERT OR REPLACE INTO issue_life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for issue in dirtyIssues {
            guard let watched = issues[issue] else { continue }
            try life.run(
                .int(Int64(issue.project)), .text(IssueID.text(issue.fingerprint)),
                .text(watched.life.status.rawValue), .offset(watched.life.version),
                .offset(watched.life.changedOffset), .int(watched.life.changedAt),
                .text(orNull: watched.life.resolution?.word),
                .text(orNull: watched.life.resolution?.release),
                .text(orNull: watched.life.until?.json.compactText),
                .text(orNull: watched.progress?.stored.compactText),
                watched.decision.map { .blob(Self.bytes($0)) } ?? .null)
        }
    }

    private func writeDecisions(_ db: Database) throws {
        let insert = try RowWriter(db, "INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?)")
        let delete = try RowWriter(db, "DELETE FROM decision WHERE id = ?")
        for id in dirtyDecisions {
            guard let decision = undelivered[id] else {
                try delete.run(.blob(Self.bytes(id)))
                continue
            }
            try insert.run(
                .blob(Self.bytes(id)), .int(Int64(decision.issue.project)),
                .text(IssueID.text(decision.issue.fingerprint)),
                .int(Int64(decision.kind.rawValue)),
                .text(String(decoding: decision.data, as: UTF8.self)))
        }
    }

    private static func bytes(_ id: RecordID) -> [UInt8] {
        [id.high.bigEndian, id.low.bigEndian].withUnsafeBytes { Array($0) }
    }

    private static func recordID(_ data: Data?) -> RecordID? {
        guard let data, data.count == 16 else { return nil }
        let words = data.withUnsafeBytes { bytes in
            [0, 8].map {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
        return RecordID(high: words[0], low: words[1])
    }
}

extension UntilProgress {
    /// As the policy keeps it.
    var stored: JSONValue {
        [
            "events": .integer(eventCount),
            "users": .array(users.sorted().map { .string(HexText.text($0)) }),
            "recent": .array(recent.map { .integer($0) }),
        ]
    }

    init(condition: UntilCondition, json text: String) throws {
        let json = try JSONValue(parsing: text)
        self.init(
            condition: condition, eventCount: Int(json["events"]?.int64 ?? 0),
            users: Set(
                (json["users"]?.array ?? []).compactMap { $0.string.flatMap(HexText.value) }),
            recent: (json["recent"]?.array ?? []).compactMap(\.int64))
    }
}

extension IssueLife {
    /// Reads the columns that the tables of issues share; nil where one is not valid.
    init?(row: Row) {
        self.init(
            status: row["status"], version: row["version"], changedOffset: row["changed_offset"],
            changedAt: row["changed_at"], resolution: row["resolution"],
            release: row["resolved_release"], until: row["until"])
    }

    /// The same from the columns' values.
    init?(
        status: String, version: Int64, changedOffset: Int64?, changedAt: Int64?,
        resolution word: String?, release: String?, until text: String?
    ) {
        guard let status = IssueStatus(rawValue: status) else { return nil }
        let resolution: ResolutionName?
        switch word {
        case "any": resolution = .anyRelease
        case "release": resolution = .inRelease(release ?? "")
        case "next": resolution = .inNextRelease(after: release)
        default: resolution = nil
        }
        let until = text.flatMap { try? JSONValue(parsing: $0) }.flatMap(UntilCondition.init)
        self.init(
            status: status, version: UInt64(bitPattern: version),
            changedOffset: UInt64(bitPattern: changedOffset ?? 0), changedAt: changedAt ?? 0,
            resolution: resolution, until: until)
    }
}
