import ErrorModel
import EventLogTestSupport
import GRDB
import Projections

/// An issue in memory, of which the view's rows are made.
struct ModelIssue {
    var row: Int64
    var id: IssueID
    var type: String
    var value: String
    var culprit: String
    var platform: String
    var level: Level
    var action: Action
    var status: IssueStatus
    var hasCondition: Bool
    var events: Int64
    var users: Int64
    var accounts: Int64
    var firstSeen: Int64
    var lastSeen: Int64
    var firstRelease: String?
    var lastRelease: String?
    var environments: Set<String>
    var releases: Set<String>
    /// Events by hours since 1970.
    var hours: [Int64: Int64] = [:]

    static let hourMicroseconds: Int64 = 3_600_000_000

    init(row: Int64, _ random: inout RandomSearch) {
        self.row = row
        id = IssueID(project: UInt32(1 + random.random.below(2)), fingerprint: UInt64(row) << 40)
        type = random.pick(["TypeError", "Message", "", "E_1", "E-1", "x*y"])
        value = random.text()
        culprit = random.random.chance(oneIn: 3) ? "" : random.text()
        platform = random.pick(["", "python", "a", "Error"])
        level = random.pick(Level.allCases)
        action = random.pick([.caught, .unhandled, .rejection, .httpError])
        status = random.pick(IssueStatus.allCases)
        hasCondition = status == .muted && random.random.chance(oneIn: 2)
        events = Int64(random.random.below(12))
        users = Int64(random.random.below(12))
        accounts = Int64(random.random.below(4))
        let now = RandomSearch.now.microseconds
        lastSeen = now - Int64(random.random.below(200)) * Self.hourMicroseconds / 2
        firstSeen = lastSeen - Int64(random.random.below(200)) * Self.hourMicroseconds / 2
        environments = Set(
            (0..<random.random.below(3)).map { _ in
                random.pick(RandomSearch.environments)
            })
        releases = Set(
            (0..<random.random.below(3)).map { _ in
                random.pick(RandomSearch.releases)
            })
        firstRelease = releases.randomElement(using: &random.random)
        lastRelease = releases.randomElement(using: &random.random)
        for _ in 0..<random.random.below(8) {
            let hour = lastSeen / Self.hourMicroseconds - Int64(random.random.below(80))
            hours[hour, default: 0] += Int64(1 + random.random.below(5))
        }
    }

    var title: String {
        if value.isEmpty { return type }
        return type.isEmpty || type == "Message" ? value : type + ": " + value
    }

    func write(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO issue (id, project, fingerprint, type, title, culprit, platform, level,
                    action, events, first_seen, first_offset, first_release, last_seen,
                    last_offset, last_release, users, accounts, status, until)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row, id.project, IssueID.text(id.fingerprint), type, value, culprit, platform,
                level.rawValue, action.rawValue, events, firstSeen, firstRelease, lastSeen,
                lastRelease, users, accounts, status.rawValue,
                hasCondition ? "{\"events\":5}" : nil,
            ])
        for (table, names) in [("environment", environments), ("release", releases)] {
            for name in names {
                try db.execute(
                    sql: "INSERT INTO issue_\(table) VALUES (?, ?, 1, 0, 0)",
                    arguments: [row, name])
            }
        }
        for (hour, events) in hours {
            let (day, hourOfDay) = (hour / 24, hour % 24)
            let column = hourOfDay < 10 ? "h0\(hourOfDay)" : "h\(hourOfDay)"
            try db.execute(
                sql: """
                    INSERT INTO issue_day (issue, day, \(column)) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET \(column) = excluded.\(column)
                    """, arguments: [row, day, events])
        }
    }

    /// Events of the 24 whole hours before a moment, less those of the 24 before them.
    func trend(at moment: Timestamp) -> Int64 {
        let end = moment.microseconds / Self.hourMicroseconds
        return hours.reduce(0) { sum, entry in
            switch end - entry.key {
            case 1...24: sum + entry.value
            case 25...48: sum - entry.value
            default: sum
            }
        }
    }
}

extension RandomSearch {
    /// Up to three words in a row, in upper case now and then.
    mutating func text() -> String {
        let text = (0..<random.below(4)).map { _ in pick(Self.words) }.joined(separator: " ")
        return random.chance(oneIn: 5) ? text.uppercased() : text
    }

    /// What is known of the people, projects and releases that searches name.
    mutating func facts(_ issues: [ModelIssue], _ search: Search) throws -> SearchFacts {
        let questions = try SearchQuestions(search)
        var facts = SearchFacts()
        for name in questions.projects.keys { facts.projects[name] = name == "shop" ? 1 : 2 }
        for person in questions.people.keys {
            facts.people[person] = issues.map(\.id).filter { _ in random.chance(oneIn: 3) }
        }
        for range in questions.releases {
            facts.releases[range] = Self.releases.flatMap { release in
                [1, 2].map { ProjectRelease(project: $0, release: release) }
            }.filter { _ in random.chance(oneIn: 3) }
        }
        for tag in questions.tags.keys {
            facts.tags[tag] = issues.map(\.id).filter { _ in random.chance(oneIn: 3) }
        }
        return facts
    }
}
