import ErrorModel
import HTTPTypes
import Hummingbird
import NIOPosix
import Projections

/// The calls about releases of Sentry's command line, and its older way of uploading single files.
extension API {
    func addSentryReleaseRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/0") { _, _ in
            Answer.json { json in
                json.beginObject()
                json.member("version", "0")
                json.member("auth", ["scopes": ["project:releases"]])
                json.member("user", .null)
                json.endObject()
            }
        }
        router.post("api/0/organizations/:org/releases") { request, _ in
            try await createReleases(RequestReader(request), project: nil)
        }
        router.post("api/0/projects/:org/:project/releases") { request, context in
            try await createReleases(
                RequestReader(request), project: context.part("project"))
        }
        router.get("api/0/organizations/:org/releases/:version") { _, context in
            try await showRelease(try version(context), project: nil)
        }
        router.get("api/0/projects/:org/:project/releases/:version") { _, context in
            try await showRelease(
                try version(context), project: context.part("project"))
        }
        router.put("api/0/organizations/:org/releases/:version") { request, context in
            try await updateRelease(
                try version(context), RequestReader(request), project: nil)
        }
        router.put("api/0/projects/:org/:project/releases/:version") { request, context in
            try await updateRelease(
                try version(context), RequestReader(request),
                project: context.part("project"))
        }
        // What is there is not told: a file that comes again takes the place of the one before.
        router.get("api/0/organizations/:org/releases/:version/files") { _, _ in noFiles() }
        router.get("api/0/projects/:org/:project/releases/:version/files") { _, _ in noFiles() }
        router.post(
            "api/0/projects/:org/:project/releases/:version/files"
        ) { request, context in
            try await keepFile(
                request, try project(context.part("project")), try version(context))
        }
    }

    private func noFiles() -> Response {
        Answer.json { json in
            json.beginArray()
            json.endArray()
        }
    }

    // MARK: releases

    /// The projects that a request is about.
    private func projects(_ body: JSONValue, path: String?) throws -> [Project] {
        if let path { return [try project(path)] }
        return try projects((body["projects"]?.array ?? []).compactMap(\.scalarText))
    }

    private func createReleases(
        _ reader: RequestReader, project: String?
    ) async throws -> Response {
        let body = try await reader.body()
        guard
            let version = try body.optionalText("version", limit: APILimits.releaseNameBytes)
        else { throw Problem(.badRequest, "the body needs a 'version'") }
        let projects = try projects(body, path: project)
        guard !projects.isEmpty else {
            throw Problem(.badRequest, "the body needs a list of 'projects'")
        }
        var made: [(Project, ReleaseSummary)] = []
        for project in projects {
            let release = try await app.createRelease(
                version, project: project, actor: "sentry-cli")
            made.append((project, release.release))
        }
        if let date = body["dateReleased"], !date.isNull {
            made = try await finalize(version, projects)
        }
        return answer(.created, version, made)
    }

    /// The projects that have the release; all of them where nothing names one.
    private func having(
        _ version: String, _ project: String?
    ) async throws -> [(Project, ReleaseSummary)] {
        let projects = try project.map { [try self.project($0)] } ?? app.projects.all
        return try await app.releases.read { db in
            try projects.compactMap { project in
                try ReleaseSummary.fetch(project: project.id, version: version, db)
                    .map { (project, $0) }
            }
        }.value
    }

    private func showRelease(_ version: String, project: String?) async throws -> Response {
        let found = try await having(version, project)
        guard !found.isEmpty else {
            throw Problem(.notFound, "there is no release '\(version)'")
        }
        return answer(.ok, version, found)
    }

    private func updateRelease(
        _ version: String, _ reader: RequestReader, project: String?
    ) async throws -> Response {
        let body = try await reader.body()
        var projects = try projects(body, path: project)
        if projects.isEmpty { projects = try await having(version, nil).map(\.0) }
        guard !projects.isEmpty else {
            throw Problem(.notFound, "there is no release '\(version)'; make it first")
        }
        guard let date = body["dateReleased"], !date.isNull else {
            // Commits, references and links of releases are not kept.
            return answer(.ok, version, try await having(version, project))
        }
        return answer(.ok, version, try await finalize(version, projects))
    }

    private func finalize(
        _ version: String, _ projects: [Project]
    ) async throws -> [(Project, ReleaseSummary)] {
        var done: [(Project, ReleaseSummary)] = []
        for project in projects {
            let release = try await app.finalizeRelease(
                version, project: project, actor: "sentry-cli")
            done.append((project, release.release))
        }
        return done
    }

    private func answer(
        _ status: HTTPResponse.Status, _ version: String, _ found: [(Project, ReleaseSummary)]
    ) -> Response {
        Answer.json(status) { json in
            json.beginObject()
            json.member("version", version)
            json.member("shortVersion", version)
            json.key("dateCreated")
            if let time = found.map(\.1.createdAt).min() {
                json.timestamp(time)
            } else {
                json.null()
            }
            json.key("dateReleased")
            if let time = found.compactMap(\.1.finalizedAt).min() {
                json.timestamp(time)
            } else {
                json.null()
            }
            json.member("url", .null)
            json.member("ref", .null)
            json.member("newGroups", 0)
            json.key("lastEvent")
            if let time = found.compactMap(\.1.lastEvent).max() {
                json.timestamp(time)
            } else {
                json.null()
            }
            json.key("projects")
            json.beginArray()
            for (project, _) in found {
                json.beginObject()
                json.member("id", project.id)
                json.member("slug", project.slug)
                json.member("name", project.row.name)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    // MARK: single files

    private func keepFile(
        _ request: Request, _ project: Project, _ release: String
    ) async throws -> Response {
        guard let boundary = Multipart.boundary(contentType: request.headers[.contentType] ?? "")
        else { throw Problem(.unsupportedMediaType, "a file comes as multipart/form-data") }
        let spool = try await SpooledUpload.collect(request, app.uploads, on: app.readers)
        let (work, offset) = try await app.keepArtifacts(
            UploadWork(project: project.id, release: release), actor: "sentry-cli"
        ) { work, write in
            let form = try UploadForm(try spool.read(), boundary: boundary)
            try SentryFileForm(form: form).read(into: &work, write)
        }
        guard let item = work.items.first else {
            throw Problem(.badRequest, work.skipped.first?.reason ?? "the form has no file")
        }
        await app.prepareMaps(work)
        return Answer.json(.created, offset: offset) { json in
            json.beginObject()
            json.member("id", item.blob.hash.text)
            json.member("sha1", "")
            json.member("name", item.place.url)
            json.member("size", item.blob.byteCount)
            json.member("dist", item.place.dist.isEmpty ? .null : .string(item.place.dist))
            json.member("headers", [:])
            json.member("dateCreated", app.now)
            json.endObject()
        }
    }
}
