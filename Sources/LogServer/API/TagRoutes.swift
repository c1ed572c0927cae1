import ErrorModel
import Hummingbird
import Projections

/// What the events of an issue have in common.
extension API {
    /// Values of each tag beside an issue; the rest has a route of its own.
    static var shownTagValues: Int { 10 }

    func addTagRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/error-issues/:id/tags") { request, context in
            let id = try issueID(context)
            let reader = RequestReader(request)
            let moment = try await moment(reader, app.issues, app.facets)
            let parts = try await moment.issues.read { db in
                try IssueSummary.fetch(id, db).map { try IssueParts.fetch(of: $0.row, db) }
            }.value
            guard let parts else { throw app.noIssue(id) }
            let (tags, offset) = try await moment.facets.read { try TagCounts.fetch(parts, $0) }
            return Answer.json(offset: offset) { json in
                json.beginObject()
                write(tags, top: .max, &json)
                json.endObject()
            }
        }
    }

    /// The members `tags` and `tagsComplete` (false: there are more keys).
    func write(_ tags: TagCounts, top: Int, _ json: inout JSONWriter) {
        json.key("tags")
        json.beginArray()
        for (name, key) in tags.keys.sorted(by: { $0.key < $1.key }) {
            json.beginObject()
            json.member("key", name.text)
            json.member("events", key.events)
            json.key("values")
            json.beginArray()
            let values = key.values.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            for (value, events) in values.prefix(top) {
                json.beginObject()
                json.member("value", value.text)
                json.member("events", events)
                json.key("share")
                json.double(Double(events) / Double(max(1, key.events)))
                json.endObject()
            }
            json.endArray()
            json.member("complete", !key.isCut && values.count <= top)
            json.endObject()
        }
        json.endArray()
        json.member("tagsComplete", !tags.isCut)
    }
}
