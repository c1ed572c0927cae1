import ErrorModel
import EventLog
import Hummingbird
import Projections

extension API {
    func addIssueRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/error-issues") { request, _ in
            try await listIssues(RequestReader(request))
        }
        router.get("api/error-issues/:id") { request, context in
            try await showIssue(try issueID(context), RequestReader(request))
        }
        router.get("api/error-issues/:id/events") { request, context in
            try await listEvents(try issueID(context), RequestReader(request))
        }
        router.patch("api/error-issues/:id/status") { request, context in
            try await setStatus(try issueID(context), RequestReader(request))
        }
    }

    func issueID(_ context: BasicRequestContext) throws -> IssueID {
        let text = context.part("id") ?? ""
        guard let id = IssueID(text) else {
            throw Problem(.notFound, "there is no issue '\(text)'")
        }
        return id
    }

    // MARK: the list

    private func listIssues(_ reader: RequestReader) async throws -> Response {
        let moment = try await moment(reader, app.issues)
        var query = IssueQuery()
        if let name = reader.text("project") { query.project = try moment.project(name).id }
        query.statuses = try reader.choices("status", IssueStatus.self)
        query.environment = reader.text("environment")
        query.release = reader.text("release")
        query.now = moment.now
        try await addSearch(reader, to: &query, in: moment)
        if query.statuses.isEmpty, !(query.search?.root?.asksForStatus ?? false) {
            // Who ignores an issue wants it out of sight, and finds it by asking for the status.
            query.statuses = IssueStatus.allCases.filter { $0 != .ignored }
        }
        query.level = try level(reader)
        query.sort = try reader.choice("sort", IssueQuery.Sort.self) ?? .lastSeen
        query.ascending = try reader.choice("order", SortOrder.self) == .asc
        query.limit = try reader.integer(
            "limit", in: IssueQuery.limitRange, default: IssueQuery.defaultLimit)
        if let cursor = reader.text("cursor") {
            query.after = query.cursor(cursor)
            if query.after == nil {
                throw Problem(
                    .badRequest,
                    "'cursor' is not one that this server gave for this 'sort' and 'order'")
            }
        }
        let end = knownEnd(moment)
        query.issues = try await issuesOfPeople(reader, in: moment, below: end)
        if query.issues != nil { query.facts.reflects(end) }
        let asked = query
        let (page, offset) =
            moment.end == nil
            ? try await app.issueLists.fetch(asked)
            : try await moment.issues.read { try asked.fetch($0) }
        // Of several views the one that is least far: an answer never says that it knows more than it does.
        return Answer.json(offset: min(offset, asked.facts.offset ?? offset)) { json in
            json.beginObject()
            json.key("issues")
            json.beginArray()
            for issue in page.issues { write(issue, &json) }
            json.endArray()
            json.member("next", page.next.map { .string(asked.text(of: $0)) } ?? .null)
            if !asked.facts.incompleteTags.isEmpty {
                json.member(
                    "incompleteTags",
                    .array(asked.facts.incompleteTags.sorted().map(JSONValue.string)))
            }
            json.endObject()
        }
    }

    func level(_ reader: RequestReader) throws -> Level? {
        guard let name = reader.text("level") else { return nil }
        if let level = Level.allCases.first(where: { $0.name == name }) { return level }
        throw Problem(.badRequest, "'level' must be one of debug, info, warning, error, fatal")
    }

    private enum SortOrder: String, CaseIterable {
        case asc
        case desc
    }

    /// The issues that a user or an account has met, from the log; nil where none is asked for.
    private func issuesOfPeople(
        _ reader: RequestReader, in moment: Moment, below end: UInt64
    ) async throws -> [IssueID]? {
        let user = reader.text("user")
        let account = reader.text("account")
        if user == nil, account == nil { return nil }
        guard let name = reader.text("project") else {
            throw Problem(
                .badRequest, "'user' and 'account' need 'project': they are hashed per project")
        }
        return try await EventReader(app: app, view: moment.issuesOfPast).issues(
            of: try moment.project(name), user: user, account: account, below: end)
    }

    // MARK: one issue

    /// The newest event; in a storm the newest whose payload was kept, where one is near.
    func latestEvent(
        _ detail: IssueDetail, in moment: Moment? = nil
    ) async throws -> StoredEventAnswer? {
        let reader = EventReader(app: app, view: moment?.issuesOfPast)
        let last = detail.summary.lastOffset
        let latest = try await reader.event(at: last)
        guard latest?.isSampled == true else { return latest }
        let near = try await reader.events(
            of: detail.parts, below: last, limit: Self.wholeEventSearchLimit, EventFilter(),
            isSummary: true)
        guard let whole = near.events.first(where: { !$0.isSampled }) else { return latest }
        return try await reader.event(at: whole.offset)
    }

    /// Digests looked at for an event with its payload: those of some seconds of a large storm.
    private static let wholeEventSearchLimit = 1_000

    private func showIssue(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        let moment = try await moment(reader, app.issues, app.facets)
        let (found, offset) = try await moment.issues.read { try IssueDetail.fetch(id, $0) }
        guard let detail = found else { throw app.noIssue(id) }
        let parts = detail.parts
        if moment.end != nil {
            // Views of the past are made one after the other, each within a time that begins when it is
            // asked for: from here on they are there.
            _ = try await moment.facets.read { _ in }
            _ = try await moment.reports.read { _ in }
        }
        // Nothing of these rests on the others, and each waits for a thread.
        async let tagsFound = moment.facets.read { try TagCounts.fetch(parts, $0) }
        async let feedbackFound = feedback(of: parts, in: moment)
        let stored = try await latestEvent(detail, in: moment)
        async let besideFound = beside(stored, of: detail, in: moment)
        var latest = stored
        if let stored { latest = try await app.resolved(stored, project: id.project) }
        let (tags, feedback, beside) = try await (tagsFound, feedbackFound, besideFound)
        return Answer.json(offset: min(offset, tags.offset)) { json in
            json.beginObject()
            writeMembers(detail.summary, &json)
            json.member("sampledEvents", detail.sampled)
            writeShares("environmentCounts", detail.environments, &json)
            writeShares("releases", detail.releases, &json)
            write(tags.value, top: Self.shownTagValues, &json)
            json.key("trend")
            json.beginArray()
            for hour in detail.trend {
                json.beginObject()
                json.member("hour", hour.start)
                json.member("events", hour.events)
                json.endObject()
            }
            json.endArray()
            json.key("history")
            json.beginArray()
            for change in detail.history { write(change, &json) }
            json.endArray()
            json.member(
                "merged", .array(detail.parts.dropFirst().map { .string($0.description) }))
            json.key("comments")
            json.beginArray()
            for comment in detail.comments { write(comment, &json) }
            json.endArray()
            writeMembers(feedback, &json)
            json.key("latestEvent")
            if let latest { latest.write(to: &json) } else { json.null() }
            write(beside, &json)
            json.endObject()
        }
    }

    private func writeShares(
        _ name: String, _ shares: [IssueDetail.Share], _ json: inout JSONWriter
    ) {
        json.key(name)
        json.beginArray()
        for share in shares {
            json.beginObject()
            json.member("name", share.name)
            json.member("events", share.events)
            json.member("firstSeen", share.firstSeen)
            json.member("lastSeen", share.lastSeen)
            json.endObject()
        }
        json.endArray()
    }

    private func write(_ change: IssueDetail.Change, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("version", change.version)
        json.member("offset", change.offset)
        json.member("time", change.time)
        json.member("from", change.from.rawValue)
        json.member("to", change.to.rawValue)
        json.member("actor", change.actor)
        json.key("details")
        json.raw(Array(change.details.utf8))
        json.endObject()
    }

    // MARK: its events

    private func listEvents(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        let moment = try await moment(reader, app.issues)
        let limit = try reader.integer(
            "limit", in: IssueQuery.limitRange, default: IssueQuery.defaultLimit)
        let (found, offset) = try await moment.issues.read { db in
            try IssueSummary.fetch(id, db).map { issue in
                (status: issue.status, parts: try IssueParts.fetch(of: issue.row, db))
            }
        }
        guard let found, let project = moment.project(id: id.project) else {
            throw app.noIssue(id)
        }
        let below = try reader.offset("cursor") ?? offset
        let (filter, reflects) = try await eventFilter(reader, of: project, in: moment)
        // Of the issue itself, as in a list.
        let statuses = try reader.choices("status", IssueStatus.self)
        let isOfProject = try reader.text("project").map { try moment.project($0).id == id.project }
        let isListed = (statuses.isEmpty || statuses.contains(found.status)) && isOfProject != false
        var (events, next) =
            isListed
            ? try await EventReader(app: app, view: moment.issuesOfPast).events(
                of: found.parts, below: min(below, offset), limit: limit, filter,
                isSummary: try reader.flag("summary")) : ([], nil)
        try await app.resolve(&events, project: id.project)
        return Answer.json(offset: min(offset, reflects ?? offset)) { json in
            json.beginObject()
            json.key("events")
            json.beginArray()
            for event in events { event.write(to: &json) }
            json.endArray()
            json.member("next", next.map { .string(String($0)) } ?? .null)
            json.endObject()
        }
    }

    // MARK: its status

    private static let conditionForms: [Set<String>] = [
        ["time"], ["events"], ["users"], ["events", "seconds"],
    ]

    private func setStatus(_ id: IssueID, _ reader: RequestReader) async throws -> Response {
        let body = try await reader.body()
        guard let text = body["status"]?.string else {
            throw Problem(.badRequest, "the body needs a 'status'")
        }
        var request = StatusRequest(
            to: try RequestReader.choice("status", text, IssueStatus.self),
            actor: try actor(body))
        request.release = try body.optionalText("release", limit: APILimits.releaseNameBytes)
        request.inNextRelease = try body.optionalBool("inNextRelease") ?? false
        request.comment = try body.optionalText("comment", limit: APILimits.commentBytes)
        if let until = body["until"], !until.isNull {
            let isOne = Self.conditionForms.contains(Set((until.members ?? []).map(\.key)))
            guard isOne, let condition = UntilCondition(until) else {
                throw Problem(
                    .badRequest,
                    "'until' must be {\"time\":…}, {\"events\":N}, {\"users\":N} or "
                        + "{\"events\":N,\"seconds\":S}")
            }
            if condition.isMet(at: app.now) {
                throw Problem(.badRequest, "'until' names a time that is past")
            }
            request.until = condition
        }
        if let version = body["version"], !version.isNull {
            guard let number = version.int64, number >= 0 else {
                throw Problem(.badRequest, "'version' must be a whole number")
            }
            request.version = UInt64(number)
        }
        let (issue, offset) = try await app.changeStatus(of: id, request)
        return Answer.json(offset: offset) { write(issue, &$0) }
    }
}

