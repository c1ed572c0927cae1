import ErrorModel
import Hummingbird
import Projections

/// Grouping a project by another version of the fingerprint.
extension API {
    /// Issues and unions that an answer names; the counts are of all.
    private static var listedLimit: Int { 1_000 }

    func addRegroupRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/projections/regroup") { request, _ in
            let body = try await RequestReader(request).body()
            let project = try project(try body.optionalText("project"))
            let isUndo = try body.optionalBool("undo") ?? false
            let version = try Self.version(body)
            guard (version == nil) == isUndo else {
                throw Problem(.badRequest, "the body needs either 'to' or 'undo': true")
            }
            guard try body.optionalBool("dryRun") ?? false else {
                return try await regroup(project, version, body)
            }
            guard let to = version ?? project.row.regrouped?.previous else {
                throw Problem(.conflict, "\(project.slug) was never regrouped")
            }
            return answer(try await app.regroupDiff(project.id, to: to))
        }
    }

    private static func version(_ body: JSONValue) throws -> FingerprintVersion? {
        guard let value = body["to"], !value.isNull else { return nil }
        let number = value.int64.flatMap { UInt8(exactly: $0) }
        guard let version = number.flatMap(FingerprintVersion.init(rawValue:)) else {
            let known = FingerprintVersion.allCases.map { "\($0.rawValue) (\($0.sentence))" }
            throw Problem(
                .badRequest, "'to' must be a version: " + known.joined(separator: " or "))
        }
        return version
    }

    private func regroup(
        _ project: Project, _ version: FingerprintVersion?, _ body: JSONValue
    ) async throws -> Response {
        let (record, offset) = try await app.regroup(
            project.id, to: version,
            TriageNote(
                actor: try actor(body),
                comment: try body.optionalText("comment", limit: APILimits.commentBytes)))
        return Answer.json(offset: offset + 1) { json in
            json.beginObject()
            json.member("project", project.slug)
            json.member("version", Int(record.version.rawValue))
            json.member("previous", Int(record.previous.rawValue))
            json.member("record", offset)
            json.endObject()
        }
    }

    private func answer(_ diff: RegroupDiff) -> Response {
        Answer.json(offset: diff.offset) { json in
            json.beginObject()
            json.member("project", app.projects.project(id: diff.project)?.slug ?? "")
            json.member("from", Int(diff.from.rawValue))
            json.member("to", Int(diff.to.rawValue))
            json.member("offset", diff.offset)
            json.member("events", diff.events)
            json.member("unknownEvents", diff.unknownEvents)
            json.member("before", diff.before)
            json.member("after", diff.after)
            for change in RegroupDiff.Change.allCases {
                json.member(change.rawValue, diff.counts[change] ?? 0)
            }
            json.key("issues")
            json.beginArray()
            for issue in diff.issues.prefix(Self.listedLimit) {
                json.value(
                    .pairs(
                        Self.members(issue.whole, diff.project) + [
                            ("title", .string(issue.title)),
                            ("change", .string(issue.change.rawValue)),
                            ("into", Self.list(issue.into, diff.project)),
                        ]))
            }
            json.endArray()
            json.key("unions")
            json.beginArray()
            for union in diff.unions.prefix(Self.listedLimit) {
                json.value(
                    .pairs(
                        Self.members(union.whole, diff.project)
                            + [("of", Self.list(union.of, diff.project))]))
            }
            json.endArray()
            json.member(
                "complete", max(diff.issues.count, diff.unions.count) <= Self.listedLimit)
            json.endObject()
        }
    }

    private static func list(_ sides: [RegroupDiff.Side], _ project: UInt32) -> JSONValue {
        .array(sides.prefix(listedLimit).map { .pairs(members($0, project)) })
    }

    private static func members(
        _ side: RegroupDiff.Side, _ project: UInt32
    ) -> [(String, JSONValue)] {
        [
            (
                "id",
                .string(IssueID(project: project, fingerprint: side.fingerprint).description)
            ),
            ("events", .integer(side.events)), ("users", .integer(side.users)),
            ("usersAreExact", .bool(side.usersAreExact)),
        ]
    }
}
