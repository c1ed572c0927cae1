import ErrorModel
import Hummingbird
import Projections

/// Where an issue began, and what began with it.
extension API {
    func addBisectRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/error-issues/:id/bisect") { request, context in
            try await bisect(try issueID(context), RequestReader(request))
        }
    }

    /// Other new issues that are shown where the request names no number: a screenful.
    private static var usualLimit: Int { 10 }

    private func bisect(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        let moment = try await moment(reader, app.issues, app.releases)
        let limit = try reader.integer(
            "limit", in: IssueQuery.limitRange, default: Self.usualLimit)
        let (found, _) = try await moment.issues.read { try IssueBisect.fetch(id, $0) }
        guard let issue = found, let project = moment.project(id: id.project) else {
            throw app.noIssue(id)
        }
        let scheme = project.row.releases
        let (releases, known) = try await moment.releases.read {
            try ReleaseSummary.fetchAll(project: id.project, scheme: scheme, $0)
        }
        let place = issue.place(in: releases)
        let release = place?.release.version
        let (others, offset) = try await moment.issues.read { db in
            try release.map { try issue.alsoNew(in: $0, limit: limit, db) } ?? (
                issues: [], count: 0
            )
        }
        var first = try await EventReader(app: app).event(at: issue.firstOffset)
        if let event = first { first = try await app.resolved(event, project: id.project) }
        return Answer.json(offset: min(offset, known)) { json in
            json.beginObject()
            json.member("issue", issue.id.description)
            json.member("project", project.slug)
            json.member("order", scheme.rawValue)
            json.member("firstSeen", issue.firstSeen)
            json.key("firstRelease")
            write(place?.release, place?.seen, &json)
            json.key("before")
            write(place?.before, nil, &json)
            json.key("after")
            write(place?.after, nil, &json)
            json.member("newIssues", others.count)
            json.key("issues")
            json.beginArray()
            for other in others.issues { write(other, &json) }
            json.endArray()
            json.key("firstEvent")
            if let first { first.write(to: &json) } else { json.null() }
            json.endObject()
        }
    }

    private func write(
        _ release: ReleaseSummary?, _ seen: IssueBisect.Seen?, _ json: inout JSONWriter
    ) {
        guard let release else { return json.null() }
        json.beginObject()
        json.member("version", release.version)
        json.member("createdAt", release.createdAt)
        json.member("events", release.events)
        if let seen {
            json.member("issueEvents", seen.events)
            json.member("issueFirstSeen", seen.firstSeen)
            json.member("issueLastSeen", seen.lastSeen)
        }
        json.endObject()
    }
}
