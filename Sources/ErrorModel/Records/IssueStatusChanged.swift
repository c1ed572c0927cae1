/// How an issue was resolved, as the record names it; the offsets of the releases are the folds'.
package enum ResolutionName: Hashable, Sendable {
    case anyRelease
    case inRelease(String)
    case inNextRelease(after: String?)
}

/// The status of an issue was changed, by a person or because a condition was met.
///
/// A fold takes it only where the issue is in `from` and at version `version`; of two changes
/// that were made at once the one that comes first in the log holds.
package struct IssueStatusChanged: StateRecord, Hashable {
    package static let kind = RecordKind.issueStatusChanged

    package var issue: IssueID
    package var from: IssueStatus
    package var to: IssueStatus
    /// The version of the issue that this change was made from.
    package var version: UInt64
    package var actor: String
    package var actorKind: StatusActor
    /// Only where `to` is `resolved`.
    package var resolution: ResolutionName?
    /// Only where `to` is `ignored` or `muted`; nil: for ever.
    package var until: UntilCondition?
    package var comment: String?

    package init(
        issue: IssueID, from: IssueStatus, to: IssueStatus, version: UInt64, actor: String,
        actorKind: StatusActor, resolution: ResolutionName? = nil, until: UntilCondition? = nil,
        comment: String? = nil
    ) {
        self.issue = issue
        self.from = from
        self.to = to
        self.version = version
        self.actor = actor
        self.actorKind = actorKind
        self.resolution = resolution
        self.until = until
        self.comment = comment
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            issue: try reader.issue(), from: try reader.choice("from", IssueStatus.self),
            to: try reader.choice("to", IssueStatus.self), version: try reader.unsigned("version"),
            actor: try reader.string("actor"),
            actorKind: data["system"]?.bool == true ? .system : .person,
            comment: data["comment"]?.string)
        if to == .resolved { resolution = ResolutionName(data) }
        if let condition = data["until"] {
            guard let until = UntilCondition(condition) else { throw reader.fail("until") }
            self.until = until
        }
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("issue", .string(issue.description)), ("from", .string(from.rawValue)),
            ("to", .string(to.rawValue)), ("version", .integer(version)),
            ("actor", .string(actor)),
        ]
        if actorKind == .system { members.append(("system", true)) }
        members += resolution?.members ?? []
        if let until { members.append(("until", until.json)) }
        if let comment { members.append(("comment", .string(comment))) }
        return .pairs(members)
    }
}

extension ResolutionName {
    /// `release`, or `inNextRelease` and `after`; none for no release.
    var members: [(String, JSONValue)] {
        switch self {
        case .anyRelease: []
        case .inRelease(let release): [("release", .string(release))]
        case .inNextRelease(let after):
            [("inNextRelease", true), ("after", after.map(JSONValue.string) ?? .null)]
        }
    }

    /// Reads those members.
    init(_ data: JSONValue) {
        if data["inNextRelease"]?.bool == true {
            self = .inNextRelease(after: data["after"]?.string)
        } else if let release = data["release"]?.string {
            self = .inRelease(release)
        } else {
            self = .anyRelease
        }
    }

    /// The word in the column `resolution` of the issues view.
    package var word: String {
        switch self {
        case .anyRelease: "any"
        case .inRelease: "release"
        case .inNextRelease: "next"
        }
    }

    /// The release that it names.
    package var release: String? {
        switch self {
        case .anyRelease: nil
        case .inRelease(let release): release
        case .inNextRelease(let after): after
        }
    }
}

extension UntilCondition {
    /// Bounds of the numbers in a condition: far beyond use, and small enough that what a policy
    /// keeps in memory for one (`users`, `window`) stays below a megabyte.
    package static let countRange: ClosedRange<Int64> = 1...100_000
    package static let secondsRange: ClosedRange<Int64> = 1...31_536_000

    /// Reads `{"time":"…"}`, `{"events":N}`, `{"users":N}` or `{"events":N,"seconds":S}`.
    package init?(_ json: JSONValue) {
        func count(_ member: String, _ range: ClosedRange<Int64>) -> Int? {
            guard let value = json[member]?.int64, range.contains(value) else { return nil }
            return Int(value)
        }
        if let text = json["time"]?.string, let time = Timestamp(text: text) {
            self = .time(time.microseconds)
        } else if json["seconds"] != nil {
            guard let events = count("events", Self.countRange),
                let seconds = count("seconds", Self.secondsRange)
            else { return nil }
            self = .window(events: events, seconds: seconds)
        } else if let events = count("events", Self.countRange) {
            self = .events(events)
        } else if let users = count("users", Self.countRange) {
            self = .users(users)
        } else {
            return nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .time(let time): ["time": .string(Timestamp(microseconds: time).text)]
        case .events(let count): ["events": .integer(count)]
        case .users(let count): ["users": .integer(count)]
        case .window(let events, let seconds):
            ["events": .integer(events), "seconds": .integer(seconds)]
        }
    }
}
