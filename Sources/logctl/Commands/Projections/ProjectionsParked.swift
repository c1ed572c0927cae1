import ArgumentParser
import ErrorModel

struct ProjectionsParked: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "List records that views could not fold, or try again.",
        discussion: """
            EXAMPLE: logctl projections parked issues --retry

            With --retry the view is folded anew from the log while the old rows serve; what still \
            cannot be folded is parked again, and then it exits with 65.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Flag(help: "Fold them again.")
    var retry = false
    @Argument(help: "Names of views; none: all.")
    var names: [String] = []

    private static let columns = [
        Column(title: "view", member: "view"),
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "time", member: "time"),
        Column(title: "type", member: "type"),
        Column(title: "project", member: "project"),
        Column(title: "id", member: "id"),
        Column(title: "error", member: "error", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            let client = try server.client()
            var chosen = names
            if chosen.isEmpty {
                // With --retry only those that have something to try again.
                chosen =
                    (try await client.json(.get, "/api/projections")["projections"]?.array ?? [])
                    .filter { !retry || $0["parked"]?.int64 != 0 }
                    .compactMap { $0["name"]?.string }
            }
            if retry { try await tryAgain(chosen, client) }
            var records: [JSONValue] = []
            for name in chosen { records += try await list(name, client) }
            Output(format: format.chosen).list(records, columns: Self.columns)
            if retry, !records.isEmpty {
                throw CommandFailure(
                    .data, "\(records.count) records still cannot be folded by this version")
            }
        }
    }

    private func tryAgain(_ names: [String], _ client: Client) async throws {
        for name in names {
            let path = "/api/projections/\(Query.encode(name))/parked/retry"
            let answer = try await FoldWatch(client: client, member: "rebuild").run {
                try await client.json(.post, path)
            }
            Terminal.note(
                "\(name): \(Cell.text(answer["before"])) were parked, now "
                    + Cell.text(answer["parked"]))
        }
    }

    private func list(_ name: String, _ client: Client) async throws -> [JSONValue] {
        var records: [JSONValue] = []
        var cursor: String?
        repeat {
            var query = Query()
            query.add("limit", Self.page)
            query.add("cursor", cursor)
            let answer = try await client.json(
                .get, query.path("/api/projections/\(Query.encode(name))/parked"))
            records += (answer["parked"]?.array ?? []).map {
                .object([.init("view", .string(name))] + ($0.members ?? []))
            }
            cursor = answer["next"]?.string
        } while cursor != nil
        return records
    }

    /// The server's bound for a page.
    private static let page = 100
}
