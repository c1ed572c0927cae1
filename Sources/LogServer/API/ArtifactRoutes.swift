import ErrorModel
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix
import Projections
import SourceMaps

/// Scripts and source maps: upload, list, removal, and resolving frames by them.
extension API {
    func addArtifactRoutes(_ router: Router<BasicRequestContext>) {
        let path: RouterPath = "api/origins/:origin/releases/:release/sourcemaps"
        router.post(path) { request, context in
            try await upload(
                request, try project(context.part("origin")), try release(context))
        }
        router.get(path) { request, context in
            try await listArtifacts(
                context.part("origin"), try release(context), RequestReader(request))
        }
        router.delete(path) { request, context in
            try await removeArtifacts(
                try project(context.part("origin")), try release(context),
                RequestReader(request))
        }
        router.post("api/sourcemaps/resolve") { request, _ in
            try await resolveFrames(RequestReader(request))
        }
    }

    /// Stands in the path for artifacts that are found by their debug ids alone.
    private static var noRelease: String { "-" }

    /// The release of the path; empty where it names none.
    private func release(_ context: BasicRequestContext) throws -> String {
        let name = try releaseName(context)
        return name == Self.noRelease ? "" : name
    }

    // MARK: upload

    private func upload(
        _ request: Request, _ project: Project, _ release: String
    ) async throws -> Response {
        guard let boundary = Multipart.boundary(contentType: request.headers[.contentType] ?? "")
        else {
            throw Problem(
                .unsupportedMediaType,
                "the body must be multipart/form-data, each file a part with name=\"file\" and the "
                    + "URL of the artifact as its filename")
        }
        let spool = try await SpooledUpload.collect(request, app.uploads, on: app.readers)
        let (work, offset) = try await app.keepArtifacts(
            UploadWork(project: project.id, release: release), actor: "api"
        ) { work, write in
            let form = try UploadForm(try spool.read(), boundary: boundary)
            try FormUpload(form: form).read(into: &work, write)
        }
        guard !work.items.isEmpty else {
            throw Problem(
                .unprocessableContent,
                "nothing of the upload is a script or a source map" + work.firstReason,
                members: [
                    ("skipped", .array(work.skipped.map(\.json))),
                    ("skippedCount", .number("\(work.skippedCount)")),
                ])
        }
        await app.prepareMaps(work)
        return Answer.json(.created, offset: offset) { json in
            json.beginObject()
            json.member("project", project.slug)
            json.member("release", release.isEmpty ? .null : .string(release))
            json.member("dist", work.dist.isEmpty ? .null : .string(work.dist))
            json.key("artifacts")
            json.beginArray()
            for item in work.items {
                json.beginObject()
                write(item.place, item.blob, &json)
                json.member("warnings", .array(item.warnings.map { .string($0) }))
                json.member("replaced", item.isReplaced)
                json.endObject()
            }
            json.endArray()
            json.member("skipped", .array(work.skipped.map(\.json)))
            json.member("skippedCount", work.skippedCount)
            json.endObject()
        }
    }

    private func write(
        _ place: ArtifactPlace, _ blob: BlobReference, _ json: inout JSONWriter
    ) {
        json.member("url", place.url)
        json.member("kind", place.kind.rawValue)
        json.member("blob", blob.hash.text)
        json.member("bytes", blob.byteCount)
        json.member("debugId", place.debugID.isEmpty ? .null : .string(place.debugID))
    }

    // MARK: list and removal

    private func query(
        _ project: UInt32, _ release: String, _ reader: RequestReader
    ) throws -> ArtifactQuery {
        var query = ArtifactQuery(project: project, release: release)
        query.dist = reader.text("dist")
        if let url = reader.text("url") {
            guard let name = ArtifactName(uploaded: url) else {
                throw Problem(.badRequest, "'url' is no URL and no path")
            }
            query.url = name.description
        }
        if let text = reader.text("debugId") {
            guard let id = DebugID(text) else {
                throw Problem(.badRequest, "'debugId' is no UUID")
            }
            query.debugID = id.description
        }
        return query
    }

