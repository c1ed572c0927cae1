import ArgumentParser
import ErrorModel

struct SourceMapsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the scripts and source maps of a release.",
        discussion: "EXAMPLE: logctl sourcemaps list --origin shop --release 1.2.3")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var artifacts: ArtifactOptions

    private static let columns = [
        Column(title: "url", member: "url", isFlexible: true),
        Column(title: "kind", member: "kind"), Column(title: "dist", member: "dist"),
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "debug id", member: "debugId"),
        Column(title: "added", member: "addedAt"),
    ]

    func run() async throws {
        try await report {
            let client = try server.client()
            var rows: [JSONValue] = []
            var cursor: String?
            repeat {
                var query = Query()
                query.add("cursor", cursor)
                let answer = try await client.json(.get, query.path(artifacts.path))
                rows += answer["artifacts"]?.array ?? []
                cursor = answer["next"]?.string
            } while cursor != nil
            Output(format: format.chosen).list(rows, columns: Self.columns)
        }
    }
}

struct SourceMapsDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete scripts and source maps of a release.",
        discussion: """
            EXAMPLE: logctl sourcemaps delete --origin shop --release 1.2.3 --url ~/app.min.js.map

            With neither --url nor --debug-id, and with --all, every one of the release. Frames read \
            in minified names again; nothing else changes.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var artifacts: ArtifactOptions
    @Option(help: "The one with this URL.")
    var url: String?
    @Option(help: "Those with this debug id.")
    var debugId: String?
    @Flag(help: "All of the release.")
    var all = false

    func validate() throws {
        if [url != nil, debugId != nil, all].count(where: { $0 }) != 1 {
            throw ValidationError("give one of --url, --debug-id and --all")
        }
    }

    func run() async throws {
        try await report {
            var query = Query()
            query.add("url", url)
            query.add("debugId", debugId)
            // The server takes away so many at once.
            var removed: Int64 = 0
            var isDone = false
            while !isDone {
                let answer = try await server.client().json(.delete, query.path(artifacts.path))
                removed += answer["removed"]?.int64 ?? 0
                isDone = answer["more"]?.bool != true
            }
            Output(format: format.chosen).object(
                ["removed": .integer(removed)],
                columns: [Column(title: "removed", member: "removed", isNumber: true)])
        }
    }
}

/// Whose artifacts.
struct ArtifactOptions: ParsableArguments {
    @Option(name: [.long, .customLong("origin")], help: "The project (slug or number).")
    var project: String
    @Option(help: "The release; - for what has debug ids only.")
    var release: String

    var path: String { Self.path(project, release) }

    static func path(_ project: String, _ release: String) -> String {
        "\(ReleasesCommand.path(project))/\(Query.encode(release))/sourcemaps"
    }
}
