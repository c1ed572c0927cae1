import ErrorModel
import EventLog
import Hummingbird
import Projections
import ServiceLifecycle

extension API {
    func addProjectionRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projections") { _, _ in projections() }
        router.post("api/projections/:name/rebuild") { _, context in
            for view in try views(context.part("name")) {
                // It goes on without whoever asked, and once it has begun after the next start.
                try await withGracefulShutdownHandler {
                    try await view.rebuild()
                } onGracefulShutdown: {
                    view.releaseRebuilds()
                }
            }
            return projections()
        }
    }

    /// Reflects the offset of the view that is least far.
    private func projections() -> Response {
        Answer.json(offset: app.views.map(\.status.offset).min()) { json in
            json.beginObject()
            writeProjections(&json)
            json.endObject()
        }
    }

    /// By which versions a view groups the projects that were regrouped; `current` where that is not
    /// what is in force, until the view has been folded anew.
    private func writeGroupings(_ status: ProjectionStatus, _ json: inout JSONWriter) {
        let projects = Set(status.shown.byProject.keys).union(status.current.byProject.keys)
        if projects.isEmpty { return }
        json.key("groupings")
        json.beginArray()
        for project in projects.sorted() {
            let (shown, current) = (status.shown[project], status.current[project])
            json.beginObject()
            json.member("project", app.projects.project(id: project)?.slug ?? "\(project)")
            json.member("version", Int(shown.version.rawValue))
            if shown != current { json.member("current", Int(current.version.rawValue)) }
            json.endObject()
        }
        json.endArray()
    }

    func writeProjections(_ json: inout JSONWriter) {
        json.key("projections")
        json.beginArray()
        for view in app.views {
            let status = view.status
            json.beginObject()
            json.member("name", status.name)
            json.member("version", status.version)
            json.member("offset", status.offset)
            json.member("lag", max(0, Int(app.log.durableOffset) - Int(status.offset)))
            json.member("parked", status.parked)
            json.member("gaps", status.gaps)
            json.member("rebuilding", status.isRebuilding)
            if let progress = status.rebuild {
                json.member("rebuild", Self.members(progress))
            }
            json.optionalMember("rebuildFailure", status.rebuildFailure)
            if let progress = app.verifications.progress(of: status.name) {
                json.member("verify", Self.members(progress))
            }
            json.optionalMember("failure", status.failure)
            writeGroupings(status, &json)
            json.endObject()
        }
        json.endArray()
        if let progress = app.comparisons.progress(of: Faultlog.comparison) {
            json.member("comparison", Self.members(progress))
        }
    }
}
