import ErrorModel
import EventLog
import Hummingbird
import Projections

extension API {
    func addProjectRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projects") { request, _ in
            let (projects, offset) = try await projects(RequestReader(request))
            return Answer.json(offset: offset) { json in
                json.beginObject()
                json.key("projects")
                json.beginArray()
                for project in projects { write(project, &json) }
                json.endArray()
                json.endObject()
            }
        }
        router.get("api/projects/:project") { request, context in
            let project = try project(context.part("project"))
            let (projects, offset) = try await projects(RequestReader(request))
            let found = projects.first { $0.id == project.id } ?? project.row
            return Answer.json(offset: offset) { write(found, &$0) }
        }
        router.post("api/projects/:project/rotate-key") { request, context in
            let project = try project(context.part("project"))
            let body = try await RequestReader(request).body()
            try await app.rotateKey(
                project.id, keepOldSeconds: try Self.overlap(body), actor: try actor(body))
            return answer(project.id, project)
        }
        router.post("api/projects") { request, _ in
            let body = try await RequestReader(request).body()
            guard let slug = body["slug"]?.string else {
                throw Problem(.badRequest, "the body needs a 'slug'")
            }
            let name = try body.optionalText("name", limit: APILimits.projectNameBytes)
            let description = try body.optionalText(
                "description", limit: APILimits.projectDescriptionBytes)
            let project = try await app.createProject(
                slug: slug, name: name, description: description)
            return Answer.json(.created, offset: app.log.durableOffset) { write(project.row, &$0) }
        }
        router.patch("api/projects/:project") { request, context in
            let project = try project(context.part("project"))
            let body = try await RequestReader(request).body()
            let regression = try body.optionalText("regression").map {
                try RequestReader.choice("regression", $0, RegressionPolicy.self)
            }
            let releases = try body.optionalText("releases").map {
                try RequestReader.choice("releases", $0, ReleaseScheme.self)
            }
            let retention = try Self.retention(body)
            let scrubbing = try Self.scrubbing(body)
            let limits = try Self.limits(body)
            let name = try body.optionalText("name", limit: APILimits.projectNameBytes)
            let description = try Self.description(body)
            let isChange =
                regression != nil || releases != nil || retention != nil || scrubbing != nil
                || limits != nil || name != nil || description != nil
            guard isChange else {
                throw Problem(
                    .badRequest,
                    "the body needs one of name, description, regression, releases, keepDays, scrubbing "
                        + "and limits")
            }
            let actor = try actor(body)
            if name != nil || description != nil {
                try await app.rename(
                    project.id, name: name, description: description, actor: actor)
            }
            if regression != nil || releases != nil {
                try await app.setPolicy(
                    project.id, regression: regression, releases: releases, actor: actor)
            }
            if let retention {
                try await app.setRetention(project.id, keepDays: retention, actor: actor)
            }
            if let limits { try await app.setLimits(project.id, actor: actor, limits) }
            if let scrubbing {
                try await app.setScrubbing(project.id, scrubbing, actor: actor)
            }
            return answer(project.id, project)
        }
    }

    /// The projects as the view has them, and what it reflects.
    private func projects(_ reader: RequestReader) async throws -> ([ProjectRow], UInt64) {
        try await catchUp(app.projectsView, to: reader)
        return try await app.projectsView.read(ProjectRow.fetchAll)
    }

    /// A project that was just changed.
    private func answer(_ id: UInt32, _ before: Project) -> Response {
        let changed = app.projects.project(id: id) ?? before
        return Answer.json(offset: app.log.durableOffset) { write(changed.row, &$0) }
    }

    /// For how many seconds `keepOldSeconds` lets the old keys be taken; 0 where it is not said.
    private static func overlap(_ body: JSONValue) throws -> UInt64 {
        guard let value = body["keepOldSeconds"], !value.isNull else { return 0 }
        guard let seconds = value.int64, (0...APILimits.keyOverlapSeconds).contains(seconds) else {
            throw Problem(
                .badRequest,
                "'keepOldSeconds' must be a number from 0 to \(APILimits.keyOverlapSeconds)")
        }
        return UInt64(seconds)
    }

    /// What `description` says: a text, or null for none; nil: it is not said.
    private static func description(_ body: JSONValue) throws -> String?? {
        guard body["description"] != nil else { return nil }
        return .some(
            try body.optionalText("description", limit: APILimits.projectDescriptionBytes))
    }

    /// What `keepDays` says: a number of days, or null for as long as the log; nil: it is not said.
    private static func retention(_ body: JSONValue) throws -> UInt64?? {
        guard let value = body["keepDays"] else { return nil }
        if value.isNull { return .some(nil) }
        guard let days = value.int64, days >= 1, UInt64(days) <= RetentionPolicy.dayLimit else {
            throw Problem(
                .badRequest,
                "'keepDays' must be a number of days from 1 to \(RetentionPolicy.dayLimit), or null"
            )
        }
        return .some(UInt64(days))
    }

    /// What `limits` changes: what it leaves out stays as it is, null is no limit; null in its place
    /// is what a new project has; nil: it is not said.
    private static func limits(
        _ body: JSONValue
    ) throws -> (@Sendable (ProjectLimits) -> ProjectLimits)? {
        guard let value = body["limits"] else { return nil }
        if value.isNull { return { _ in ProjectLimits() } }
        guard value.members != nil else {
            throw Problem(.badRequest, "'limits' must be an object, or null for what is usual")
        }
        /// Nil: it is not said.
        func number(_ name: String, _ limit: UInt64) throws -> UInt64?? {
            guard let member = value[name] else { return nil }
            if member.isNull { return .some(nil) }
            guard let number = member.int64, number >= 1, UInt64(number) <= limit else {
                throw Problem(
                    .badRequest, "'\(name)' must be a whole number from 1 to \(limit), or null")
            }
            return UInt64(number)
        }
        let rate = try number("eventsPerSecond", ProjectLimits.eventsPerSecondLimit)
        let burst = try number("burst", ProjectLimits.burstLimit)
        let quota = try number("eventsPerMonth", ProjectLimits.eventsPerMonthLimit)
        let payloads = try number("payloadsPerSecond", ProjectLimits.eventsPerSecondLimit)
        return { old in
            ProjectLimits(
                eventsPerSecond: rate ?? old.eventsPerSecond, burst: burst ?? old.burst,
                eventsPerMonth: quota ?? old.eventsPerMonth,
                payloadsPerSecond: payloads ?? old.payloadsPerSecond)
        }
    }

    /// What `scrubbing` says, whole: what it leaves out is as it is by default; nil: it is not said.
    private static func scrubbing(_ body: JSONValue) throws -> ScrubbingRules? {
        guard let value = body["scrubbing"] else { return nil }
        guard value.members != nil || value.isNull else {
            throw Problem(.badRequest, "'scrubbing' must be an object, or null for the defaults")
        }
        do throws(ScrubbingRulesError) {
            return try ScrubbingRules(value)
        } catch {
            throw Problem(.badRequest, "'scrubbing': \(error)")
        }
    }

    private func write(_ project: ProjectRow, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("id", project.id)
        json.member("slug", project.slug)
        json.member("name", project.name)
        json.optionalMember("description", project.description)
        json.member("key", project.key)
        json.member("dsn", dsn(project))
        let now = app.now
        let oldKeys = project.oldKeys.filter { $0.until > now }
        if !oldKeys.isEmpty {
            json.key("oldKeys")
            json.beginArray()
            for old in oldKeys {
                json.beginObject()
                json.member("key", old.key)
                json.member("until", old.until)
                json.endObject()
            }
            json.endArray()
        }
        json.member("createdAt", project.createdAt)
        json.member("regression", project.regression.rawValue)
        json.member("releases", project.releases.rawValue)
        json.member("grouping", Int(project.grouping.rawValue))
        json.member("keepDays", project.keepDays.map { .integer($0) } ?? .null)
        json.member("scrubbing", project.scrubbing.json)
        json.member("limits", .pairs(project.limits.members))
        json.endObject()
    }

    /// `http://pk_…@127.0.0.1:7400/1`: the key stands in front of the server's host.
    private func dsn(_ project: ProjectRow) -> String {
        let url = publicURL()
        guard let end = url.firstRange(of: "://")?.upperBound else { return url }
        return "\(url[..<end])\(project.key)@\(url[end...])/\(project.id)"
    }
}
