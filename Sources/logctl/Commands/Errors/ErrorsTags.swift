import ArgumentParser
import ErrorModel

struct ErrorsTags: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tags", abstract: "List what the events of an issue are tagged with.",
        discussion: "EXAMPLE: logctl errors tags 1-30b4d8a9847d6360 --format csv")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var past: PastOptions
    @Argument(help: "The issue's id.")
    var id: String

    private static let columns = [
        Column(title: "key", member: "key"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "share", member: "share", isNumber: true),
        Column(title: "value", member: "value", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            past.add(to: &query)
            let answer = try await server.client().json(
                .get, query.path("/api/error-issues/\(Query.encode(id))/tags"))
            let tags = answer["tags"]?.array ?? []
            let rows = tags.flatMap { tag in
                (tag["values"]?.array ?? []).map { value in
                    JSONValue.pairs(
                        [("key", tag["key"] ?? .null)]
                            + (value.members ?? []).map { ($0.key, $0.value) })
                }
            }
            Output(format: format.chosen).list(rows, columns: Self.columns)
            let cut = tags.filter { $0["complete"]?.bool == false }
                .compactMap { $0["key"]?.string }.map(Terminal.plain)
            if !cut.isEmpty {
                Terminal.note(
                    "more values than are kept: \(cut.joined(separator: ", ")); those shown are "
                        + "some of them, each with its exact count")
            }
        }
    }
}
