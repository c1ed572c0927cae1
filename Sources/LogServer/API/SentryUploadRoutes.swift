import ContentCoding
import ErrorModel
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix
import Projections

/// The routes by which Sentry's command line uploads source maps, as its versions 2 and 3 use them.
///
/// The organisation of the paths does not matter here: a project is found by its slug or number.
extension API {
    func addSentryUploadRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/0/organizations/:org/chunk-upload") { request, context in
            chunkOptions(context.part("org") ?? "")
        }
        router.post("api/0/organizations/:org/chunk-upload") { request, _ in
            try await keepChunks(request)
        }
        router.post("api/0/organizations/:org/artifactbundle/assemble") { request, _ in
            try await assemble(RequestReader(request), project: nil, release: nil)
        }
        router.post("api/0/organizations/:org/releases/:version/assemble") { request, context in
            try await assemble(
                RequestReader(request), project: nil, release: try version(context))
        }
        router.post("api/0/projects/:org/:project/artifactbundle/assemble") { request, context in
            try await assemble(
                RequestReader(request), project: context.part("project"), release: nil)
        }
        router.post(
            "api/0/projects/:org/:project/releases/:version/assemble"
        ) { request, context in
            try await assemble(
                RequestReader(request), project: context.part("project"),
                release: try version(context))
        }
    }

    /// The release of the path.
    func version(_ context: BasicRequestContext) throws -> String {
        try releaseName(context, "version")
    }

    // MARK: chunks

    /// Bytes of one chunk, and chunks of one request: a request is held in memory as it is read.
    private static var chunkBytes: Int { 8 << 20 }
    private static var chunksOfRequest: Int { 4 }

    private func chunkOptions(_ organization: String) -> Response {
        Answer.json { json in
            json.beginObject()
            json.member("url", "/api/0/organizations/\(organization)/chunk-upload/")
            json.member("chunkSize", Self.chunkBytes)
            json.member("chunksPerRequest", Self.chunksOfRequest)
            json.member("maxFileSize", UploadLimits.requestBytes)
            json.member("maxRequestSize", Self.chunkBytes * Self.chunksOfRequest)
            json.member("concurrency", 1)
            json.member("hashAlgorithm", "sha1")
            json.member("compression", ["gzip"])
            json.member("accept", ["release_files", "artifact_bundles", "artifact_bundles_v2"])
            json.endObject()
        }
    }

    private func keepChunks(_ request: Request) async throws -> Response {
        guard let boundary = Multipart.boundary(contentType: request.headers[.contentType] ?? "")
        else { throw Problem(.unsupportedMediaType, "chunks come as multipart/form-data") }
        let spool = try await SpooledUpload.collect(request, app.uploads, on: app.readers)
        try await app.uploadThread.runIfActive { [chunks = app.chunks] in
            let body = try spool.read()
            let parts: [MultipartPart]
            do throws(MultipartError) {
                parts = try Multipart.parts(of: body, boundary: boundary)
            } catch {
                throw Problem(.badRequest, error.description)
            }
            for part in parts {
                guard let name = part.fileName else {
                    throw Problem(.badRequest, "a chunk has no filename, which must be its SHA-1")
                }
                try chunks.keep(try Self.chunk(part, body), as: name)
            }
        }
        return Response(status: .ok, headers: [.contentLength: "0"])
    }

    private static func chunk(
        _ part: MultipartPart, _ body: [UInt8]
    ) throws(Problem) -> [UInt8] {
        let bytes = Array(body[part.content])
        let encoding: String
        switch part.name {
        case "file": encoding = "identity"
        case "file_gzip": encoding = "gzip"
        default: throw Problem(.badRequest, "there is no field '\(part.name.prefix(80))'")
        }
        do throws(ContentCodingError) {
            return try ContentCoding.decode(bytes, encoding: encoding, limit: chunkBytes)
        } catch {
            throw Problem(.badRequest, "a chunk cannot be unpacked: \(error)")
        }
    }

    // MARK: bundles

    /// Bytes of the request that puts a bundle together: 43 for each of its chunks.
    private static var assembleBytes: Int { 256 << 10 }

    private func assemble(
        _ reader: RequestReader, project: String?, release: String?
    ) async throws -> Response {
        let body = try await reader.body(limit: Self.assembleBytes)
        guard let checksum = body["checksum"]?.string, let list = body["chunks"]?.array,
            case let chunks = list.compactMap(\.string), chunks.count == list.count
        else {
            throw Problem(.badRequest, "the body needs a 'checksum' and a list of 'chunks'")
        }
        let missing = app.chunks.missing(chunks)
        guard missing.isEmpty, !chunks.isEmpty else {
            return state("not_found", missing: missing)
        }
        do {
            var names = (body["projects"]?.array ?? []).compactMap(\.scalarText)
            if let project { names = [project] }
            guard
                try await keepBundle(
                    chunks, checksum, projects: names,
                    release: release ?? body["version"]?.string, dist: body["dist"]?.string)
            else { return state("not_found", missing: app.chunks.missing(chunks)) }
        } catch let problem as Problem where problem.status.kind == .clientError {
            app.chunks.markUsed(chunks)
            return state("error", missing: [], detail: problem.detail)
        }
        app.chunks.markUsed(chunks)
        return state("ok", missing: [])
    }

    /// A chunk has gone before the bundle was put together.
    private struct MissingChunk: Error {}

    /// False where a chunk has gone meanwhile.
    private func keepBundle(
        _ chunks: [String], _ checksum: String, projects: [String], release: String?, dist: String?
    ) async throws -> Bool {
        let works: [UploadWork]
        do {
            // All that takes memory in one turn: those who wait for theirs hold nothing.
            works = try await app.keepArtifacts(actor: "sentry-cli") { [store = app.chunks] write in
                guard let bytes = try store.assemble(chunks, checksum: checksum) else {
                    throw MissingChunk()
                }
                return try read(
                    try ArtifactBundle(bytes), projects, release: release, dist: dist, write)
            }.works
        } catch is MissingChunk {
            return false
        }
        for work in works {
            guard !work.items.isEmpty else {
                throw Problem(
                    .badRequest,
                    "nothing of the bundle is a script or a source map" + work.firstReason)
            }
            await app.prepareMaps(work)
        }
        return true
    }

    /// Reads a bundle once, for all projects.
    private func read(
        _ bundle: ArtifactBundle, _ projects: [String], release: String?, dist: String?,
        _ write: BlobWriter
    ) throws -> [UploadWork] {
        let names = projects.isEmpty ? [bundle.project].compactMap { $0 } : projects
        let found = try self.projects(names)
        guard let first = found.first else {
            throw Problem(.badRequest, "the bundle names no project; name one with --project")
        }
        let release = release ?? bundle.release ?? ""
        guard release.utf8.count <= APILimits.releaseNameBytes, !release.utf8.contains(0) else {
            throw Problem(
                .badRequest,
                "the name of the release has more than \(APILimits.releaseNameBytes) bytes, or U+0000"
            )
        }
        var work = UploadWork(project: first.id, release: release)
        try work.setDist(dist ?? bundle.dist)
        try bundle.read(into: &work, write)
        guard work.items.count * found.count <= UploadLimits.artifacts else {
            throw Problem(
                .contentTooLarge,
                "the bundle has more than \(UploadLimits.artifacts) files in \(found.count) "
                    + "projects; send it to fewer at once")
        }
        return [work] + found.dropFirst().map { work.copy(for: $0.id) }
    }

    /// The projects of these names, each once.
    func projects(_ names: [String]) throws -> [Project] {
        var seen: Set<UInt32> = []
        let found = try names.map { try project($0) }.filter { seen.insert($0.id).inserted }
        guard found.count <= UploadLimits.projects else {
            throw Problem(
                .badRequest, "'projects' names more than \(UploadLimits.projects) projects")
        }
        return found
    }

    private func state(
        _ state: String, missing: [String], detail: String? = nil
    ) -> Response {
        Answer.json { json in
            json.beginObject()
            json.member("state", state)
            json.member("missingChunks", .array(missing.map { .string($0) }))
            json.member("detail", detail.map { .string($0) } ?? .null)
            json.endObject()
        }
    }
}
