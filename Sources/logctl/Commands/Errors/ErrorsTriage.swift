import ArgumentParser
import ErrorModel

/// What all changes of status take.
struct TriageOptions: ParsableArguments {
    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The issue's id.")
    var id: String
    @Option(help: "Why; kept in the history.")
    var comment: String?
    @Option(name: .customLong("issue-version"), help: "Refuse if the issue is at another version.")
    var issueVersion: UInt64?

    func send(_ status: IssueStatus, _ more: [(String, JSONValue)] = []) async throws {
        var members: [(String, JSONValue)] = [("status", .string(status.rawValue))]
        if let user = ServerOptions.environment("USER") { members.append(("actor", .string(user))) }
        if let comment { members.append(("comment", .string(comment))) }
        if let issueVersion { members.append(("version", .integer(issueVersion))) }
        let issue = try await server.client().json(
            .patch, "/api/error-issues/\(Query.encode(id))/status", body: .pairs(members + more))
        Output(format: format.chosen).object(issue, columns: IssueColumns.chosen(format.chosen))
    }
}

struct ErrorsResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Resolve an issue.",
        discussion: "EXAMPLE: logctl errors resolve 1-30b4d8a9847d6360 --release 1.2.3")

    @OptionGroup var triage: TriageOptions
    @Option(help: "The release that has the fix.")
    var release: String?
    @Flag(help: "The fix is in whatever comes after the newest release.")
    var nextRelease = false

    func validate() throws {
        if release != nil, nextRelease {
            throw ValidationError("give either --release or --next-release")
        }
    }

    func run() async throws {
        try await report {
            var more: [(String, JSONValue)] = []
            if let release { more.append(("release", .string(release))) }
            if nextRelease { more.append(("inNextRelease", true)) }
            try await triage.send(.resolved, more)
        }
    }
}

struct ErrorsReopen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Open an issue that is resolved, regressed, ignored or muted.",
        discussion: "EXAMPLE: logctl errors reopen 1-30b4d8a9847d6360 --comment 'still there'")

    @OptionGroup var triage: TriageOptions

    func run() async throws {
        try await report { try await triage.send(.open) }
    }
}

/// When an ignored or muted issue opens again.
struct UntilOptions: ParsableArguments {
    @Option(help: "Until this time (RFC 3339).")
    var until: String?
    @Option(help: "Until so many more events; with --within, inside so many seconds.")
    var events: Int?
    @Option(help: "Until so many more users.")
    var users: Int?
    @Option(help: "Seconds, with --events.")
    var within: Int?

    func validate() throws {
        if [until != nil, events != nil, users != nil].filter({ $0 }).count > 1 {
            throw ValidationError("give one of --until, --events, --users")
        }
        if within != nil, events == nil { throw ValidationError("--within goes with --events") }
        if let until, Timestamp(text: until) == nil {
            throw ValidationError("--until takes a time such as 2027-01-01T00:00:00Z")
        }
        if [events, users, within].contains(where: { ($0 ?? 1) < 1 }) {
            throw ValidationError("--events, --users and --within take a number from 1 on")
        }
    }

    var members: [(String, JSONValue)] {
        var condition: [(String, JSONValue)] = []
        if let until { condition.append(("time", .string(until))) }
        if let events { condition.append(("events", .integer(events))) }
        if let users { condition.append(("users", .integer(users))) }
        if let within { condition.append(("seconds", .integer(within))) }
        return condition.isEmpty ? [] : [("until", .pairs(condition))]
    }
}

struct ErrorsIgnore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ignore", abstract: "Take an issue off the list, for ever or until something.",
        discussion: "EXAMPLE: logctl errors ignore 1-30b4d8a9847d6360 --events 100 --within 3600")

    @OptionGroup var triage: TriageOptions
    @OptionGroup var until: UntilOptions

    func run() async throws {
        try await report { try await triage.send(.ignored, until.members) }
    }
}

struct ErrorsMute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Keep an issue listed without alerts, for ever or until something.",
        discussion: "EXAMPLE: logctl errors mute 1-30b4d8a9847d6360 --until 2027-01-01T00:00:00Z")

    @OptionGroup var triage: TriageOptions
    @OptionGroup var until: UntilOptions

    func run() async throws {
        try await report { try await triage.send(.muted, until.members) }
    }
}
