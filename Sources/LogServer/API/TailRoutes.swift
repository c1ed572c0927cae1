import ErrorModel
import EventLog
import Hummingbird
import Projections

/// Events and changes as they come, with the language of searches.
extension API {
    func addTailRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/tail") { request, _ in
            try await tailIssues(RequestReader(request))
        }
    }

    private func tailIssues(_ reader: RequestReader) async throws -> Response {
        let moment = Moment(of: app)
        let durable = app.log.durableOffset
        let from = try reader.offset("from") ?? durable
        guard from <= durable else {
            throw Problem(.badRequest, "'from' is beyond the end of the log, offset \(durable)")
        }
        var query = IssueQuery()
        if let name = reader.text("project") { query.project = try project(name).id }
        query.now = app.now
        try await addSearch(reader, to: &query, in: moment)
        var events = EventFilter()
        events.environment = reader.text("environment")
        events.release = reader.text("release")
        events.level = try level(reader)
        let asked = query
        let tail = IssueTail(
            app: app, query: query, events: events, kinds: try tailKinds(reader)
        ) {
            // What a search asks of the log changes as events come.
            var query = asked
            try await addSearch(reader, to: &query, in: moment)
            return query.facts
        }
        let follower = LogFollower(
            log: app.log, from: max(from, app.log.status.firstOffset),
            until: try reader.flag("once") ? durable : nil)
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .faultlogOffset: String(durable)],
            body: .init { writer in
                try await follower.write(to: &writer) { try await tail.read($0) }
                try await writer.finish(nil)
            })
    }

    private func tailKinds(_ reader: RequestReader) throws -> Set<RecordKind> {
        guard let text = reader.text("type") else { return Set(IssueTail.allKinds) }
        var kinds: Set<RecordKind> = []
        for name in text.split(separator: ",") {
            guard let kind = IssueTail.allKinds.first(where: { $0.name == name }) else {
                let names = IssueTail.allKinds.map(\.name).joined(separator: ", ")
                throw Problem(.badRequest, "'type' must be some of \(names)")
            }
            kinds.insert(kind)
        }
        return kinds
    }
}
