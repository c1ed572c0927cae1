import ErrorModel
import EventLog
import HTTPTypes
import Projections

/// What a person wants an issue to become.
struct StatusRequest {
    var to: IssueStatus
    var release: String?
    var inNextRelease = false
    var until: UntilCondition?
    var comment: String?
    /// The version that the person saw.
    var version: UInt64?
    var actor: String
}

extension Faultlog {
    /// Changes an issue's status: checks it against the lifecycle, appends a record, and returns
    /// the issue as it is then, with the offset that it reflects.
    ///
    /// 404 where there is no such issue, 409 where the move is illegal, the version is not the
    /// issue's, or somebody else was first.
    func changeStatus(
        of id: IssueID, _ request: StatusRequest
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        // What was acknowledged before this request is seen by it.
        try await issues.waitUntil(offset: log.durableOffset)
        guard let issue = try await issues.read({ try IssueSummary.fetch(id, $0) }).value else {
            throw noIssue(id)
        }
        // That of the issue which this one is merged into.
        let id = issue.id
        try check(issue, request)
        let change = IssueStatusChanged(
            issue: id, from: issue.status, to: request.to, version: issue.version,
            actor: request.actor, actorKind: .person,
            resolution: try await resolution(of: issue, request), until: request.until,
            comment: request.comment)
        let offset = try await append(change, project: id.project, issue: id)
        try await issues.waitUntil(offset: offset + 1)
        let (after, reflected) = try await issues.read { db in
            (
                issue: try IssueSummary.fetch(id, db),
                history: try IssueSummary.fetch(id, db).map {
                    try IssueDetail.history($0.row, db)
                } ?? []
            )
        }
        guard let now = after.issue else { throw noIssue(id) }
        guard after.history.contains(where: { $0.offset == offset }) else {
            throw conflict(now, "somebody else changed the issue at the same time")
        }
        return (now, reflected)
    }

    private func check(_ issue: IssueSummary, _ request: StatusRequest) throws {
        if let version = request.version, version != issue.version {
            throw conflict(
                issue, "the issue is at version \(issue.version), not \(version): look again")
        }
        guard Lifecycle.isLegal(from: issue.status, to: request.to, by: .person) else {
            throw conflict(
                issue,
                "an issue that is \(issue.status.rawValue) cannot become "
                    + "\(request.to.rawValue)")
        }
        let isResolve = request.to == .resolved
        if !isResolve, request.release != nil || request.inNextRelease {
            throw Problem(.badRequest, "only 'resolved' goes with a release")
        }
        if request.release != nil, request.inNextRelease {
            throw Problem(.badRequest, "give either 'release' or 'inNextRelease'")
        }
        if request.until != nil, request.to != .ignored, request.to != .muted {
            throw Problem(.badRequest, "only 'ignored' and 'muted' go with 'until'")
        }
    }

    private func resolution(
        of issue: IssueSummary, _ request: StatusRequest
    ) async throws -> ResolutionName? {
        guard request.to == .resolved else { return nil }
        if let release = request.release { return .inRelease(release) }
        guard request.inNextRelease else { return .anyRelease }
        let project = issue.id.project
        let scheme = projects.project(id: project)?.row.releases ?? .semver
        try await releases.waitUntil(offset: log.durableOffset)
        let known = try await releases.read {
            try ReleaseSummary.fetchAll(project: project, scheme: scheme, $0)
        }.value
        let newest = ReleaseOrder.newest(of: known.map(\.point), scheme: scheme)
        return .inNextRelease(after: newest?.name)
    }

    private func conflict(_ issue: IssueSummary, _ detail: String) -> Problem {
        let legal = Lifecycle.moves(from: issue.status, by: .person)
        return Problem(
            .conflict, detail + "; legal now: " + legal.map(\.rawValue).joined(separator: ", "),
            members: [
                ("issue", .string(issue.id.description)),
                ("issueStatus", .string(issue.status.rawValue)),
                ("version", .integer(issue.version)),
                ("legal", .array(legal.map { .string($0.rawValue) })),
            ])
    }
}
