import ArgumentParser
import ErrorModel

struct LogErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Take the events of one person out of the log.",
        discussion: """
            EXAMPLE: logctl log erase --project shop --user alice@example.org --dry-run

            The person is named as the events name them: by the id, else the user name, the e-mail \
            or the address. Without --yes nothing is changed, and the answer says what would be. \
            Counts stay as they are; what the person sent, and who it was, is gone for good. \
            Backups and exports are not reached.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The project (slug or number).")
    var project: String
    @Option(help: "The person, as events name them.")
    var user: String
    @Flag(help: "Only say what would be erased; this is what happens without --yes, too.")
    var dryRun = false
    @Flag(help: "Erase: there is no way back.")
    var yes = false

    private static let columns = [
        Column(title: "applied", member: "applied"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "segments", member: "segments", isNumber: true),
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "quarantine files", member: "quarantineFiles", isNumber: true),
        Column(title: "snapshot issues", member: "snapshotIssues", isNumber: true),
        Column(title: "record", member: "recordOffset", isNumber: true),
    ]

    func validate() throws {
        if dryRun && yes { throw ValidationError("give --dry-run or --yes, not both") }
    }

    func run() async throws {
        try await report {
            let answer = try await server.client().json(
                .post, "/api/log/erase",
                body: .pairs([
                    ("project", .string(project)), ("user", .string(user)),
                    ("apply", .bool(yes)),
                ]))
            Output(format: format.chosen).object(answer, columns: Self.columns)
            for gap in answer["unreadable"]?.array ?? [] {
                Terminal.note(
                    "not looked at: records \(Cell.text(gap["first"])) to "
                        + "\(Cell.text(gap["last"])) cannot be read "
                        + "(\(Cell.text(gap["reason"])))")
            }
            if yes, let outside = answer["outside"]?.string {
                Terminal.note(Terminal.plain(outside))
            }
            if !yes { Terminal.note("nothing was changed; --yes erases") }
        }
    }
}
