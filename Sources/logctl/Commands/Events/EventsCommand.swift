import ArgumentParser
import ErrorModel

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Read single events, and what came beside them.",
        subcommands: [EventsGet.self, EventsFiles.self, EventsLogs.self])
}

struct EventsGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show one event.",
        discussion: "EXAMPLE: logctl events get fc6d8c0c43fc4630ad850ee518f1b9d0 --format json")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The event's id.")
    var id: String
    @Option(help: "Of this project (slug or number), where several have the id.")
    var project: String?

    private static let columns = [
        Column(title: "event", member: "id"), Column(title: "project", member: "project"),
        Column(title: "issue", member: "issue"), Column(title: "time", member: "timestamp"),
        Column(title: "level", member: "level"), Column(title: "action", member: "action"),
        Column(title: "type", member: "type"), Column(title: "message", member: "message"),
        Column(title: "release", member: "release"),
        Column(title: "environment", member: "environment"),
        Column(title: "user", member: "user"), Column(title: "trace", member: "traceId"),
        Column(title: "offset", member: "offset", isNumber: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            query.add("project", project)
            let event = try await server.client().json(
                .get, query.path("/api/events/\(Query.encode(id))"))
            Output(format: format.chosen).object(event, columns: Self.columns)
            guard format.chosen == .table, event["frames"]?.array?.isEmpty == false else { return }
            let lines = ["", "nearest to the throw first:"] + StackLines(event: event).lines
            for line in lines { Terminal.write(line: line) }
        }
    }
}

struct EventsLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "List the lines of logs around an event, or of a trace.",
        discussion: """
            EXAMPLES:
              logctl events logs fc6d8c0c43fc4630ad850ee518f1b9d0
              logctl events logs --trace 4bf92f3577b34da6a3ce929d0e0e4736 --project shop
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The event's id: five minutes before and after it, of its trace.")
    var id: String?
    @Option(help: "All of this trace; needs --project.")
    var trace: String?
    @Option(help: "The project (slug or number).")
    var project: String?
    @Option(help: "Of a trace: not before this time, such as 2026-11-20T10:00:00Z.")
    var since: String?
    @Option(help: "Of a trace: not after this time.")
    var until: String?
    @Option(help: "How many at most: the newest.")
    var limit: Int?

    func validate() throws {
        guard (id == nil) != (trace == nil) else {
            throw ValidationError("Give either the id of an event or --trace.")
        }
        guard trace == nil || project != nil else {
            throw ValidationError("--trace needs --project.")
        }
        guard trace != nil || (since == nil && until == nil) else {
            throw ValidationError("--since and --until go with --trace.")
        }
    }

    private static let columns = [
        Column(title: "time", member: "timestamp"), Column(title: "level", member: "level"),
        Column(title: "message", member: "message", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            query.add("project", project)
            query.add("trace", trace)
            query.add("from", since)
            query.add("to", until)
            query.add("limit", limit)
            let path = id.map { "/api/events/\(Query.encode($0))/logs" } ?? "/api/logs"
            let page = try await server.client().json(.get, query.path(path))
            Output(format: format.chosen).list(page["logs"]?.array ?? [], columns: Self.columns)
            if page["complete"] == .bool(false) {
                Terminal.note(
                    "there are more lines: --limit shows more, --trace --until earlier ones")
            }
        }
    }
}
