import ArgumentParser
import ErrorModel
import Glibc

struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "List the views, and fold them anew from the log.",
        subcommands: [
            ProjectionsList.self, ProjectionsRebuild.self, ProjectionsVerify.self,
            ProjectionsParked.self, ProjectionsRegroup.self,
        ])

    static let columns = [
        Column(title: "name", member: "name"),
        Column(title: "version", member: "version", isNumber: true),
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "lag", member: "lag", isNumber: true),
        Column(title: "parked", member: "parked", isNumber: true),
        Column(title: "gaps", member: "gaps", isNumber: true),
        Column(title: "rebuild", member: "rebuildText"),
        Column(title: "failure", member: "failure"),
    ]
}

struct ProjectionsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the views and how far each one is.",
        discussion: "EXAMPLE: logctl projections list")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions

    func run() async throws {
        try await report {
            let answer = try await server.client().json(.get, "/api/projections")
            Output(format: format.chosen).list(
                (answer["projections"]?.array ?? []).map(row), columns: ProjectionsCommand.columns)
        }
    }

    /// For people, with how far a rebuild is, as a column names it.
    private func row(_ view: JSONValue) -> JSONValue {
        guard format.chosen == .table || format.chosen == .csv else { return view }
        var text = view["rebuildFailure"]?.string.map { "failed: \($0)" }
        if let fold = view["rebuild"] { text = FoldWatch.text("at", fold) }
        return .object(
            (view.members ?? []) + [.init("rebuildText", text.map(JSONValue.string) ?? .null)])
    }
}

struct ProjectionsRebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Fold views anew from the log.",
        discussion: """
            EXAMPLE: logctl projections rebuild issues

            With a server the old rows are served until the new ones are whole; with --data it \
            works on the directory of a stopped server. With --verify views are compared first, and \
            only those that are not what the log gives are made anew; then it exits with 65.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Flag(help: "Compare first, and make anew only what differs.")
    var verify = false
    @Argument(help: "Names of views; none: all.")
    var names: [String] = []

    func run() async throws {
        try await report {
            if let directory = data.data { try rebuildOffline(directory) }
            let client = try server.client()
            var chosen = names.isEmpty ? ["all"] : names
            if verify {
                let proofs = try await ProjectionsVerify.verify(names, .digests, client)
                chosen = ProjectionsVerify.tellDifferences(proofs)
            }
            let answer = try await rebuild(chosen, client)
            Output(format: format.chosen).list(
                answer["projections"]?.array ?? [], columns: ProjectionsCommand.columns)
            if verify, !chosen.isEmpty {
                throw CommandFailure(
                    .data,
                    "made anew, since it was not what the log gives: "
                        + chosen.joined(separator: ", "))
            }
        }
    }

    private func rebuild(_ names: [String], _ client: Client) async throws -> JSONValue {
        var answer = JSONValue.null
        for name in names {
            answer = try await FoldWatch(client: client, member: "rebuild").run {
                try await client.json(.post, "/api/projections/\(Query.encode(name))/rebuild")
            }
        }
        return answer.isNull ? try await client.json(.get, "/api/projections") : answer
    }

    /// Becomes `logserver`: the folds and SQLite are in that program, so that this one starts fast.
    private func rebuildOffline(_ directory: String) throws {
        let command = verify ? ["verify-views", "--rebuild-different"] : ["rebuild-views"]
        try ServerProgram.become(command + ["--data", directory] + names, toDo: "folds the views")
    }
}
