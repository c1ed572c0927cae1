import ErrorModel
import Foundation
import Hummingbird
import Projections

extension API {
    func addReleaseRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/origins/:origin/releases") { request, context in
            try await listReleases(
                context.part("origin"), RequestReader(request))
        }
        router.post("api/origins/:origin/releases") { request, context in
            let project = try origin(context)
            let body = try await RequestReader(request).body()
            let limit = APILimits.releaseNameBytes
            guard
                let version = try body.optionalText("version", limit: limit)
                    ?? body.optionalText("release", limit: limit)
            else { throw Problem(.badRequest, "the body needs a 'version'") }
            let made = try await app.createRelease(
                version, project: project, actor: try actor(body))
            return Answer.json(made.isNew ? .created : .ok, offset: made.offset) {
                write(made.release, project, &$0)
            }
        }
        router.patch("api/origins/:origin/releases/:release") { request, context in
            let project = try origin(context)
            let body = try await RequestReader(request).body()
            guard try body.optionalBool("finalized") == true else {
                throw Problem(.badRequest, "a release can only be finalized: {\"finalized\":true}")
            }
            let name = try releaseName(context)
            let made = try await app.finalizeRelease(
                name, project: project, actor: try actor(body))
            return Answer.json(offset: made.offset) { write(made.release, project, &$0) }
        }
    }

    /// The release that a path names, percent-encoded.
    func releaseName(
        _ context: BasicRequestContext, _ parameter: String = "release"
    ) throws -> String {
        guard let name = context.parameters.get(parameter)?.removingPercentEncoding,
            1...APILimits.releaseNameBytes ~= name.utf8.count, !name.utf8.contains(0)
        else {
            throw Problem(
                .badRequest,
                "the release in the path must have 1 to \(APILimits.releaseNameBytes) bytes, none of "
                    + "them 0, percent-encoded")
        }
        return name
    }

    private func origin(_ context: BasicRequestContext) throws -> Project {
        try project(context.part("origin"))
    }

    private func listReleases(
        _ origin: String?, _ reader: RequestReader
    ) async throws -> Response {
        let moment = try await moment(reader, app.releases, app.issues, app.reports)
        let project = try moment.project(origin)
        let environment = reader.text("environment")
        let scheme = project.row.releases
        let (known, offset) = try await moment.releases.read {
            try ReleaseSummary.fetchAll(project: project.id, scheme: scheme, $0)
        }
        let ((new, back), reflected) = try await moment.issues.read {
            (
                try NewIssues.byRelease(project: project.id, $0),
                try Regressions.byRelease(project: project.id, $0)
            )
        }
        let health = try await moment.reports.read {
            try ReleaseHealth.byRelease(project: project.id, environment: environment, $0)
        }
        let names = Set(known.map(\.version))
        let clean = health.value.filter { !names.contains($0.key) }
            .map { ReleaseSummary(project: project.id, version: $0.key, health: $0.value) }
        let releases = ReleaseSummary.sorted(known + clean, scheme: scheme)
        let end = min(offset, reflected, health.offset)
        return Answer.json(offset: end) { json in
            json.beginObject()
            json.key("releases")
            json.beginArray()
            for release in releases {
                json.beginObject()
                writeMembers(release, project, &json)
                json.member("newIssues", new[release.version] ?? 0)
                json.member("regressions", back[release.version] ?? 0)
                json.key("health")
                write(health.value[release.version], &json)
                json.endObject()
            }
            json.endArray()
            json.member("order", scheme.rawValue)
            json.endObject()
        }
    }

    private func write(
        _ release: ReleaseSummary, _ project: Project, _ json: inout JSONWriter
    ) {
        json.beginObject()
        writeMembers(release, project, &json)
        json.endObject()
    }

    private func writeMembers(
        _ release: ReleaseSummary, _ project: Project, _ json: inout JSONWriter
    ) {
        json.member("version", release.version)
        json.member("project", project.slug)
        json.member("source", release.source)
        json.member("createdAt", release.createdAt)
        json.key("finalizedAt")
        if let time = release.finalizedAt { json.timestamp(time) } else { json.null() }
        json.member("events", release.events)
        json.key("firstEvent")
        if let time = release.firstEvent { json.timestamp(time) } else { json.null() }
        json.key("lastEvent")
        if let time = release.lastEvent { json.timestamp(time) } else { json.null() }
    }
}
