import ErrorModel
import EventLog
import Hummingbird
import NIOPosix
import Projections

/// Records that a view could not fold.
extension API {
    func addParkedRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projections/:name/parked") { request, context in
            try await listParked(
                try view(context.part("name")), RequestReader(request))
        }
        router.post("api/projections/:name/parked/retry") { _, context in
            let view = try view(context.part("name"))
            let before = view.status.parked
            try await view.rebuild(parks: true)
            let status = view.status
            return Answer.json(offset: status.offset) { json in
                json.beginObject()
                json.member("name", status.name)
                json.member("before", before)
                json.member("parked", status.parked)
                json.endObject()
            }
        }
    }

    private func view(_ name: String?) throws -> any LiveView {
        guard name != "all", let view = try views(name).first else {
            throw Problem(.notFound, "'all' is not one projection; name one")
        }
        return view
    }

    private func listParked(
        _ view: any LiveView, _ reader: RequestReader
    ) async throws -> Response {
        let limit = try reader.integer(
            "limit", in: IssueQuery.limitRange, default: IssueQuery.defaultLimit)
        let start = try reader.offset("cursor") ?? 0
        let (rows, offset) = try await view.read {
            try ParkedRecord.fetch(from: start, limit: limit + 1, $0)
        }
        let shown = Array(rows.prefix(limit))
        let headers = try await app.readers.runIfActive { [app] in
            let reader = app.log.makeReader()
            return try shown.map { try reader.readHeader(at: $0.offset) }
        }
        return Answer.json(offset: offset) { json in
            json.beginObject()
            json.member("name", view.status.name)
            json.key("parked")
            json.beginArray()
            for (record, header) in zip(shown, headers) {
                json.beginObject()
                json.member("offset", record.offset)
                json.member("error", record.error)
                if let header { write(header, &json) }
                json.endObject()
            }
            json.endArray()
            json.member(
                "next", rows.count > limit ? .string(String(rows[limit].offset)) : .null)
            json.endObject()
        }
    }

    private func write(_ header: RecordHeader, _ json: inout JSONWriter) {
        json.member("time", Timestamp(microseconds: header.time))
        json.member(
            "type",
            RecordKind(rawValue: header.type.rawValue)?.name ?? "type \(header.type.rawValue)")
        json.member(
            "project", app.projects.project(id: header.project)?.slug ?? String(header.project))
        json.member("id", EventID(high: header.id.high, low: header.id.low).text)
    }
}
