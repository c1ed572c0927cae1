import ArgumentParser
import EventLog
import Foundation
import LogServer
import Projections

/// Folds the views of a data directory anew, with no server running; `logctl` calls it.
struct RebuildViews: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild-views",
        abstract: "Fold views anew from the log of a stopped server.",
        discussion: "EXAMPLE: logserver rebuild-views --data data/store issues")

    @Option(help: "The data directory.")
    var data = DataDirectory.usualPath

    @Argument(help: "Names of views; none: all.")
    var names: [String] = []

    /// A line a second is what a person, or a file, can take.
    private static let progressPause = Duration.seconds(1)

    func run() async throws {
        umask(0o077)
        for name in names where !OfflineRebuild.names.contains(name) {
            throw ValidationError(
                "there is no view '\(name)'; there are \(OfflineRebuild.names.joined(separator: ", "))"
            )
        }
        try await reportFailure { try rebuild() }
    }

    private func rebuild() throws {
        let directory = DataDirectory(data)
        guard FileManager.default.fileExists(atPath: data + "/log") else {
            throw StartError("\(data) is no data directory: it has no folder 'log'")
        }
        try directory.prepare()
        // Opened for writing, so that no server can run on the directory meanwhile.
        let log = try EventLog.open(directory: data, store: PosixFileStore())
        defer { log.close() }
        let rebuild = OfflineRebuild(
            log: log, directory: directory.views, snapshots: directory.snapshots)
        let clock = ContinuousClock()
        var last: ContinuousClock.Instant?
        try rebuild.run(names) { name, done, end in
            let now = clock.now
            if done < end, let last, now - last < Self.progressPause { return }
            last = now
            let line = "\(name): \(done) of \(end) records\n"
            FileHandle.standardError.write(Data(line.utf8))
        }
    }
}
