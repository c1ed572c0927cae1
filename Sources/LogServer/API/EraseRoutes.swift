import ErrorModel
import EventLog
import Hummingbird

extension API {
    /// What the server cannot reach.
    private static let outside =
        "Backups, exports and copied segments are not reached: erase the person there too. "
        + "New events of the person are kept as they come."

    func addEraseRoutes(_ router: Router<BasicRequestContext>) {
        router.post("api/log/erase") { request, _ in
            let body = try await RequestReader(request).body()
            guard let name = try Self.number(body) ?? body.optionalText("project") else {
                throw Problem(.badRequest, "the body needs a 'project', its slug or number")
            }
            guard let user = try body.optionalText("user") else {
                throw Problem(
                    .badRequest,
                    "the body needs a 'user': the id that events carry, else the user name, "
                        + "e-mail or address")
            }
            let report = try await app.erase(
                user: user, of: try project(name), actor: try actor(body),
                isApplied: try body.optionalBool("apply") ?? false)
            return Answer.json(offset: app.log.durableOffset) { Self.write(report, &$0) }
        }
    }

    private static func number(_ body: JSONValue) -> String? {
        body["project"]?.int64.map(String.init)
    }

    private static func write(_ report: ErasureReport, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("applied", report.isApplied)
        for (name, value) in report.counts.members { json.member(name, value) }
        json.member("quarantineFiles", report.quarantine.files)
        json.member("quarantineBytes", report.quarantine.bytes)
        json.member("snapshotIssues", report.snapshotIssues)
        json.key("unreadable")
        json.beginArray()
        for gap in report.unreadable {
            json.beginObject()
            json.member("first", gap.offsets.lowerBound)
            json.member("last", gap.offsets.upperBound - 1)
            json.member("reason", gap.reason)
            json.endObject()
        }
        json.endArray()
        json.optionalMember("recordOffset", report.recordOffset)
        json.member("outside", outside)
        json.endObject()
    }
}
