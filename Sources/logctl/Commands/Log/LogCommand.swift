import ArgumentParser
import ErrorModel

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Read, check and keep the log.",
        subcommands: [
            LogTail.self, LogCat.self, LogStat.self, LogVerify.self, LogRetain.self,
            LogErase.self, LogExport.self, LogImport.self,
            LogRepairCommand.self,
        ])
}

/// Writes records, each a line of the log, in the format asked for.
struct RecordOutput {
    let format: OutputFormat
    private let columns: [Column]
    private var isFirst = true

    init(format: OutputFormat, columns: [Column] = Self.columns) {
        self.format = format
        self.columns = columns
    }

    private static let columns = [
        Column(title: "offset", member: "offset"), Column(title: "time", member: "time"),
        Column(title: "type", member: "type"), Column(title: "project", member: "project"),
        Column(title: "id", member: "id"), Column(title: "data", member: "data"),
    ]
    /// A table's line ends here: data is as long as an event.
    private static let dataWidth = 60

    mutating func write(_ line: ArraySlice<UInt8>) {
        if line.isEmpty { return }
        switch format {
        case .ndjson, .json:
            // A JSON array of a log would have to be read whole: both are a record a line.
            Terminal.write(Array(line) + [UInt8(ascii: "\n")])
        case .csv:
            guard let record = try? JSONValue(parsing: Array(line)) else { return }
            if isFirst { Output(format: .csv).list([], columns: columns) }
            CSVRow(record: record, columns: columns).write()
        case .table:
            guard let record = try? JSONValue(parsing: Array(line)) else { return }
            let cells = columns.map { Terminal.plain(Cell.text(record[$0.member])) }
            Terminal.write(
                line: cells.dropLast().joined(separator: "  ") + "  "
                    + cells[cells.count - 1].cut(to: Self.dataWidth))
        }
        isFirst = false
    }
}

struct LogTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Follow the log as records come.",
        discussion: "EXAMPLE: logctl log tail --type issue.regressed")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "Begin at this offset instead of the end.")
    var from: UInt64?
    @Option(help: "Only of this project (slug or number).")
    var project: String?
    @Option(help: "Only of this type, for example event.captured.")
    var type: String?
    @Flag(help: "Add to each event its original frames, by the source maps that are there.")
    var resolved = false

    func run() async throws {
        try await report {
            var query = Query()
            query.add("resolved", resolved ? "1" : nil)
            query.add("follow", 1)
            query.add("from", from.map(String.init))
            query.add("project", project)
            query.add("type", type)
            let last = try await RemoteLog(client: try server.client()).stream(
                query.path("/api/log"), RecordOutput(format: format.chosen))
            throw CommandFailure.tailEnded(last)
        }
    }
}

struct LogCat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Write records, from the server or from a data directory.",
        discussion: "EXAMPLE: logctl log cat --from 0 --data data/store --format ndjson | jq .type")

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The first offset.")
    var from: UInt64 = 0

    func run() async throws {
        try await report {
            let output = RecordOutput(format: format.chosen)
            if let directory = data.data {
                try LocalLog(directory: directory).cat(from: from, output)
            } else {
                var query = Query()
                query.add("from", String(from))
                try await RemoteLog(client: try server.client()).stream(
                    query.path("/api/log"), output)
            }
        }
    }
}

struct LogStat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stat", abstract: "Say how large the log is and where it ends.",
        discussion: "EXAMPLE: logctl log stat --data data/store")

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions

    private static let columns = [
        Column(title: "first offset", member: "firstOffset"),
        Column(title: "next offset", member: "nextOffset"),
        Column(title: "durable offset", member: "durableOffset"),
        Column(title: "segments", member: "segments"),
        Column(title: "bytes", member: "bytes"),
        Column(title: "state", member: "state"),
    ]

    func run() async throws {
        try await report {
            let status =
                if let directory = data.data {
                    try LocalLog(directory: directory).stat()
                } else {
                    try await server.client().json(.get, "/api/status")
                }
            let members = Self.columns.compactMap { column in
                status[column.member].map { (column.member, $0) }
            }
            Output(format: format.chosen).object(.pairs(members), columns: Self.columns)
        }
    }
}

struct LogVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every byte of the log in a data directory.",
        discussion: """
            EXAMPLE: logctl log verify --data data/store

            Exits with 65 where anything is damaged, and says which command helps. Runs beside a \
            server as well.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions

    func run() async throws {
        try await report {
            let directory = data.data ?? DataOptions.usualDirectory
            let isSound = try LocalLog(directory: directory).verify(
                Output(format: format.chosen))
            if !isSound {
                throw CommandFailure(
                    .data, "the log in \(directory) is damaged; everything else of it can be read")
            }
        }
    }
}
