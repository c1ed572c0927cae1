import ErrorModel
import Hummingbird
import Projections

extension API {
    /// Events since a resolve that are judged again for an answer: the newest.
    private static var judgedLimit: Int { 1_000 }

    func addExplainRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/error-issues/:id/explain") { request, context in
            try await explain(try issueID(context), RequestReader(request))
        }
    }

    private func explain(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        try await catchUp(app.issues, app.policy, to: reader)
        let (found, offset) = try await app.issues.read {
            db -> (IssueDetail, [IssueAct], Grouping)? in
            guard let detail = try IssueDetail.fetch(id, db) else { return nil }
            return (
                detail, try IssueAct.fetch(on: detail.summary.row, db),
                try Groupings.shown(db)[detail.summary.id.project]
            )
        }
        guard let (detail, acts, grouping) = found else { throw app.noIssue(id) }
        let issue = detail.summary
        let state = try await app.policy.read { try PolicyState.fetch(issue.id, $0) }.value
        var explanation = IssueExplanation(
            issue: issue, parts: detail.parts, acts: acts, state: state, grouping: grouping)
        if let latest = try await latestEvent(detail), case .whole(let event) = latest.content,
            event.redacted == nil
        {
            explanation.event = event
            explanation.eventOffset = latest.offset
        }
        if issue.status == .resolved {
            let events = try await EventReader(app: app).digests(
                of: detail.parts, above: issue.changedOffset, below: offset, limit: Self.judgedLimit
            )
            explanation.judged = JudgedEvents(
                events, since: issue, state)
            explanation.isWhole = events.count < Self.judgedLimit
        }
        let answer = explanation
        return Answer.json(offset: offset) { answer.write(to: &$0) }
    }
}
