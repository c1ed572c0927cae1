import ErrorModel
import EventLog
import Foundation
import HTTPTypes
import Projections

extension Faultlog {
    /// Groups a project by another version of the fingerprint; nil: by the one before, which takes
    /// the last regrouping back.
    ///
    /// On return the record is on disk, and events that come are taken in by it; the views go on with
    /// the old grouping until each has been folded anew. 409 where it is grouped so already, was
    /// never regrouped, or the log no longer has its beginning.
    func regroup(
        _ id: UInt32, to version: FingerprintVersion?, _ note: TriageNote
    ) async throws -> (record: ProjectRegrouped, offset: UInt64) {
        try await projectChanges.run { [self] in
            guard let project = projects.project(id: id) else {
                throw Problem(.notFound, "there is no project \(id)")
            }
            guard let version = version ?? project.row.regrouped?.previous else {
                throw Problem(.conflict, "\(project.slug) was never regrouped")
            }
            guard version != project.grouping else {
                throw Problem(
                    .conflict,
                    "\(project.slug) is grouped by version \(version.rawValue) already")
            }
            try requireBeginning()
            let record = ProjectRegrouped(
                project: id, version: version, previous: project.grouping, actor: note.actor,
                comment: note.comment)
            let offset = try await append(record, project: id)
            try await projectsView.waitUntil(offset: offset + 1)
            try await reloadProjects()
            return (record, offset)
        }
    }

    /// Compares the issues of a project with what they would be; changes nothing.
    func regroupDiff(
        _ id: UInt32, to version: FingerprintVersion
    ) async throws -> RegroupDiff {
        try requireBeginning()
        return try await comparisons.run(self, project: id, to: version)
    }

    /// Events that were dropped cannot be grouped anew, and views without them would be false.
    private func requireBeginning() throws {
        let first = log.status.firstOffset
        guard first > 0 else { return }
        throw Problem(
            .conflict,
            "the log begins at offset \(first): a project can be regrouped only while the log has "
                + "all its events",
            members: [("firstOffset", .integer(first))])
    }
}

/// Compares groupings, one at a time, each on a thread of its own.
///
/// Safe from any thread.
final class RegroupComparisons: Sendable {
    private let turns = SerialTasks()
    private let stopping = StopFlag()

    /// Waits for its turn; throws a `Problem` that an HTTP answer can carry.
    func run(
        _ app: Faultlog, project: UInt32, to version: FingerprintVersion
    ) async throws -> RegroupDiff {
        try await turns.run { [stopping] in
            let (log, end) = (app.log, app.log.durableOffset)
            let path = app.directory.views + "/regroup-diff.scratch"
            return try await withCheckedThrowingContinuation { continuation in
                let thread = Thread {
                    let result = Result {
                        try RegroupComparison.run(
                            log, project: project, to: version, until: end, scratch: path
                        ) { _ in !stopping.isSet }
                    }
                    continuation.resume(
                        with: result.mapError { error in
                            error is RegroupDiffError
                                ? Problem(.contentTooLarge, "\(error)") : error
                        })
                }
                thread.name = "regroup-diff"
                thread.start()
            }
        }
    }

    /// Breaks off what is under way.
    func stop() { stopping.set() }
}