// MARK: an issue as JSON

extension API {
    func write(_ issue: IssueSummary, _ json: inout JSONWriter) {
        json.beginObject()
        writeMembers(issue, &json)
        json.endObject()
    }

    private func writeMembers(_ issue: IssueSummary, _ json: inout JSONWriter) {
        json.member("id", issue.id.description)
        json.member(
            "project",
            app.projects.project(id: issue.id.project)?.slug ?? String(issue.id.project))
        json.member("projectId", issue.id.project)
        json.member("title", issue.title)
        json.member("type", issue.type)
        json.member("value", issue.value)
        json.member("culprit", issue.culprit)
        json.member("platform", issue.platform)
        json.member("level", issue.level.name)
        json.member("action", issue.action.name)
        json.member("status", issue.status.rawValue)
        json.member("version", issue.version)
        json.member("events", issue.events)
        json.member("users", issue.users)
        json.member("usersExact", issue.usersAreExact)
        json.member("accounts", issue.accounts)
        json.member("accountsExact", issue.accountsAreExact)
        json.member("firstSeen", issue.firstSeen)
        json.member("lastSeen", issue.lastSeen)
        json.member("firstRelease", issue.firstRelease.map(JSONValue.string) ?? .null)
        json.member("lastRelease", issue.lastRelease.map(JSONValue.string) ?? .null)
        json.member("environments", .array(issue.environments.map(JSONValue.string)))
        json.member("assignee", issue.assignee.map(JSONValue.string) ?? .null)
        if let resolution = issue.resolution {
            json.member("resolution", resolution.word)
            json.optionalMember("resolvedIn", resolution.release)
            json.member("unjudgedEvents", issue.unjudged)
        }
        if let until = issue.until { json.member("until", until.json) }
    }
}
