import ArgumentParser
import ErrorModel

struct EnvironmentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "environments", abstract: "Compare the environments of a project.",
        subcommands: [EnvironmentsList.self], defaultSubcommand: EnvironmentsList.self)
}

struct EnvironmentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show how many errors each environment had, by the hour and by its sessions.",
        discussion:
            "EXAMPLE: logctl environments list --project shop --from 2026-11-20T00:00:00Z")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var past: PastOptions
    @Option(help: "The project (slug or number).")
    var project: String
    @Option(help: "From this time (RFC 3339), to the hour; else a week before the end.")
    var from: String?
    @Option(help: "Up to this time, to the hour; else now.")
    var to: String?

    private static let columns = [
        Column(title: "environment", member: "name"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "share", member: "share", isNumber: true),
        Column(title: "events/hour", member: "eventsPerHour", isNumber: true),
        Column(title: "issues", member: "issues", isNumber: true),
        Column(title: "sessions", member: "sessions", isNumber: true),
        Column(title: "events/1000 sessions", member: "eventsPerThousandSessions", isNumber: true),
        Column(title: "crash-free sessions", member: "crashFreeSessions", isNumber: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            query.add("from", from)
            query.add("to", to)
            past.add(to: &query)
            let answer = try await server.client().json(
                .get, query.path("/api/origins/\(Query.encode(project))/environments"))
            Output(format: format.chosen).list(
                answer["environments"]?.array ?? [], columns: Self.columns)
        }
    }
}
