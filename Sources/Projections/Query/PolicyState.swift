package import ErrorModel
package import GRDB

/// What the status policy knows of one issue: by what its events are judged.
package struct PolicyState: Sendable {
    package var regression: RegressionPolicy
    package var scheme: ReleaseScheme
    /// What it was resolved in, while it is.
    package var resolution: Resolution
    /// What has happened of the condition under which it is ignored or muted.
    package var progress: UntilProgress?
    /// The releases of the project, with their places in the order.
    package var releases: [String: ReleasePoint]

    /// Reads it from the policy's own view.
    package static func fetch(_ issue: IssueID, _ db: Database) throws -> PolicyState {
        let policy = try Row.fetchOne(
            db, sql: "SELECT regression, releases FROM project_policy WHERE project = ?",
            arguments: [issue.project])
        var state = PolicyState(
            regression: policy.flatMap { RegressionPolicy(rawValue: $0[0]) } ?? .different,
            scheme: policy.flatMap { ReleaseScheme(rawValue: $0[1]) } ?? .semver,
            resolution: .anyRelease, releases: [:])
        let points = try Row.fetchAll(
            db, sql: "SELECT release, created FROM release_point WHERE project = ?",
            arguments: [issue.project])
        for row in points {
            let name: String = row[0]
            state.releases[name] = ReleasePoint(name: name, created: UInt64(bitPattern: row[1]))
        }
        let life = try Row.fetchOne(
            db, sql: "SELECT * FROM issue_life WHERE project = ? AND fingerprint = ?",
            arguments: [issue.project, IssueID.text(issue.fingerprint)])
        guard let life, let known = IssueLife(row: life) else { return state }
        let point = known.resolution?.release.flatMap { state.releases[$0] }
        state.resolution = Resolution(known, point)
        if let until = known.until, let text = life["progress"] as String? {
            state.progress = try UntilProgress(condition: until, json: text)
        }
        return state
    }
}

extension Resolution {
    /// What a life says, with the place of the release that it names; one that nobody has seen comes
    /// behind all that somebody has.
    init(_ life: IssueLife, _ point: ReleasePoint?) {
        self =
            switch life.resolution {
            case .inRelease(let name):
                .inRelease(point ?? ReleasePoint(name: name, created: .max))
            case .inNextRelease: .inNextRelease(after: point)
            case .anyRelease, nil: .anyRelease
            }
    }
}
