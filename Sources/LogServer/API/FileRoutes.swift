import ErrorModel
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

/// Files that came beside events: attachments, and the recordings of replays.
extension API {
    func addFileRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/events/:event/attachments") { request, context in
            try await listAttachments(
                context.part("event") ?? "", RequestReader(request))
        }
        router.get("api/replays/:replay") { request, context in
            try await showReplay(context.part("replay") ?? "", RequestReader(request))
        }
        router.get("api/files/:hash") { request, context in
            try await download(
                context.part("hash") ?? "", name: RequestReader(request).text("name"))
        }
    }

    /// Most files of one answer; an event has one or two.
    private static var listLimit: Int { 1_000 }

    // MARK: lists

    private func listAttachments(
        _ text: String, _ reader: RequestReader
    ) async throws -> Response {
        guard let id = EventID(text) else {
            throw Problem(.badRequest, "an event id has 32 hexadecimal digits; '\(text)' has not")
        }
        var found: [(project: Project, item: StoredItem<AttachmentKept>)] = []
        for project in try reader.text("project").map({ [try project($0)] }) ?? app.projects.all {
            let limit = Self.listLimit
            found += try await ItemReader(app: app).search(
                AttachmentKept.self, .trace, EventKeys.about(id), project: project.id
            ) { $0.count >= limit }
            .items.filter { $0.record.event == id }.map { (project, $0) }
        }
        return Answer.json(offset: app.log.durableOffset) { json in
            json.beginObject()
            json.key("attachments")
            json.beginArray()
            for (project, item) in found {
                let record = item.record
                json.beginObject()
                json.member("id", item.id.text)
                json.member("project", project.slug)
                json.member("receivedAt", item.receivedAt)
                json.optionalMember("fileName", record.fileName)
                json.optionalMember("contentType", record.contentType)
                json.optionalMember("role", record.role)
                write(record.blob, &json)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    private func write(_ blob: BlobReference?, _ json: inout JSONWriter) {
        json.optionalMember("bytes", blob?.byteCount)
        json.optionalMember("sha256", blob?.hash.text)
        json.optionalMember("url", blob.map { "/api/files/\($0.hash.text)" })
    }

    /// The segments of a replay, in their order.
    private func showReplay(_ text: String, _ reader: RequestReader) async throws -> Response {
        guard let id = EventID(text) else {
            throw Problem(.badRequest, "a replay id has 32 hexadecimal digits; '\(text)' has not")
        }
        let project = try project(reader.text("project"))
        let limit = Self.listLimit
        let recordings = try await ItemReader(app: app).search(
            ReplayRecorded.self, .trace, EventKeys.about(id), project: project.id
        ) { $0.count >= limit }.items.filter { $0.record.replay == id }
        let events = try await ItemReader(app: app).search(
            ReplayDescribed.self, .trace, EventKeys.about(id), project: project.id
        ) { $0.count >= limit }.items.filter { $0.record.replay == id }
        let numbers = Set(
            recordings.map(\.record.segment) + events.map(\.record.segment)
        ).sorted()
        guard !numbers.isEmpty else { throw Problem(.notFound, "there is no replay \(id.text)") }
        return Answer.json(offset: app.log.durableOffset) { json in
            json.beginObject()
            json.member("id", id.text)
            json.member("project", project.slug)
            json.key("segments")
            json.beginArray()
            for number in numbers {
                let event = events.first { $0.record.segment == number }?.record
                json.beginObject()
                json.member("segment", number)
                write(recordings.first { $0.record.segment == number }?.record.blob, &json)
                json.key("event")
                if let payload = event?.payload {
                    json.raw(Array(payload.utf8))
                } else {
                    json.null()
                }
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    // MARK: one file

    /// The content, as something to be saved and never to be shown: it is a stranger's.
    private func download(_ text: String, name: String?) async throws -> Response {
        guard let hash = BlobHash(text) else {
            throw Problem(.badRequest, "a file is named by the 64 lower-case digits of its SHA-256")
        }
        let store = app.directory.blobs
        guard let content = try await app.readers.runIfActive({ try store.read(hash) }) else {
            throw Problem(.notFound, "there is no file \(hash.text)")
        }
        var response = Answer.bytes(.ok, "application/octet-stream", content)
        response.headers[.contentDisposition] =
            "attachment; filename=\"\(Self.safeName(name) ?? hash.text)\""
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        response.headers[.cacheControl] = "private, no-store"
        return response
    }

    /// Letters, digits, dots, dashes and underscores of a name, not beginning with a dot; nil where
    /// nothing is left.
    private static func safeName(_ name: String?) -> String? {
        let kept = (name ?? "").utf8.filter {
            ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        let text = String(decoding: kept.prefix(ItemLimits.fileName), as: UTF8.self)
        let trimmed = text.drop { $0 == "." }
        return trimmed.isEmpty ? nil : String(trimmed)
    }
}
