import ArgumentParser
import ErrorModel

struct LogRetain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retain", abstract: "Drop the oldest part of the log, in whole segments.",
        discussion: """
            EXAMPLE: logctl log retain --keep-days 90 --dry-run

            Counts, issues and projects stay as they are; the events themselves are gone. The \
            flags --keep-days and --keep-bytes of logserver do the same every hour.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "Drop segments whose records are all older.")
    var keepDays: UInt64?
    @Option(help: "Drop the oldest segments while the log has more bytes.")
    var keepBytes: UInt64?
    @Flag(help: "Take out the payloads that projects keep no longer (projects set --keep-days).")
    var projects = false
    @Flag(help: "Only say what would go.")
    var dryRun = false

    private static let columns = [
        Column(title: "dry run", member: "dryRun"),
        Column(title: "segments", member: "segments", isNumber: true),
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "first offset", member: "firstOffset", isNumber: true),
    ]

    private static let projectColumns = [
        Column(title: "project", member: "project"),
        Column(title: "before", member: "before"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "segments", member: "segments", isNumber: true),
        Column(title: "bytes", member: "bytes", isNumber: true),
    ]

    func validate() throws {
        if projects ? keepDays != nil || keepBytes != nil : keepDays == nil && keepBytes == nil {
            throw ValidationError(
                "say what is kept: --keep-days, --keep-bytes, or both; or --projects alone")
        }
    }

    func run() async throws {
        try await report {
            var members: [(String, JSONValue)] = [("dryRun", .bool(dryRun))]
            if projects {
                members.append(("projects", true))
                let answer = try await server.client().json(
                    .post, "/api/log/retention", body: .pairs(members))
                Output(format: format.chosen).list(
                    answer["projects"]?.array ?? [], columns: Self.projectColumns)
                return
            }
            if let keepDays { members.append(("keepDays", .number(String(keepDays)))) }
            if let keepBytes { members.append(("keepBytes", .number(String(keepBytes)))) }
            let answer = try await server.client().json(
                .post, "/api/log/retention", body: .pairs(members))
            Output(format: format.chosen).object(answer, columns: Self.columns)
        }
    }
}
