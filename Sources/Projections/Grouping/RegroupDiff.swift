package import ErrorModel
package import EventLog
import GRDB

/// What regrouping a project would do to its issues, with events and users; nothing is changed.
///
/// Issues are told one by one by their fingerprints, also where some were merged by hand.
package struct RegroupDiff: Sendable {
    /// What becomes of an issue.
    package enum Change: String, CaseIterable, Sendable {
        case stays
        /// All its events go on as they are, under another id.
        case moves
        case merges
        case splits
        case splitsAndMerges
    }

    package struct Side: Hashable, Sendable {
        package var fingerprint: UInt64
        package var events: Int
        package var users: Int
        package var usersAreExact: Bool
    }

    package struct Issue: Hashable, Sendable {
        /// The issue as it is.
        package var whole: Side
        package var title: String
        package var change: Change
        /// What its events would be in, the most first.
        package var into: [Side]
    }

    /// An issue as it would be, where several come together.
    package struct Union: Hashable, Sendable {
        package var whole: Side
        package var of: [Side]
    }

    package var project: UInt32
    package var from: FingerprintVersion
    package var to: FingerprintVersion
    /// Everything below it was looked at.
    package var offset: UInt64
    package var events: Int
    /// Events that can no longer say how they would be grouped: they go where the first one with
    /// their fingerprint goes.
    package var unknownEvents: Int
    /// Issues there are, and there would be.
    package var before: Int
    package var after: Int
    /// How many issues there are of each change.
    package var counts: [Change: Int]
    /// Those that do not stay, the most events first.
    package var issues: [Issue]
    /// Issues that would be made of several, the most events first.
    package var unions: [Union]
}

/// Why there is no diff.
package enum RegroupDiffError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooManyIssues(limit: Int)

    package var description: String {
        switch self {
        case .tooManyIssues(let limit):
            "the project has more than \(limit) issues: that many cannot be compared at once"
        }
    }
}

