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
            let name = context.parameters.get("name") ?? ""
            let views = name == "all" ? app.views : app.views.filter { $0.status.name == name }
            guard !views.isEmpty else {
                let names = app.views.map(\.status.name).joined(separator: ", ")
                throw Problem(.notFound, "there is no projection '\(name)'; there are \(names)")
            }
            for view in views { try await view.rebuild() }
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
            json.optionalMember("failure", status.failure)
            json.endObject()
        }
        json.endArray()
    }
}
