import ErrorModel
import EventLog
import Hummingbird

/// Single events, and the logs around them.
extension API {
    func addEventRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/events/:event") { request, context in
            var found = try await event(context.part("event"), RequestReader(request))
            found.event = try await app.resolved(found.event, project: found.project.id)
            let shown = found
            return Answer.json(offset: app.log.durableOffset) { json in
                json.beginObject()
                json.member("project", shown.project.slug)
                json.member("issue", shown.issue.description)
                shown.event.writeMembers(to: &json)
                json.endObject()
            }
        }
        router.get("api/events/:event/logs") { request, context in
            let reader = RequestReader(request)
            let found = try await event(context.part("event"), reader)
            return try await listLogs(beside: found, reader)
        }
    }

    private func event(_ text: String?, _ reader: RequestReader) async throws -> FoundEvent {
        try reader.refusePast()
        guard let text, let id = EventID(text) else {
            throw Problem(
                .badRequest, "an event id has 32 hexadecimal digits; '\(text ?? "")' has not")
        }
        let projects = try reader.text("project").map { [try project($0)] } ?? app.projects.all
        guard let found = try await EventReader(app: app).event(id, in: projects) else {
            throw Problem(.notFound, "there is no event \(id.text)")
        }
        return found
    }

    /// The lines of its trace from five minutes before to five minutes after it.
    private func listLogs(
        beside found: FoundEvent, _ reader: RequestReader
    ) async throws -> Response {
        let limit = try reader.integer(
            "limit", in: TraceLogs.limitRange, default: TraceLogs.defaultLimit)
        // Without a payload nobody knows its trace, and without a trace nothing is beside it.
        guard case .whole(let event) = found.event.content, let trace = event.traceID else {
            return logs([], isWhole: true)
        }
        let lines = try await TraceLogs(app: app).beside(
            project: found.project.id, trace: trace, event.timestamp ?? found.event.receivedAt,
            limit: limit)
        return logs(lines.lines, isWhole: lines.isWhole)
    }
}
