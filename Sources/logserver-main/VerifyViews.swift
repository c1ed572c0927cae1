import ArgumentParser
import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections

/// Compares the views of a data directory with its log, with no server running; `logctl` calls it.
struct VerifyViews: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-views",
        abstract: "Compare the views of a stopped server with its log.",
        discussion: """
            EXAMPLE: logserver verify-views --data data/store issues

            Prints one line of JSON a view; exits with 65 where one is not what the log gives.
            """)

    enum Source: String, CaseIterable, ExpressibleByArgument {
        case digests
        case payloads
    }

    @Option(help: "The data directory.")
    var data = DataDirectory.usualPath

    @Option(help: "digests: as the log has them; payloads: events are decoded and grouped anew.")
    var from = Source.digests

    @Flag(help: "Make anew what differs.")
    var rebuildDifferent = false

    @Argument(help: "Names of views; none: all.")
    var names: [String] = []

    func run() async throws {
        umask(0o077)
        for name in names where !OfflineRebuild.names.contains(name) {
            throw ValidationError(
                "there is no view '\(name)'; there are \(OfflineRebuild.names.joined(separator: ", "))"
            )
        }
        var different: [String] = []
        try await reportFailure { different = try verify() }
        if !different.isEmpty { throw ExitCode(65) }
    }

    /// The names of the views that differ.
    private func verify() throws -> [String] {
        let directory = DataDirectory(data)
        guard FileManager.default.fileExists(atPath: data + "/log") else {
            throw StartError("\(data) is no data directory: it has no folder 'log'")
        }
        // Opened for writing, so that no server can run on the directory meanwhile.
        let log = try EventLog.open(directory: data, store: PosixFileStore())
        defer { log.close() }
        let rebuild = OfflineRebuild(
            log: log, directory: directory.views, snapshots: directory.snapshots)
        let source =
            from == .digests ? FoldSource.digests : .payloads { try directory.salt(of: $0) }
        let line = FoldLine()
        let proofs = try rebuild.verify(names, source) { line.show($0, $1, $2) }
        line.end()
        for proof in proofs {
            FileHandle.standardOutput.write(Data(proof.json.compactBytes + [UInt8(ascii: "\n")]))
            if let difference = proof.difference {
                line.say("\(proof.name): \(difference)")
            }
        }
        let different = proofs.filter { $0.difference != nil }.map(\.name)
        if rebuildDifferent, !different.isEmpty {
            try rebuild.run(different) { line.show($0, $1, $2) }
            line.end()
            line.say("made anew: \(different.joined(separator: ", "))")
        }
        return different
    }
}

/// Shows on a terminal how far folds are; says nothing elsewhere.
///
/// One thread.
final class FoldLine {
    private let isShown = isatty(STDERR_FILENO) == 1
    private var current: (name: String, meter: FoldMeter)?
    private var shown: UInt64 = 0

    /// Milliseconds between two pictures: more often nobody reads it.
    private static let pause: UInt64 = 100

    func show(_ name: String, _ done: UInt64, _ end: UInt64) {
        let now = LogClock.system.monotonicMilliseconds()
        guard isShown, done >= end || now >= shown + Self.pause else { return }
        shown = now
        var meter =
            current?.name == name
            ? current?.meter : FoldMeter(begin: done, end: end, start: now)
        meter?.reach(done, end: end, now: now)
        guard let meter else { return }
        current = (name, meter)
        let progress = meter.progress
        write(
            "\r\u{1b}[K"
                + ProgressText.records(
                    name, done: progress.offset, end: progress.end,
                    perSecond: progress.recordsPerSecond, secondsLeft: progress.secondsLeft))
    }

    func end() {
        if isShown { write("\r\u{1b}[K") }
    }

    func say(_ text: String) { write(text + "\n") }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
