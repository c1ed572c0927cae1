import ErrorModel
import EventLog
import Projections

/// What happened beside the event that an issue shows.
extension API {
    /// Lines of logs, and other errors, beside an issue; both have routes of their own.
    private static var shownBeside: Int { 20 }
    /// Records of logs that are looked at for them: an issue is opened often, and a trace may be made
    /// long by whoever has the key.
    private static var scannedBeside: Int { 200 }

    struct Beside: Sendable {
        var logs: [LogsCaptured.Line] = []
        var logsAreWhole = true
        var events: [EventReader.Neighbour] = []
    }

    /// - Parameter moment: nothing beyond it is told.
    func beside(
        _ latest: StoredEventAnswer?, of detail: IssueDetail, in moment: Moment
    ) async throws -> Beside {
        let end = moment.end
        guard let latest, case .whole(let event) = latest.content else { return Beside() }
        let project = detail.summary.id.project
        async let neighbours = EventReader(app: app, view: moment.issuesOfPast).neighbours(
            of: latest, event, project: project, limit: Self.shownBeside, below: end)
        var beside = Beside()
        if let trace = event.traceID {
            let lines = try await TraceLogs(app: app).beside(
                project: project, trace: trace, event.timestamp ?? latest.receivedAt,
                limit: Self.shownBeside, below: end ?? .max, scanLimit: Self.scannedBeside)
            beside.logs = lines.lines
            beside.logsAreWhole = lines.isWhole
        }
        beside.events = try await neighbours
        return beside
    }

    func write(_ beside: Beside, _ json: inout JSONWriter) {
        json.key("logs")
        json.beginArray()
        for line in beside.logs { json.value(line.json) }
        json.endArray()
        json.member("logsComplete", beside.logsAreWhole)
        json.key("related")
        json.beginArray()
        for neighbour in beside.events {
            json.beginObject()
            json.member("issue", neighbour.issue.description)
            json.member("shares", .array(neighbour.shares.map { .string($0.rawValue) }))
            neighbour.event.writeMembers(to: &json)
            json.endObject()
        }
        json.endArray()
    }
}