    private func listArtifacts(
        _ origin: String?, _ release: String, _ reader: RequestReader
    ) async throws -> Response {
        let moment = try await moment(reader, app.artifacts)
        let project = try moment.project(origin)
        let query = try query(project.id, release, reader)
        let limit = try reader.integer(
            "limit", in: UploadLimits.listRange, default: UploadLimits.listDefault)
        let below = try reader.offset("cursor") ?? .max
        let (rows, offset) = try await moment.artifacts.read {
            try query.fetch(below: below, limit: limit + 1, $0)
        }
        let page = rows.prefix(limit)
        return Answer.json(offset: offset) { json in
            json.beginObject()
            json.key("artifacts")
            json.beginArray()
            for row in page {
                json.beginObject()
                write(row.place, row.blob, &json)
                json.member("dist", row.place.dist.isEmpty ? .null : .string(row.place.dist))
                json.optionalMember("sourcemap", row.sourceMap)
                json.member("addedAt", row.addedAt)
                json.member("actor", row.actor)
                json.member("offset", row.offset)
                json.endObject()
            }
            json.endArray()
            let next = rows.count > limit ? page.last?.offset : nil
            json.member("next", next.map { .string(String($0)) } ?? .null)
            json.endObject()
        }
    }

    /// Artifacts that one request takes away; more are left for the next.
    private static var removalLimit: Int { 10_000 }

    private func removeArtifacts(
        _ project: Project, _ release: String, _ reader: RequestReader
    ) async throws -> Response {
        let query = try query(project.id, release, reader)
        let actor =
            reader.text("actor").map { CutText.text($0, limit: APILimits.actorBytes) } ?? "api"
        let done = try await app.removeArtifacts(
            query, limit: Self.removalLimit, actor: actor)
        return Answer.json(offset: done.offset) { json in
            json.beginObject()
            json.member("removed", done.removed.count)
            json.member("more", done.removed.count == Self.removalLimit)
            json.endObject()
        }
    }

    // MARK: frames

    private func resolveFrames(_ reader: RequestReader) async throws -> Response {
        let body = try await reader.body(limit: APILimits.stackBytes)
        guard let name = body["project"]?.scalarText else {
            throw Problem(.badRequest, "the body needs a 'project'")
        }
        let project = try project(name)
        try await catchUp(app.artifacts, to: reader)
        var set = FrameSet(frames: [])
        set.release = try body.optionalText("release", limit: APILimits.releaseNameBytes)
        set.dist = try body.optionalText("dist", limit: UploadLimits.distBytes)
        if let stack = body["stack"]?.string {
            // What is known of the error is cut from the front of its stack.
            set.frames = StackText.parse(
                stack, language: .javascript, type: body["type"]?.string,
                message: body["message"]?.string
            ).frames.map(Frame.init)
        } else if let frames = body["frames"]?.array {
            for value in frames {
                guard let minified = MinifiedFrame(value) else {
                    throw Problem(.badRequest, "an element of 'frames' is no object")
                }
                if let id = value["debugId"]?.string, let file = minified.file {
                    guard DebugID(id) != nil else {
                        throw Problem(.badRequest, "'debugId' is no UUID: \(id.prefix(100))")
                    }
                    set.debugIDs[file] = id
                }
                var frame = Frame(function: minified.function, file: minified.file)
                frame.line = minified.line
                frame.column = minified.column
                frame.isNative = minified.isNative
                frame.isAddress = minified.isAddress
                set.frames.append(frame)
            }
        } else {
            throw Problem(.badRequest, "the body needs 'frames', a list, or 'stack', a text")
        }
        let frames = try await app.resolve([set], project: project.id)[0]
        return Answer.json(offset: app.log.durableOffset) { json in
            json.beginObject()
            json.key("frames")
            json.beginArray()
            for frame in frames { frame.write(to: &json) }
            json.endArray()
            json.endObject()
        }
    }
}

extension SkippedFile {
    var json: JSONValue { .pairs([("name", .string(name)), ("reason", .string(reason))]) }
}
