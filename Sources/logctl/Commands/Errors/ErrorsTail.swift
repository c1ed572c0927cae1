import ArgumentParser
import ErrorModel

struct ErrorsTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follow events and changes of issues as they come.",
        discussion: """
            EXAMPLE: logctl errors tail --query 'is:regressed level:>=error' --changes

            Only of the issues that the search finds, as they stand when a line comes. --environment, \
            --release and --level are those of the event. Ends with Ctrl-C; --from OFFSET begins in \
            the past, and with --once ends at the present.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "Only of this project (slug or number).")
    var project: String?
    // It may begin with a '-', which is a negation.
    @Option(parsing: .unconditional, help: "Only of issues that this search finds.")
    var query: String?
    @Option(help: "Only events of this environment.")
    var environment: String?
    @Option(help: "Only events of this release.")
    var release: String?
    @Option(help: "Only events of this level.")
    var level: String?
    @Flag(help: "Only changes: of status, regressions, merges, assignments, comments, undos.")
    var changes = false
    @Flag(help: "Only events.")
    var events = false
    @Option(help: "Begin at this offset instead of the end.")
    var from: UInt64?
    @Flag(help: "End at the present instead of waiting for more.")
    var once = false

    private static let changeTypes =
        "issue.status_changed,issue.regressed,issue.merged,issue.unmerged,issue.assigned,"
        + "issue.commented,issue.act_undone"

    func validate() throws {
        if changes, events { throw ValidationError("give --changes or --events, or neither") }
    }

    func run() async throws {
        try await report {
            var query = Query()
            query.add("project", project)
            query.add("query", self.query)
            query.add("environment", environment)
            query.add("release", release)
            query.add("level", level)
            query.add("from", from.map(String.init))
            if changes { query.add("type", Self.changeTypes) }
            if events { query.add("type", "event.captured") }
            if once { query.add("once", 1) }
            var output = LineOutput(format: format.chosen)
            var rest: [UInt8] = []
            var shown: [UInt8]?
            try await server.client().stream(query.path("/api/tail")) { part in
                rest += part
                guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
                for line in rest[..<last].split(separator: UInt8(ascii: "\n")) {
                    output.write(line)
                    shown = Array(line)
                }
                rest.removeSubrange(...last)
            }
            if !once { throw CommandFailure.tailEnded(shown) }
        }
    }

    /// A line a record.
    private struct LineOutput {
        let format: OutputFormat
        private var rows = RecordOutput(format: .csv, columns: Self.columns)

        init(format: OutputFormat) {
            self.format = format
        }

        private static let columns = [
            Column(title: "offset", member: "offset"), Column(title: "time", member: "time"),
            Column(title: "type", member: "type"), Column(title: "project", member: "project"),
            Column(title: "issue", member: "issue"), Column(title: "title", member: "title"),
            Column(title: "status", member: "status"), Column(title: "level", member: "level"),
            Column(title: "events", member: "events"),
        ]

        mutating func write(_ line: ArraySlice<UInt8>) {
            if format == .csv { return rows.write(line) }
            guard format == .table, let json = try? JSONValue(parsing: Array(line)) else {
                return Terminal.write(Array(line) + [UInt8(ascii: "\n")])
            }
            let what =
                switch json["type"]?.string ?? "" {
                case "event.captured": json["isNew"]?.bool == true ? "new issue" : "event"
                case let type: Self.words(type, json["details"])
                }
            let title = Terminal.plain(json["title"]?.string ?? "")
            Terminal.write(
                line: [
                    Cell.text(json["time"]), Cell.text(json["project"]), what,
                    Cell.text(json["issue"]), title,
                ].joined(separator: "  "))
        }

        private static func words(_ type: String, _ details: JSONValue?) -> String {
            let name = type.replacing("issue.", with: "").replacing("_", with: " ")
            guard let from = details?["from"]?.string, let to = details?["to"]?.string else {
                return name
            }
            return "\(from) -> \(to)"
        }
    }
}
