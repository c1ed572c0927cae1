import ErrorModel
import EventLog
import Hummingbird
import Projections

/// What people wrote, about an issue or about nothing in particular.
extension API {
    /// Shown with an issue: its newest; the rest has a route of its own.
    private static var shownWithIssue: Int { 5 }

    func addFeedbackRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/error-issues/:id/feedback") { request, context in
            let text = context.part("id") ?? ""
            guard let issue = IssueID(text) else {
                throw Problem(.notFound, "there is no issue '\(text)'")
            }
            let reader = RequestReader(request)
            let moment = try await moment(reader, app.reports, app.issues)
            return try await listFeedback(
                .issues(try await parts(of: issue, in: moment)), reader, moment)
        }
        router.get("api/projects/:project/feedback") { request, context in
            let project = try project(context.part("project"))
            let reader = RequestReader(request)
            return try await listFeedback(
                .project(project.id, isUnattached: try reader.flag("unattached")), reader,
                try await moment(reader, app.reports))
        }
    }

    /// The fingerprints that an issue shows; of one without events, itself.
    private func parts(of issue: IssueID, in moment: Moment) async throws -> [IssueID] {
        try await moment.issues.read { db in
            try IssueSummary.fetch(issue, db).map { try IssueParts.fetch(of: $0.row, db) }
        }.value ?? [issue]
    }

    private func listFeedback(
        _ query: FeedbackQuery, _ reader: RequestReader, _ moment: Moment
    ) async throws -> Response {
        if case .project(let id, _) = query, moment.project(id: id) == nil {
            throw Problem(.notFound, "there was no project \(id) yet")
        }
        let limit = try reader.integer(
            "limit", in: IssueQuery.limitRange, default: IssueQuery.defaultLimit)
        let below = try reader.offset("cursor") ?? .max
        let (rows, offset) = try await moment.reports.read {
            try query.fetch(below: below, limit: limit + 1, $0)
        }
        let shown = Array(rows.prefix(limit))
        let items = try await items(shown)
        return Answer.json(offset: offset) { json in
            json.beginObject()
            json.key("feedback")
            write(items, &json)
            json.member(
                "next",
                rows.count > limit ? shown.last.map { .string(String($0.offset)) } ?? .null : .null)
            json.endObject()
        }
    }

    fileprivate typealias Item = (row: FeedbackRow, item: StoredItem<FeedbackReceived>)

    private func items(_ rows: [FeedbackRow]) async throws -> [Item] {
        let items = try await ItemReader(app: app).records(
            FeedbackReceived.self, at: rows.map(\.offset))
        let byOffset = Dictionary(rows.map { ($0.offset, $0) }) { first, _ in first }
        return items.compactMap { item in byOffset[item.offset].map { ($0, item) } }
    }

    private func write(_ items: [Item], _ json: inout JSONWriter) {
        json.beginArray()
        for (row, item) in items {
            let record = item.record
            json.beginObject()
            json.member("id", item.id.text)
            json.member("offset", item.offset)
            json.member("receivedAt", item.receivedAt)
            json.member("issue", row.issue.map { .string($0.description) } ?? .null)
            json.member("event", record.event.map { .string($0.text) } ?? .null)
            json.optionalMember("timestamp", record.timestamp)
            json.optionalMember("name", record.name)
            json.optionalMember("email", record.email)
            json.optionalMember("message", record.message)
            json.optionalMember("url", record.url)
            json.optionalMember("replay", record.replay?.text)
            json.optionalMember("redacted", record.redaction?.rawValue)
            json.endObject()
        }
        json.endArray()
    }

    // MARK: in an issue

    /// How much feedback there is about an issue, and the newest of it.
    struct IssueFeedback: Sendable {
        fileprivate var count = 0
        fileprivate var items: [Item] = []
    }

    func feedback(of parts: [IssueID], in moment: Moment) async throws -> IssueFeedback {
        let limit = Self.shownWithIssue
        let (found, _) = try await moment.reports.read { db in
            (
                try FeedbackQuery.count(issues: parts, db),
                try FeedbackQuery.issues(parts).fetch(below: .max, limit: limit, db)
            )
        }
        return IssueFeedback(count: found.0, items: try await items(found.1))
    }

    func writeMembers(_ feedback: IssueFeedback, _ json: inout JSONWriter) {
        json.member("feedbackCount", feedback.count)
        json.key("feedback")
        write(feedback.items, &json)
    }
}
