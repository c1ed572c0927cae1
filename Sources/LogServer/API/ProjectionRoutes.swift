import ErrorModel
import EventLog
import Hummingbird
import Projections

extension API {
    func addProjectionRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/projections") { _, _ in
            Answer.json { json in
                json.beginObject()
                writeProjections(&json)
                json.endObject()
            }
        }
        router.post("api/projections/:name/rebuild") { _, context in
            for view in try views(context.parameters.get("name")) { try await view.rebuild() }
            return Answer.json { json in
                json.beginObject()
                writeProjections(&json)
                json.endObject()
            }
        }
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
            json.endObject()
        }
        json.endArray()
    }
}
