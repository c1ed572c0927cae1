import EventLog
import Projections

/// Asks for the issues of past moments of a log, as an answer of the server does.
struct AsOfBench {
    let directory: String
    let views: String

    func run() async throws {
        let log = try EventLog.openReadOnly(directory: directory)
        defer { log.close() }
        let past = PastViews(
            log: log, directory: views + "/as-of",
            snapshots: ViewSnapshots(directory: views + "/snapshots"))
        defer { past.stop() }
        let middle = log.durableOffset / 2
        // Half of the log from its beginning, the same again, and a tenth of the log later from what is kept.
        let cold = try await ask(past, middle)
        let again = try await ask(past, middle)
        let near = try await ask(past, middle + log.durableOffset / 10)
        report(
            ("events", Double(log.durableOffset)), ("middle_ms", cold), ("again_ms", again),
            ("tenth_later_ms", near))
    }

    /// Milliseconds until the list and what else it needs are there.
    private func ask(_ past: PastViews, _ offset: UInt64) async throws -> Double {
        let started = seconds()
        _ = try await past.read(ProjectsProjection.self, at: offset) {
            try ProjectRow.fetchAll($0).count
        }
        _ = try await past.read(IssuesProjection.self, at: offset) {
            try IssueQuery().fetch($0).issues.count
        }
        return ((seconds() - started) * 10_000).rounded() / 10
    }
}
