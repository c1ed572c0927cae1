import ErrorModel
import EventLog
import Hummingbird

extension API {
    func addRetentionRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/log/retention") { request, _ in
            let body = try await RequestReader(request).body()
            try Self.refuseUnknown(body)
            let isDryRun = try body.optionalBool("dryRun") ?? false
            if try body.optionalBool("projects") ?? false {
                let plan = try await app.expire(isDryRun: isDryRun, actor: try actor(body))
                return Answer.json { write(plan, isDryRun: isDryRun, &$0) }
            }
            let plan = try await app.retain(try Self.policy(body), isDryRun: isDryRun)
            return Answer.json { json in
                json.beginObject()
                json.member("dryRun", isDryRun)
                json.member("firstOffset", plan.firstOffset)
                json.member("segments", plan.segmentCount)
                json.member("bytes", plan.byteCount)
                json.endObject()
            }
        }
    }

    /// What the settings of the projects let go.
    private func write(_ plan: ExpiryPlan, isDryRun: Bool, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("dryRun", isDryRun)
        json.key("projects")
        json.beginArray()
        for (project, counts) in plan.counts.sorted(by: { $0.key < $1.key }) {
            json.beginObject()
            json.member("project", app.projects.project(id: project)?.slug ?? String(project))
            json.member("before", Timestamp(microseconds: plan.limits[project] ?? 0))
            for (name, value) in counts.members { json.member(name, value) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static let members: Set<String> = [
        "keepDays", "keepBytes", "projects", "dryRun", "actor",
    ]

    /// What is dropped is gone: a `dryRun` that is written otherwise must not be passed over.
    private static func refuseUnknown(_ body: JSONValue) throws {
        for member in body.members ?? [] where !members.contains(member.key) {
            throw Problem(
                .badRequest,
                "there is no '\(member.key.prefix(100))'; known are "
                    + members.sorted().joined(separator: ", "))
        }
    }

    private static func policy(_ body: JSONValue) throws -> RetentionPolicy {
        let days = try number("keepDays", of: body)
        let bytes = try number("keepBytes", of: body)
        guard let policy = RetentionPolicy(keepDays: days, keepBytes: bytes) else {
            throw Problem(
                .badRequest,
                "'keepDays' (at most \(RetentionPolicy.dayLimit)) or 'keepBytes' must "
                    + "say what is kept")
        }
        return policy
    }

    private static func number(_ name: String, of body: JSONValue) throws -> UInt64? {
        guard let value = body[name], value != .null else { return nil }
        guard let number = value.int64, number > 0 else {
            throw Problem(.badRequest, "'\(name)' must be a whole number, at least 1")
        }
        return UInt64(number)
    }
}
