import ErrorModel
import EventLog
import Hummingbird

/// Lines of logs that SDKs send beside events.
extension API {
    func addTraceLogRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/logs") { request, _ in
            let reader = RequestReader(request)
            try reader.refusePast()
            let project = try project(reader.text("project"))
            guard let trace = reader.text("trace") else {
                throw Problem(.badRequest, "the query needs a 'trace', the id of one")
            }
            let limit = try reader.integer(
                "limit", in: TraceLogs.limitRange, default: TraceLogs.defaultLimit)
            let found = try await TraceLogs(app: app).lines(
                project: project.id, trace: trace, from: try reader.time("from"),
                to: try reader.time("to"), limit: limit)
            return logs(found.lines, isWhole: found.isWhole)
        }
    }

    /// Lines of logs as an answer; `isWhole`: there are no more.
    func logs(_ lines: [LogsCaptured.Line], isWhole: Bool) -> Response {
        Answer.json(offset: app.log.durableOffset) { json in
            json.beginObject()
            json.key("logs")
            json.beginArray()
            for line in lines { json.value(line.json) }
            json.endArray()
            json.member("complete", isWhole)
            json.endObject()
        }
    }
}

extension RequestReader {
    /// A time in RFC 3339; nil where there is none.
    func time(_ name: String) throws -> Timestamp? {
        guard let text = timeText(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw Problem(.badRequest, "'\(name)' must be a time such as 2026-11-20T10:11:12Z")
        }
        return time
    }
}
