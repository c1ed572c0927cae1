import ErrorModel
import EventLog

/// The lines that a stream begins and ends with on the server's side.
extension StreamSession {
    /// The answer to a hello.
    func greeting(project: UInt32, slug: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("hello", StreamLimits.version)
        json.member("server", "faultlog " + ProgramVersion.text)
        json.member("project", .pairs([("id", .integer(project)), ("slug", .string(slug))]))
        json.member("durability", durability.rawValue)
        json.key("limits")
        json.beginObject()
        json.member("lineBytes", StreamLimits.lineBytes)
        json.member("unackedLines", StreamLimits.unackedLines)
        json.member("unackedBytes", StreamLimits.unackedBytes)
        json.endObject()
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// The last line where the server stops.
    var bye: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("bye", "the server stops: connect again and send what has no ack")
        json.member("ack", window.ackedLine)
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
