import ArgumentParser
import EventLog
import Foundation
import LogServer

/// Appends exported records to the log of a data directory, with no server running; `logctl` calls
/// it.
struct ImportLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-log",
        abstract: "Append exported records to the log of a stopped server.",
        discussion: "EXAMPLE: logserver import-log --data data/store export.ndjson.lz4")

    @Option(help: "The data directory; made where it is missing.")
    var data = DataDirectory.usualPath

    @Argument(help: "Files of NDJSON, in LZ4 frames or plain, in their order.")
    var files: [String]

    func run() async throws {
        umask(0o077)
        var report = LogImporter.Report()
        try await reportFailure {
            let directory = DataDirectory(data)
            try directory.prepare()
            let log = try EventLog.open(directory: data, store: PosixFileStore())
            defer { log.close() }
            let bar = ProgressText("import", start: LogClock.system.monotonicMilliseconds())
            let isShown = isatty(STDERR_FILENO) == 1
            report = try await LogImporter(log: log, directory: directory).run(files) {
                guard isShown else { return }
                let now = LogClock.system.monotonicMilliseconds()
                Self.say("\r\u{1b}[K" + bar.text(done: $0, total: $1, now: now))
            }
            if isShown { Self.say("\r\u{1b}[K") }
        }
        try tell(report)
    }

    private func tell(_ report: LogImporter.Report) throws {
        let line =
            "{\"lines\":\(report.lines),\"appended\":\(report.appended),"
            + "\"duplicates\":\(report.duplicates),\"skipped\":\(report.skipped),"
            + "\"gaps\":\(report.gaps)}\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        for reason in report.reasons { Self.say("skipped: \(reason)\n") }
        if report.skipped > UInt64(report.reasons.count) {
            Self.say("and \(report.skipped - UInt64(report.reasons.count)) more\n")
        }
        for project in report.newSalts {
            Self.say(
                "project \(project) had no salt in \(data)/salts: a new one was made, so its users "
                    + "have other keys than where they come from\n")
        }
        for project in report.unknownProjects {
            Self.say(
                "project \(project) is not created in this log: import the part that creates it\n")
        }
        if report.skipped > 0 { throw ExitCode(65) }
    }

    private static func say(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
