import ErrorModel
import EventLog
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
        // In turn with what drops the beginning of the log.
        try await retentionRuns.run { [self] in
            try await projectChanges.run { [self] in try await doRegroup(id, to: version, note) }
        }
    }

    private func doRegroup(
        _ id: UInt32, to version: FingerprintVersion?, _ note: TriageNote
    ) async throws -> (record: ProjectRegrouped, offset: UInt64) {
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

    /// Compares the issues of a project with what they would be; changes nothing.
    func regroupDiff(
        _ id: UInt32, to version: FingerprintVersion
    ) async throws -> RegroupDiff {
        try requireBeginning()
        return try await comparisons.run(Self.comparison) { [self] goesOn in
            let end = log.durableOffset
            do {
                return try RegroupComparison.run(
                    log, project: id, to: version, until: end,
                    scratch: directory.views + "/regroup-diff.scratch"
                ) { goesOn($0, end) }
            } catch let error as RegroupDiffError {
                throw Problem(.contentTooLarge, "\(error)")
            }
        }
    }

    /// The name of every comparison: there is one at a time.
    static var comparison: String { "regroup" }

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
