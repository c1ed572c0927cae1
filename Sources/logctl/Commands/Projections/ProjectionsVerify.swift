import ArgumentParser
import ErrorModel

/// Where the digests of events come from.
enum FoldSourceName: String, CaseIterable, ExpressibleByArgument {
    case digests
    case payloads
}

struct ProjectionsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Fold views anew beside the serving ones, and compare.",
        discussion: """
            EXAMPLE: logctl projections verify issues

            Row by row, at the same offset; nothing is changed, and the server goes on. With \
            --data it works on the directory of a stopped server. Exits with 65 where a view is \
            not what the log gives, and says where the two differ first.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Option(
        help: """
            digests: as the log has them; payloads: events are decoded and grouped anew, which \
            shows what later rules would change.
            """)
    var from = FoldSourceName.digests
    @Argument(help: "Names of views; none: all.")
    var names: [String] = []

    private static let columns = [
        Column(title: "name", member: "name"),
        Column(title: "equal", member: "equal"),
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "begin", member: "begin", isNumber: true),
        Column(title: "rows", member: "rows", isNumber: true),
        Column(title: "milliseconds", member: "milliseconds", isNumber: true),
    ]

    func run() async throws {
        try await report {
            if let directory = data.data {
                try ServerProgram.become(
                    ["verify-views", "--data", directory, "--from", from.rawValue] + names,
                    toDo: "folds the views")
            }
            let proofs = try await Self.verify(names, from, try server.client())
            Output(format: format.chosen).list(proofs, columns: Self.columns)
            let different = Self.tellDifferences(proofs)
            if !different.isEmpty {
                throw CommandFailure(
                    .data,
                    "not what the log gives: \(different.joined(separator: ", ")); make it anew "
                        + "with 'logctl projections rebuild'")
            }
        }
    }

    /// Has the server compare views.
    static func verify(
        _ names: [String], _ from: FoldSourceName, _ client: Client
    ) async throws -> [JSONValue] {
        var proofs: [JSONValue] = []
        for name in names.isEmpty ? ["all"] : names {
            var query = Query()
            query.add("from", from.rawValue)
            let path = query.path("/api/projections/\(Query.encode(name))/verify")
            let answer = try await FoldWatch(client: client, member: "verify").run {
                try await client.json(.post, path)
            }
            proofs += answer["views"]?.array ?? []
        }
        return proofs
    }

    /// Says where views differ first, and returns their names.
    static func tellDifferences(_ proofs: [JSONValue]) -> [String] {
        proofs.compactMap { proof in
            guard let difference = proof["difference"], !difference.isNull,
                let name = proof["name"]?.string
            else { return nil }
            func text(_ member: String) -> String {
                Terminal.plain(difference[member]?.string ?? "no such row")
            }
            let column = difference["column"]?.string.map { ", column \($0)" } ?? ""
            Terminal.note(
                "\(name): table \(text("table")), row \(text("key"))\(column): the serving view has "
                    + "\(text("served")), the log gives \(text("folded"))")
            return name
        }
    }
}