/// Compares two groupings of a project by its events.
///
/// Blocks its thread for as long as reading the payloads of the project takes.
package struct RegroupComparison {
    private struct Pair: Hashable {
        var from: UInt64
        var to: UInt64
    }

    private struct Tally {
        var number: Int64
        var events = 0
        var title: String
        var users: [UInt64] = []
    }

    /// Pairs of an issue that is and one that would be: with titles some 30 MB.
    package static let pairLimit = 100_000
    /// Keys of users in memory before they are added to the sets on disk: 8 MB.
    private static let pendingKeys = 1_000_000
    /// Enough to know an issue by; the list cuts them shorter.
    private static let titleLimit = 100
    private static let schema = """
        CREATE TABLE IF NOT EXISTS issue_people (
            issue INTEGER NOT NULL, kind INTEGER NOT NULL, part INTEGER NOT NULL,
            hashes BLOB NOT NULL, PRIMARY KEY (issue, kind, part)) WITHOUT ROWID;
        """

    private let project: UInt32
    private let to: FingerprintVersion
    private var now: Regrouping
    private var then: Regrouping
    private let end: UInt64
    private let reader: LogReader
    private let store: ViewStore
    private var people = PeopleStore(.issues)
    private var tallies: [Pair: Tally] = [:]
    private var pending = 0
    private var events = 0
    private var unknownEvents = 0

    /// - Parameters:
    ///   - end: records at or above it are not looked at.
    ///   - path: of a file for the sets of users, which goes when it is done.
    package static func run(
        _ log: EventLog, project: UInt32, to version: FingerprintVersion, until end: UInt64,
        scratch path: String, goesOn: (_ read: UInt64) -> Bool
    ) throws -> RegroupDiff {
        try ViewStore.delete(path: path)
        defer { try? ViewStore.delete(path: path) }
        let store = try ViewStore(scratch: path, schema: schema)
        defer { try? store.close() }
        var comparison = try RegroupComparison(log, project, version, end, store)
        try comparison.read(goesOn)
        return try comparison.diff()
    }

    private init(
        _ log: EventLog, _ project: UInt32, _ to: FingerprintVersion, _ end: UInt64,
        _ store: ViewStore
    ) throws {
        self.project = project
        self.to = to
        self.end = end
        self.store = store
        reader = log.makeReader()
        let groupings = try Groupings.inForce(below: end, reader)
        var wanted = groupings
        wanted[project] = Grouping(version: to, since: end)
        now = Regrouping(shown: groupings)
        then = Regrouping(shown: wanted)
    }

    private mutating func read(_ goesOn: (UInt64) -> Bool) throws {
        var next: UInt64 = 0
        while next < end {
            guard goesOn(next) else { throw CancellationError() }
            switch try reader.readBlock(containing: next, payload: false) {
            case nil: return
            case .gap(let offsets, _): next = offsets.upperBound
            case .block(let block):
                try add(block)
                // A long way through the log, whose segments may be dropped meanwhile.
                reader.forget()
                next = block.nextOffset
            }
        }
    }

    private mutating func add(_ block: LogBlock) throws {
        let isConcerned = (0..<block.count).contains { index in
            block.project(at: index) == project
                && block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue
        }
        guard isConcerned else { return }
        var lines = EventLines(reader)
        let range = 0..<Int(min(block.nextOffset, end) - block.baseOffset)
        for index in range where block.project(at: index) == project {
            guard block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue,
                // What cannot be read is parked by the folds.
                let digest = try? EventDigestView(block.section, in: block.digestRange(at: index))
            else { continue }
            try add(
                digest, block.header(at: index),
                try lines.fingerprints(at: block.baseOffset + UInt64(index)))
        }
    }

    private mutating func add(
        _ digest: EventDigestView, _ header: RecordHeader, _ known: Fingerprints
    ) throws {
        events += 1
        if known[to] == nil, digest.fingerprintVersion != to.rawValue { unknownEvents += 1 }
        let from = now.take(event: digest, at: header.offset, of: project) { known }
        let to = then.take(event: digest, at: header.offset, of: project) { known }
        let pair = Pair(
            from: from?.fingerprint ?? digest.fingerprint, to: to?.fingerprint ?? digest.fingerprint
        )
        if tallies[pair] == nil {
            guard tallies.count < Self.pairLimit else {
                throw RegroupDiffError.tooManyIssues(limit: Self.pairLimit)
            }
            tallies[pair] = Tally(number: Int64(tallies.count), title: Self.title(digest))
        }
        tallies[pair]?.events += 1
        guard header.keys.user != 0 else { return }
        tallies[pair]?.users.append(header.keys.user)
        pending += 1
        if pending >= Self.pendingKeys { try flush() }
    }

    private static func title(_ digest: EventDigestView) -> String {
        let (type, value) = (digest.type, digest.value)
        let title =
            value.isEmpty ? type : type == "Message" || type.isEmpty ? value : "\(type): \(value)"
        return String(title.prefix(titleLimit))
    }

    private mutating func flush() throws {
        var people = people
        var tallies = tallies
        try store.pool.write { db in
            let rows = try PeopleRows(db, .issues)
            for (pair, tally) in tallies where !tally.users.isEmpty {
                _ = try people.add(
                    tally.users, to: .init(owner: tally.number, kind: .users), isNewOwner: false,
                    rows)
                tallies[pair]?.users = []
            }
        }
        people.trim()
        (self.people, self.tallies, pending) = (people, tallies, 0)
    }

    // MARK: the answer

    private mutating func diff() throws -> RegroupDiff {
        try flush()
        var into: [UInt64: [Pair]] = [:]
        var out: [UInt64: [Pair]] = [:]
        for pair in tallies.keys {
            into[pair.from, default: []].append(pair)
            out[pair.to, default: []].append(pair)
        }
        var diff = RegroupDiff(
            project: project, from: now.shown[project].version, to: to, offset: end,
            events: events, unknownEvents: unknownEvents, before: into.count, after: out.count,
            counts: [:], issues: [], unions: [])
        for (fingerprint, pairs) in into {
            let change = Self.change(fingerprint, pairs, out)
            diff.counts[change, default: 0] += 1
            if change == .stays { continue }
            // The title of the first event of it that was met.
            let first = pairs.compactMap { tallies[$0] }.min { $0.number < $1.number }
            diff.issues.append(
                RegroupDiff.Issue(
                    whole: try side(fingerprint, pairs), title: first?.title ?? "", change: change,
                    into: try Self.sorted(pairs.map { try side($0.to, [$0]) })))
        }
        for (fingerprint, pairs) in out where pairs.count > 1 {
            diff.unions.append(
                RegroupDiff.Union(
                    whole: try side(fingerprint, pairs),
                    of: try Self.sorted(pairs.map { try side($0.from, [$0]) })))
        }
        diff.issues.sort {
            ($1.whole.events, $0.whole.fingerprint) < ($0.whole.events, $1.whole.fingerprint)
        }
        diff.unions.sort {
            ($1.whole.events, $0.whole.fingerprint) < ($0.whole.events, $1.whole.fingerprint)
        }
        return diff
    }

    private static func change(
        _ fingerprint: UInt64, _ pairs: [Pair], _ out: [UInt64: [Pair]]
    ) -> RegroupDiff.Change {
        let isShared = pairs.contains { (out[$0.to]?.count ?? 0) > 1 }
        if pairs.count > 1 { return isShared ? .splitsAndMerges : .splits }
        if isShared { return .merges }
        return pairs.first?.to == fingerprint ? .stays : .moves
    }

    private static func sorted(_ sides: [RegroupDiff.Side]) -> [RegroupDiff.Side] {
        sides.sorted { ($1.events, $0.fingerprint) < ($0.events, $1.fingerprint) }
    }

    /// All pairs together, under one fingerprint.
    private func side(_ fingerprint: UInt64, _ pairs: [Pair]) throws -> RegroupDiff.Side {
        var users = DistinctCounter()
        var events = 0
        for pair in pairs {
            guard let tally = tallies[pair] else { continue }
            events += tally.events
            users.formUnion(
                try store.pool.read { db in
                    try PeopleStore.read(
                        .init(owner: tally.number, kind: .users), .issues, db)
                })
        }
        return RegroupDiff.Side(
            fingerprint: fingerprint, events: events, users: users.count,
            usersAreExact: users.isExact)
    }
}
