import ArgumentParser
import ErrorModel

struct ErrorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "errors", abstract: "List, read and triage issues.",
        subcommands: [
            ErrorsList.self, ErrorsGet.self, ErrorsEvents.self, ErrorsResolve.self,
            ErrorsReopen.self, ErrorsIgnore.self, ErrorsMute.self, ErrorsMerge.self,
            ErrorsUnmerge.self, ErrorsAssign.self, ErrorsComment.self, ErrorsUndo.self,
            ErrorsActivity.self, ErrorsTags.self, ErrorsExplain.self,
            ErrorsBisect.self, ErrorsTail.self,
        ])
}

/// The columns of issues, for tables and CSV.
enum IssueColumns {
    static let all = [
        Column(title: "id", member: "id"),
        Column(title: "project", member: "project"),
        Column(title: "status", member: "status"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "users", member: "users", isNumber: true),
        Column(title: "accounts", member: "accounts", isNumber: true),
        Column(title: "last seen", member: "lastSeen"),
        Column(title: "title", member: "title", isFlexible: true),
    ]

    /// CSV shows what scripts rely on.
    static let csv =
        all + [
            Column(title: "action", member: "action"),
            Column(title: "level", member: "level"),
            Column(title: "first seen", member: "firstSeen"),
            Column(title: "first release", member: "firstRelease"),
            Column(title: "last release", member: "lastRelease"),
            Column(title: "environments", member: "environments"),
        ]

    static func chosen(_ format: OutputFormat) -> [Column] { format == .csv ? csv : all }
}

struct ErrorsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List issues.",
        discussion:
            """
            EXAMPLE: logctl errors list --project shop --status open,regressed --sort events

            EXAMPLE: logctl errors list --query 'is:unresolved level:>=error lastSeen:-24h timeout'

            A query is made of words and of key:value; AND, OR, NOT or !, and parentheses join them. Keys: \
            is has project level action title type value culprit platform environment release firstRelease \
            lastRelease events users accounts firstSeen lastSeen user account tag.NAME. See "Search" in docs/API.md.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions

    @Option(help: "Only of this project (slug or number).")
    var project: String?
    @Option(
        help: """
            Only in these statuses: open, resolved, regressed, ignored, muted (default: all but ignored, \
            unless --query asks for a status).
            """)
    var status: String?
    @Option(help: "Only seen in this environment.")
    var environment: String?
    @Option(help: "Only seen in this release.")
    var release: String?
    @Option(help: "Only of this level: debug, info, warning, error, fatal.")
    var level: String?
    @Option(help: "Only those that this user has met (id, name or address); needs --project.")
    var user: String?
    @Option(help: "Only those that this account has met; needs --project.")
    var account: String?
    // It may begin with a '-', which is a negation.
    @Option(
        parsing: .unconditional,
        help: "Only those that this search finds, for example 'events:>100 !is:muted'.")
    var query: String?
    @Option(help: "lastSeen, firstSeen, events, users or trend.")
    var sort: String?
    @Option(help: "asc or desc.")
    var order: String?
    @Option(help: "How many at most, to 100.")
    var limit = 25
    @Flag(help: "All pages.")
    var all = false
    @Option(help: "Wait until the view reflects everything below this offset.")
    var atLeast: UInt64?
    @OptionGroup var past: PastOptions

    func run() async throws {
        try await report {
            let client = try server.client()
            var cursor: String?
            var issues: [JSONValue] = []
            repeat {
                let page = try await client.json(.get, path(cursor))
                issues += page["issues"]?.array ?? []
                if cursor == nil { noteIncomplete(page) }
                cursor = page["next"]?.string
            } while all && cursor != nil
            Output(format: format.chosen).list(issues, columns: IssueColumns.chosen(format.chosen))
            if cursor != nil {
                Terminal.note("there are more issues; ask for them with --limit or --all")
            }
        }
    }

    private func noteIncomplete(_ page: JSONValue) {
        for tag in (page["incompleteTags"]?.array ?? []).compactMap(\.string) {
            Terminal.note(
                "some issues have more values of the tag '\(Terminal.plain(tag))' than are kept, "
                    + "and may be missing")
        }
    }

    /// The server's bound for a page.
    private static let largestPage = 100

    private func path(_ cursor: String?) -> String {
        var query = Query()
        query.add("project", project)
        query.add("status", status)
        query.add("environment", environment)
        query.add("release", release)
        query.add("level", level)
        query.add("user", user)
        query.add("account", account)
        query.add("query", self.query)
        query.add("sort", sort)
        query.add("order", order)
        query.add("limit", all ? Self.largestPage : limit)
        query.add("cursor", cursor)
        query.add("at_least", atLeast.map(String.init))
        past.add(to: &query)
        return query.path("/api/error-issues")
    }
}

struct ErrorsGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show one issue with its latest event.",
        discussion: "EXAMPLE: logctl errors get 1-30b4d8a9847d6360")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var past: PastOptions
    @Argument(help: "The issue's id.")
    var id: String

    func run() async throws {
        try await report {
            var query = Query()
            past.add(to: &query)
            let issue = try await server.client().json(
                .get, query.path("/api/error-issues/\(Query.encode(id))"))
            Output(format: format.chosen).object(
                issue, columns: IssueColumns.chosen(format.chosen),
                text: { IssueText(issue: issue).text })
        }
    }
}

struct ErrorsEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "List the events of an issue, newest first.",
        discussion: "EXAMPLE: logctl errors events 1-30b4d8a9847d6360 --limit 50 --format ndjson")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The issue's id.")
    var id: String
    @Option(help: "How many at most, to 100.")
    var limit = 25
    @Option(help: "Only in this environment.")
    var environment: String?
    @Option(help: "Only in this release.")
    var release: String?
    @Option(help: "Only of this level.")
    var level: String?
    @Option(help: "Only of this user.")
    var user: String?
    @Option(help: "Only of this account.")
    var account: String?
    @Option(
        parsing: .unconditional,
        help: "Only those that this search finds, for example 'tag.region:eu !has:release'.")
    var query: String?
    @Option(help: "Only below this offset: where the page before ended.")
    var cursor: String?
    @OptionGroup var past: PastOptions

    private static let columns = [
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "time", member: "timestamp"),
        Column(title: "event", member: "id"),
        Column(title: "environment", member: "environment"),
        Column(title: "release", member: "release"),
        Column(title: "action", member: "action"),
        Column(title: "message", member: "message", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            query.add("limit", limit)
            query.add("environment", environment)
            query.add("release", release)
            query.add("level", level)
            query.add("user", user)
            query.add("account", account)
            query.add("query", self.query)
            query.add("cursor", cursor)
            past.add(to: &query)
            // A table shows no more.
            if format.chosen == .table { query.add("summary", "true") }
            let page = try await server.client().json(
                .get, query.path("/api/error-issues/\(Query.encode(id))/events"))
            Output(format: format.chosen).list(
                page["events"]?.array ?? [], columns: Self.columns)
            if let next = page["next"]?.string {
                Terminal.note("there are older events: --cursor \(next)")
            }
        }
    }
}
