import ErrorModel
import EventLog
import Hummingbird
import Projections

extension API {
    func addProjectRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projects") { request, _ in
            try RequestReader(request).refusePast()
            return Answer.json { json in
                json.beginObject()
                json.key("projects")
                json.beginArray()
                for project in app.projects.all { write(project, &json) }
                json.endArray()
                json.endObject()
            }
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
            return Answer.json(.created, offset: app.log.durableOffset) { write(project, &$0) }
        }
        router.patch("api/projects/:project") { request, context in
            let project = try project(context.parameters.get("project"))
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
            let isChange =
                regression != nil || releases != nil || retention != nil || scrubbing != nil
                || limits != nil
            guard isChange else {
                throw Problem(
                    .badRequest,
                    "the body needs one of regression, releases, keepDays, scrubbing and limits")
            }
            let actor = try actor(body)
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
            let changed = app.projects.project(id: project.id) ?? project
            return Answer.json(offset: app.log.durableOffset) { write(changed, &$0) }
        }
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

    private func write(_ project: Project, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("id", project.id)
        json.member("slug", project.slug)
        json.member("name", project.row.name)
        json.optionalMember("description", project.row.description)
        json.member("key", project.row.key)
        json.member("dsn", dsn(project))
        json.member("createdAt", project.row.createdAt)
        json.member("regression", project.row.regression.rawValue)
        json.member("releases", project.row.releases.rawValue)
        json.member("grouping", Int(project.grouping.rawValue))
        json.member("keepDays", project.row.keepDays.map { .integer($0) } ?? .null)
        json.member("scrubbing", project.row.scrubbing.json)
        json.member("limits", .pairs(project.row.limits.members))
        json.endObject()
    }

    /// `http://pk_…@127.0.0.1:7400/1`: the key stands in front of the server's host.
    private func dsn(_ project: Project) -> String {
        let url = publicURL()
        guard let end = url.firstRange(of: "://")?.upperBound else { return url }
        return "\(url[..<end])\(project.row.key)@\(url[end...])/\(project.id)"
    }
}
