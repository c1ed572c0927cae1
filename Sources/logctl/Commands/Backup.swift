import ArgumentParser
import ErrorModel
import Glibc

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the data directory, while the server goes on.",
        discussion: """
            EXAMPLE: logctl backup --to /backup/monday

            The copy is made by the server, on its machine; with --data by this command, of a \
            stopped server. `logserver --data COPY` starts from it. Closed segments are linked where \
            both are on one file system: take the copy to another disk, or use --copy.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The folder of the copy; it must not be there yet.", completion: .directory)
    var to: String
    @Flag(help: "Copy every byte, also where files could be shared.")
    var copy = false

    private static let columns = [
        Column(title: "to", member: "to"),
        Column(title: "next offset", member: "nextOffset", isNumber: true),
        Column(title: "segments", member: "segments", isNumber: true),
        Column(title: "linked", member: "linked", isNumber: true),
        Column(title: "copied bytes", member: "copiedBytes", isNumber: true),
        Column(title: "gaps", member: "gaps", isNumber: true),
    ]

    func run() async throws {
        try await report {
            if let directory = data.data {
                try ServerProgram.become(
                    ["back-up", "--data", directory, "--to", absolute]
                        + (copy ? ["--copy"] : []),
                    toDo: "makes backups")
            }
            let answer = try await server.client().json(
                .post, "/api/log/backup",
                body: .pairs([("to", .string(absolute)), ("copy", .bool(copy))]))
            Output(format: format.chosen).object(answer, columns: Self.columns)
        }
    }

    /// The server has a working directory of its own.
    private var absolute: String {
        if to.hasPrefix("/") { return to }
        guard let here = getcwd(nil, 0) else { return to }
        defer { free(here) }
        return String(cString: here) + "/" + to
    }
}
