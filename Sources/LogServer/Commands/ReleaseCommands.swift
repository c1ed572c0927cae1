import ErrorModel
import HTTPTypes
import Projections

extension Faultlog {
    /// Creates a release by hand; one that is there already, by hand, is left as it is.
    func createRelease(
        _ version: String, project: Project, actor: String
    ) async throws -> (release: ReleaseSummary, isNew: Bool, offset: UInt64) {
        if let known = try await release(version, project), known.source == "manual" {
            return (known, false, try await releases.read { _ in }.offset)
        }
        let record = ReleaseCreated(project: project.id, release: version, actor: actor)
        let offset = try await append(record, project: project.id)
        return try await reread(version, project, isNew: true, after: offset)
    }

    /// Marks a release complete, making it where it is missing; the first time it was marked
    /// stays.
    func finalizeRelease(
        _ version: String, project: Project, actor: String
    ) async throws -> (release: ReleaseSummary, isNew: Bool, offset: UInt64) {
        let record = ReleaseFinalized(project: project.id, release: version, actor: actor)
        let offset = try await append(record, project: project.id)
        return try await reread(version, project, isNew: false, after: offset)
    }

    private func release(_ version: String, _ project: Project) async throws -> ReleaseSummary? {
        try await releases.read {
            try ReleaseSummary.fetch(project: project.id, version: version, $0)
        }.value
    }

    private func reread(
        _ version: String, _ project: Project, isNew: Bool, after offset: UInt64
    ) async throws -> (release: ReleaseSummary, isNew: Bool, offset: UInt64) {
        try await releases.waitUntil(offset: offset + 1)
        guard let release = try await release(version, project) else {
            throw Problem(.internalServerError, "the release was not made; see the log")
        }
        return (release, isNew, offset + 1)
    }
}
