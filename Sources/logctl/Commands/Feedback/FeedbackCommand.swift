import ArgumentParser
import ErrorModel

struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback", abstract: "Read what people wrote about errors.",
        subcommands: [FeedbackList.self])
}

struct FeedbackList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List feedback, newest first.",
        discussion: """
            EXAMPLES:
              logctl feedback list --project shop --unattached
              logctl feedback list --issue 1-30b4d8a9847d6360
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "All of this project (slug or number).")
    var project: String?
    @Option(help: "What is about this issue.")
    var issue: String?
    @Flag(help: "Only what is about no known issue.")
    var unattached = false
    @Option(help: "How many at most, to 100.")
    var limit = 25
    @Option(help: "Only below this offset: where the page before ended.")
    var cursor: String?

    private static let columns = [
        Column(title: "received", member: "receivedAt"),
        Column(title: "issue", member: "issue"),
        Column(title: "event", member: "event"),
        Column(title: "name", member: "name"),
        Column(title: "email", member: "email"),
        Column(title: "message", member: "message", isFlexible: true),
    ]

    func validate() throws {
        guard (project == nil) != (issue == nil) else {
            throw ValidationError("Give either --project or --issue.")
        }
        guard issue == nil || !unattached else {
            throw ValidationError("--unattached goes with --project.")
        }
    }

    func run() async throws {
        try await report {
            var query = Query()
            query.add("limit", limit)
            query.add("cursor", cursor)
            if unattached { query.add("unattached", 1) }
            let place =
                issue.map { "/api/error-issues/\(Query.encode($0))" }
                ?? "/api/projects/\(Query.encode(project ?? ""))"
            let page = try await server.client().json(.get, query.path("\(place)/feedback"))
            Output(format: format.chosen).list(
                page["feedback"]?.array ?? [], columns: Self.columns)
            if let next = page["next"]?.string {
                Terminal.note("there is older feedback: --cursor \(next)")
            }
        }
    }
}
