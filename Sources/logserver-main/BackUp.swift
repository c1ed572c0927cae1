import ArgumentParser
import EventLog
import Foundation
import LogServer

/// Copies a data directory with no server running; `logctl` calls it.
struct BackUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "back-up",
        abstract: "Copy the data directory of a stopped server.",
        discussion: "EXAMPLE: logserver back-up --data data/store --to /backup/monday")

    @Option(help: "The data directory.")
    var data = DataDirectory.usualPath

    @Option(help: "The folder of the copy, an absolute path; it must not be there yet.")
    var to: String

    @Flag(help: "Copy every byte, also where files could be shared.")
    var copy = false

    func run() async throws {
        umask(0o077)
        try await reportFailure {
            guard FileManager.default.fileExists(atPath: data + "/log") else {
                throw StartError("\(data) is no data directory: it has no folder 'log'")
            }
            // Open for writing, so that no server changes anything meanwhile.
            let log = try EventLog.open(directory: data, store: PosixFileStore())
            defer { log.close() }
            let bar = ProgressText("backup", start: LogClock.system.monotonicMilliseconds())
            let isShown = isatty(STDERR_FILENO) == 1
            let report = try Backup(of: DataDirectory(data), log: log).run(
                to: to, sharesFiles: !copy
            ) {
                guard isShown else { return }
                let now = LogClock.system.monotonicMilliseconds()
                let line = "\r\u{1b}[K" + bar.text(done: $0, total: $1, now: now)
                FileHandle.standardError.write(Data(line.utf8))
            }
            if isShown { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
            let line =
                "{\"nextOffset\":\(report.nextOffset),\"segments\":\(report.segmentCount),"
                + "\"linked\":\(report.linkedCount),\"copiedBytes\":\(report.copiedByteCount),"
                + "\"gaps\":\(report.gaps.count)}\n"
            FileHandle.standardOutput.write(Data(line.utf8))
        }
    }
}
