import ArgumentParser
import ErrorModel
import Glibc

struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "List the views, and fold them anew from the log.",
        subcommands: [ProjectionsList.self, ProjectionsRebuild.self])

    static let columns = [
        Column(title: "name", member: "name"),
        Column(title: "version", member: "version", isNumber: true),
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "lag", member: "lag", isNumber: true),
        Column(title: "parked", member: "parked", isNumber: true),
        Column(title: "gaps", member: "gaps", isNumber: true),
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
                answer["projections"]?.array ?? [], columns: ProjectionsCommand.columns)
        }
    }
}

struct ProjectionsRebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Fold views anew from the log.",
        discussion: """
            EXAMPLE: logctl projections rebuild issues

            With a server the old rows are served until the new ones are whole; with --data it \
            works on the directory of a stopped server.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "A view's name; none: all.")
    var name: String?

    func run() async throws {
        try await report {
            if let directory = data.data { try rebuildOffline(directory) }
            let answer = try await server.client().json(
                .post, "/api/projections/\(Query.encode(name ?? "all"))/rebuild")
            Output(format: format.chosen).list(
                answer["projections"]?.array ?? [], columns: ProjectionsCommand.columns)
        }
    }

    /// Becomes `logserver rebuild-views`: the folds and SQLite are in that program, so that this
    /// one starts fast.
    private func rebuildOffline(_ directory: String) throws {
        try ServerProgram.become(
            ["rebuild-views", "--data", directory] + (name.map { [$0] } ?? []),
            toDo: "folds the views")
    }
}
