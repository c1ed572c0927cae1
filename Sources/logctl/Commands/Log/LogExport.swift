import ArgumentParser
import ErrorModel
import EventLog
import Glibc

struct LogExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write records as NDJSON in an LZ4 frame.",
        discussion: """
            EXAMPLE: logctl log export --project shop --since 2026-11-01T00:00:00Z --out november.ndjson.lz4
            EXAMPLE: logctl log export --data data/store --out /backup

            One line a record, as `log cat` prints it; `lz4 -dc` reads the file. In a folder it is \
            named by the time of the export. Exits with 65 where records could not be read.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "A file, which must not be there yet, or a folder.")
    var out: String
    @Option(help: "The first offset.")
    var from: UInt64 = 0
    @Option(help: "The first offset that is not wanted any more.")
    var to: UInt64?
    @Option(help: "Only records received at this time or later (RFC 3339).")
    var since: String?
    @Option(help: "Only records received before this time (RFC 3339).")
    var until: String?
    @Option(help: "Only of this project (number; with a server also its slug).")
    var project: String?
    @Flag(
        help: """
            Add to each event its original frames, by the source maps that are there. Needs a server; \
            such a file cannot be imported.
            """)
    var resolved = false

    private static let columns = [
        Column(title: "file", member: "file"),
        Column(title: "records", member: "records", isNumber: true),
        Column(title: "plain bytes", member: "plainBytes", isNumber: true),
        Column(title: "bytes", member: "bytes", isNumber: true),
    ]

    func run() async throws {
        try await report {
            var selection = LogExporter.Selection(times: try times())
            guard from <= to ?? .max else {
                throw CommandFailure(.usage, "--from is beyond --to")
            }
            selection.offsets = from..<(to ?? .max)
            let file = try ExportFile(out)
            do {
                let gaps = try await write(selection, to: file)
                try file.finish()
                Output(format: format.chosen).object(file.answer, columns: Self.columns)
                guard gaps.isEmpty else {
                    for gap in gaps { Terminal.note("not in the file: records \(gap)") }
                    throw CommandFailure.partUnreadable
                }
            } catch let error as LogError {
                file.discard()
                throw CommandFailure(.data, "\(error)")
            } catch let failure as CommandFailure {
                file.discard()
                throw failure
            }
        }
    }

    private func times() throws -> Range<Int64> {
        func time(_ text: String?, _ name: String) throws -> Int64? {
            guard let text else { return nil }
            guard let time = Timestamp(text: text) else {
                throw CommandFailure(
                    .usage, "--\(name) must be a time such as 2026-11-20T10:00:00Z")
            }
            return time.microseconds
        }
        let first = try time(since, "since") ?? .min
        let last = try time(until, "until") ?? .max
        guard first <= last else { throw CommandFailure(.usage, "--since is later than --until") }
        return first..<last
    }

    /// The ranges that could not be read.
    private func write(
        _ selection: LogExporter.Selection, to file: ExportFile
    ) async throws -> [String] {
        defer { Terminal.endProgress() }
        if let directory = data.data {
            if resolved {
                throw CommandFailure(.usage, "--resolved needs a server, not --data")
            }
            var selection = selection
            if let project {
                guard let number = UInt32(project) else {
                    throw CommandFailure(
                        .usage, "with --data a project is named by its number; \(project) is none")
                }
                selection.project = number
            }
            return try LocalLog(directory: directory).export(selection, to: file)
        }
        return try await RemoteLog(client: try server.client()).export(
            selection, project: project, isResolved: resolved, to: file)
    }
}

/// The file that an export writes.
final class ExportFile {
    private let file: DraftFile
    private let packer: LZ4StreamWriter
    private var recordCount: UInt64 = 0
    private var plainByteCount: UInt64 = 0

    /// `out` is a folder, or the name of a file that is not there.
    init(_ out: String) throws {
        var info = stat()
        let isThere = stat(out, &info) == 0
        var path = out
        if isThere, info.st_mode & S_IFMT == S_IFDIR {
            let now = Timestamp(microseconds: LogClock.system.now())
            let stamp = now.text.prefix(19).filter { $0 != ":" && $0 != "-" }
            path = "\(out)/log-\(stamp)Z.ndjson.lz4"
        }
        file = try DraftFile(path)
        packer = LZ4StreamWriter { [file] in try file.append($0) }
    }

    /// Adds one line with its newline.
    func write(_ line: UnsafeRawBufferPointer) throws {
        try packer.write(line)
        recordCount += 1
        plainByteCount += UInt64(line.count)
    }

    /// Durable under its name on return.
    func finish() throws {
        try packer.finish()
        try file.finish()
    }

    /// Takes away what is not whole.
    func discard() { file.discard() }

    var answer: JSONValue {
        [
            "file": .string(file.path), "records": .integer(recordCount),
            "plainBytes": .integer(plainByteCount), "bytes": .integer(file.byteCount),
        ]
    }
}
