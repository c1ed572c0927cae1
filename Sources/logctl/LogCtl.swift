import ArgumentParser
import ErrorModel

/// The `logctl` command.
@main
struct LogCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logctl",
        abstract: "Asks and steers a Faultlog server, and reads its data directory offline.",
        discussion: """
            EXAMPLE: logctl errors list --status open --format table

            It finds the server on its Unix socket (data/store/logserver.sock, or --socket, or \
            FAULTLOG_SOCKET), or over HTTP with --server URL --token TOKEN (FAULTLOG_SERVER, \
            FAULTLOG_TOKEN). Data goes to standard output, words go to standard error. Exit codes \
            are those of sysexits.h: 64 wrong usage, 65 damaged or refused data, 66 no such \
            thing, 69 no server, 70 an error inside the server, 74 output that cannot be \
            written, 75 try again, 77 no permission.
            """,
        version: ProgramVersion.text,
        subcommands: [
            ErrorsCommand.self, EventsCommand.self, FeedbackCommand.self, ReleasesCommand.self,
            EnvironmentsCommand.self, ProjectsCommand.self, LogCommand.self,
            ProjectionsCommand.self, StacksCommand.self, SourceMapsCommand.self, Send.self,
            Status.self, BackupCommand.self,
        ])

    static func main() async {
        Terminal.prepare()
        await main(LeadingOptions.moved(Array(CommandLine.arguments.dropFirst())))
    }
}
