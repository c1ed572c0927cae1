import ArgumentParser
import ErrorModel
import EventLog
import Foundation
import LogServer
import Logging
import Projections

/// The `logserver` executable.
@main
struct LogServerMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logserver",
        abstract: "Takes error events from SDKs, keeps them in a log, and answers questions.",
        discussion: """
            EXAMPLE: logserver --data data/store --listen 127.0.0.1:7400

            When it serves it prints one line of JSON on standard output; logs go to standard \
            error. SIGTERM drains and stops it.
            """,
        version: ProgramVersion.text,
        subcommands: [
            Serve.self, RebuildViews.self, VerifyViews.self, ImportLog.self, BackUp.self,
        ],
        defaultSubcommand: Serve.self)
}

/// Serves until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve (the default).")

    @Option(help: "The data directory; made where it is missing.")
    var data = DataDirectory.usualPath

    @Option(help: "HOST:PORT to listen on; port 0 picks a free one.")
    var listen = "127.0.0.1:7400"

    @Option(help: "The Unix socket's path (default: logserver.sock in the data directory).")
    var socket: String?

    @Option(
        help: """
            A TCP port for streams of events, one a line, on the host of --listen; 0 picks a free \
            one (default: none).
            """)
    var streamPort: UInt16?

    @Option(help: "The Unix socket for streams (default: stream.sock in the data directory).")
    var streamSocket: String?

    @Option(help: "How SDKs reach this server, for the DSNs, where it is not HOST:PORT.")
    var publicURL: String?

    @Option(help: "Drop whole segments of the log whose records are all older than this.")
    var keepDays: UInt64?

    @Option(help: "Drop the oldest segments while the log has more bytes than this.")
    var keepBytes: UInt64?

    @Option(
        help: """
            A segment of the log is closed at so many bytes (default: 268435456): whole segments are \
            sealed and dropped.
            """)
    var segmentBytes: UInt64?

    @Option(
        help: """
            What an answer to ingest stands for where the request does not say: durable (on disk), \
            os (survives the end of the process) or async (queued).
            """,
        transform: Serve.durabilityClass)
    var durability = Durability.durable

    @Option(
        help: """
            Log entries of this level and above: trace, debug, info, notice, warning, error, \
            critical.
            """,
        transform: Serve.level)
    var logLevel = Logger.Level.info

    mutating func run() async throws {
        // Everything that the process makes is for its owner alone.
        umask(0o077)
        LargeBuffers.giveBack()
        SQLiteMemory.countNone()
        UnusedMemory.giveBackNowAndThen()
        let level = logLevel
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
        let logger = Logger(label: "faultlog")
        let options = try serverOptions()
        let logOptions = try self.logOptions()
        try await reportFailure {
            let app = try Faultlog(
                directory: DataDirectory(data), options: logOptions, durability: durability)
            note(app.log.status.recovery, logger)
            defer { app.stop() }
            try await Server(app: app, options: options, logger: logger).run {
                Self.announce($0, token: app.directory.token)
            }
        }
        logger.info("stopped")
    }

    private static func durabilityClass(_ text: String) throws -> Durability {
        guard let durability = Durability(rawValue: text) else {
            let names = Durability.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is none of \(names)")
        }
        return durability
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError("'\(text)' is no log level")
        }
        return level
    }

    private func serverOptions() throws -> Server.Options {
        var options = Server.Options()
        guard let colon = listen.lastIndex(of: ":"),
            let port = UInt16(listen[listen.index(after: colon)...])
        else { throw ValidationError("--listen must be HOST:PORT, for example 127.0.0.1:7400") }
        options.host = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        options.port = Int(port)
        options.socket = socket
        options.streamPort = streamPort.map { Int($0) }
        options.streamSocket = streamSocket
        options.publicURL = publicURL
        options.retention = RetentionPolicy(keepDays: keepDays, keepBytes: keepBytes)
        if keepDays == 0 || keepBytes == 0 {
            throw ValidationError("--keep-days and --keep-bytes are at least 1")
        }
        if keepDays ?? 0 > RetentionPolicy.dayLimit {
            throw ValidationError("--keep-days is at most \(RetentionPolicy.dayLimit)")
        }
        return options
    }

    private func logOptions() throws -> LogOptions {
        var options = LogOptions()
        if let segmentBytes {
            let range = LogLimits.segmentByteRange
            guard range.contains(segmentBytes) else {
                throw ValidationError(
                    "--segment-bytes is from \(range.lowerBound) to \(range.upperBound)")
            }
            options.segmentByteLimit = segmentBytes
        }
        return options
    }

    private func note(_ recovery: RecoveryReport, _ logger: Logger) {
        for cut in recovery.cuts {
            logger.warning(
                "cut bytes that a crash had left unfinished; none were acknowledged",
                metadata: [
                    "file": "\(cut.path)", "bytes": "\(cut.byteCount)",
                    "kept": "\(cut.quarantinePath)",
                ])
        }
        for notice in recovery.notices {
            logger.warning(
                "a file of the log is not as it should be; no record is lost by it",
                metadata: ["file": "\(notice.path)", "kind": "\(notice.kind.rawValue)"])
        }
        for gap in recovery.gaps {
            logger.error(
                "the log is damaged; these records cannot be read, all others can",
                metadata: [
                    "file": "\(gap.path)", "offsets": "\(gap.offsets)",
                    "reason": "\(gap.reason.rawValue)",
                ])
        }
    }

    /// The line that scripts wait for.
    private static func announce(_ addresses: Server.Addresses, token: String) {
        var json = JSONWriter()
        json.beginObject()
        json.member("ready", true)
        json.member("url", addresses.url)
        json.member("socket", addresses.socket)
        json.optionalMember("stream", addresses.stream)
        json.optionalMember("streamSocket", addresses.streamSocket)
        json.member("version", ProgramVersion.text)
        if FileManager.default.fileExists(atPath: token) { json.member("tokenFile", token) }
        json.endObject()
        FileHandle.standardOutput.write(Data(json.bytes + [UInt8(ascii: "\n")]))
    }
}

/// Runs the work of a command; an error becomes a sentence on standard error and an exit code of
/// `sysexits.h`.
func reportFailure(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch {
        FileHandle.standardError.write(Data("logserver: \(error)\n".utf8))
        throw ExitCode(exitCode(error))
    }
}

private func exitCode(_ error: any Error) -> Int32 {
    if let error = error as? StartError { return error.isStorageFull ? 75 : 78 }
    guard let error = error as? LogError else { return 70 }
    return switch error.code {
    // Somebody else has the directory, or the disk is full: later it may work.
    case .locked, .diskFull, .overloaded: 75
    case .foreignFile, .newerFormat, .damagedHeader, .missingSegment, .invalidRecord: 65
    case .inputOutput, .syncFailed, .readOnly, .closed: 74
    }
}
