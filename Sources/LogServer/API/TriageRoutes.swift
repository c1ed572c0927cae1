import ErrorModel
import Hummingbird
import Projections

/// What people do to issues beside changing their status.
extension API {
    /// Issues named in one request: an answer in time even where all are large.
    private static var namedLimit: Int { 100 }

    func addTriageRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/error-issues/:id/merge") { request, context in
            let body = try await RequestReader(request).body()
            let others = try named(body)
            guard !others.isEmpty else {
                throw Problem(.badRequest, "the body needs 'issues', those to merge into this one")
            }
            return answer(
                try await app.merge(others, into: try issueID(context), try note(body)))
        }
        router.post("api/error-issues/:id/unmerge") { request, context in
            let body = try await RequestReader(request).body()
            let parts = try named(body)
            // A list that somebody has filtered down to nothing does not mean all.
            if parts.isEmpty, body["issues"]?.array != nil {
                throw Problem(.badRequest, "'issues' is empty; leave it out to unmerge all")
            }
            return answer(
                try await app.unmerge(
                    parts, from: try issueID(context), try note(body)))
        }
        router.put("api/error-issues/:id/assignee") { request, context in
            let body = try await RequestReader(request).body()
            guard body["assignee"] != nil else {
                throw Problem(.badRequest, "the body needs 'assignee', a name or null")
            }
            let assignee = try body.optionalText("assignee", limit: APILimits.actorBytes)
            return answer(
                try await app.assign(try issueID(context), to: assignee, try note(body)))
        }
        router.post("api/error-issues/:id/comments") { request, context in
            let body = try await RequestReader(request).body()
            let note = try note(body)
            guard let text = note.comment else {
                throw Problem(.badRequest, "the body needs a 'comment'")
            }
            return answer(try await app.comment(on: try issueID(context), text, note))
        }
        router.post("api/error-issues/:id/undo") { request, context in
            let body = try await RequestReader(request).body()
            var offset: UInt64?
            if let value = body["offset"], !value.isNull {
                guard let number = value.int64.flatMap({ UInt64(exactly: $0) }) else {
                    throw Problem(.badRequest, "'offset' must be that of the act's record")
                }
                offset = number
            }
            return answer(try await app.undo(offset, on: try issueID(context), try note(body)))
        }
        router.get("api/error-issues/:id/activity") { request, context in
            try await listActivity(try issueID(context), RequestReader(request))
        }
    }

    private func note(_ body: JSONValue) throws -> TriageNote {
        TriageNote(
            actor: try actor(body),
            comment: try body.optionalText("comment", limit: APILimits.commentBytes))
    }

    /// The member `issues`.
    private func named(_ body: JSONValue) throws -> [IssueID] {
        guard let value = body["issues"], !value.isNull else { return [] }
        guard let list = value.array, list.count <= Self.namedLimit else {
            throw Problem(
                .badRequest, "'issues' must be a list of at most \(Self.namedLimit) ids")
        }
        return try list.map { item in
            guard let id = item.string.flatMap({ IssueID($0) }) else {
                throw Problem(.badRequest, "'issues' has something that is no id of an issue")
            }
            return id
        }
    }

    private func answer(_ acted: (issue: IssueSummary, offset: UInt64)) -> Response {
        Answer.json(offset: acted.offset) { write(acted.issue, &$0) }
    }

    private func listActivity(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        let moment = try await moment(reader, app.issues)
        let (acts, offset) = try await moment.issues.read { db -> [IssueAct]? in
            guard let issue = try IssueSummary.fetch(id, db) else { return nil }
            return try IssueAct.fetch(on: issue.row, db)
        }
        guard let acts else { throw app.noIssue(id) }
        return Answer.json(offset: offset) { json in
            json.beginObject()
            json.key("activity")
            json.beginArray()
            for act in acts { write(act, &json) }
            json.endArray()
            json.endObject()
        }
    }

    func write(_ act: IssueAct, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("offset", act.offset)
        json.member("time", act.time)
        json.member("type", act.type)
        json.member("actor", act.actor)
        if let record = act.undoneBy { json.member("undoneBy", record) }
        json.key("details")
        json.raw(Array(act.details.utf8))
        json.endObject()
    }
}
