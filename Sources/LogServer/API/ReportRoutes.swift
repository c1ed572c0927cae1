import ErrorModel
import EventLog
import Foundation
import Hummingbird
import Projections

/// What SDKs say beside events: what they have lost, and how sessions went.
extension API {
    func addReportRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projects/:project/client-reports") { request, context in
            let project = try project(context.part("project"))
            try await catchUp(app.reports, to: RequestReader(request))
            let (losses, offset) = try await app.reports.read {
                try ClientLoss.fetchAll(project: project.id, $0)
            }
            return Answer.json(offset: offset) { json in
                json.beginObject()
                json.key("clientReports")
                write(losses, &json)
                json.endObject()
            }
        }
        router.get("api/origins/:origin/releases/:release/health") { request, context in
            let project = try project(context.part("origin"))
            return try await showHealth(
                project, try releaseName(context), RequestReader(request))
        }
    }

    // MARK: losses

    func write(_ losses: [ClientLoss], _ json: inout JSONWriter) {
        json.beginArray()
        for loss in losses {
            json.beginObject()
            json.member("project", slug(loss.project))
            json.member("reason", loss.reason)
            json.member("category", loss.category)
            json.member("quantity", loss.quantity)
            json.member("firstReport", loss.firstReport)
            json.member("lastReport", loss.lastReport)
            json.endObject()
        }
        json.endArray()
    }

    func slug(_ project: UInt32) -> String {
        app.projects.project(id: project)?.slug ?? String(project)
    }

    // MARK: health

    private func showHealth(
        _ project: Project, _ release: String, _ reader: RequestReader
    ) async throws -> Response {
        try await catchUp(app.reports, to: reader)
        let environment = reader.text("environment")
        let (found, offset) = try await app.reports.read { db in
            let all = try ReleaseHealth.byRelease(
                project: project.id, release: release, environment: environment, db)
            return (
                all[release],
                try ReleaseHealth.days(
                    project: project.id, release: release, environment: environment, db)
            )
        }
        return Answer.json(offset: offset) { json in
            json.beginObject()
            json.member("release", release)
            json.member("project", project.slug)
            json.key("health")
            write(found.0, &json)
            json.key("days")
            json.beginArray()
            for day in found.1 {
                json.beginObject()
                json.member("day", day.start)
                json.member("environment", day.environment)
                writeMembers(day.health, &json)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    /// Null where no session is known.
    func write(_ health: ReleaseHealth?, _ json: inout JSONWriter) {
        guard let health else { return json.null() }
        json.beginObject()
        writeMembers(health, &json)
        json.endObject()
    }

    private func writeMembers(_ health: ReleaseHealth, _ json: inout JSONWriter) {
        json.member("sessions", health.sessions)
        json.member("errored", health.errored)
        json.member("crashed", health.crashed)
        json.member("abnormal", health.abnormal)
        json.member("users", health.users)
        json.member("usersExact", health.usersAreExact)
        json.member("crashedUsers", health.crashedUsers)
        for (name, rate) in [
            ("crashFreeSessions", health.crashFreeSessions),
            ("crashFreeUsers", health.crashFreeUsers),
        ] {
            json.key(name)
            if let rate { json.double(rate) } else { json.null() }
        }
    }
}
