import ErrorModel
import Hummingbird
import Projections

/// The environments of a project beside each other.
extension API {
    /// What is compared where nobody says: a week.
    private static var defaultSpan: Int64 { 7 * 24 * 3_600 * Timestamp.microsecondsPerSecond }

    func addEnvironmentRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/origins/:origin/environments") { request, context in
            try await compareEnvironments(
                context.part("origin"), RequestReader(request))
        }
    }

    private func compareEnvironments(
        _ origin: String?, _ reader: RequestReader
    ) async throws -> Response {
        let moment = try await moment(reader, app.facets, app.issues, app.reports)
        let project = try moment.project(origin)
        // The hour in which it is asked is one of them.
        let to = try reader.time("to") ?? moment.now.shifted(byMicroseconds: 1)
        let from = try reader.time("from") ?? to.shifted(byMicroseconds: -Self.defaultSpan)
        guard let span = HourSpan(from: from, to: to) else {
            throw Problem(.badRequest, "'from' must be before 'to'")
        }
        let (events, offset) = try await moment.facets.read {
            try EnvironmentEvents.fetch(project: project.id, hours: span.hours, $0)
        }
        let issues = try await moment.issues.read {
            try EnvironmentIssues.byEnvironment(
                project: project.id, from: span.start, to: span.end, $0)
        }
        let health = try await moment.reports.read {
            try EnvironmentHealth.byEnvironment(
                project: project.id, from: span.start, to: span.end, $0)
        }
        let total = events.reduce(0) { $0 + $1.events }
        let silent = health.value.keys.filter { name in
            !events.contains { $0.environment == name }
        }.sorted().map { EnvironmentEvents(environment: $0) }
        return Answer.json(offset: min(offset, issues.offset, health.offset)) { json in
            json.beginObject()
            json.member("from", span.start)
            json.member("to", span.end)
            json.key("environments")
            json.beginArray()
            for entry in events + silent {
                json.beginObject()
                json.member("name", entry.environment)
                json.member("events", entry.events)
                json.key("share")
                json.double(total == 0 ? 0 : Double(entry.events) / Double(total))
                json.key("eventsPerHour")
                json.double(Double(entry.events) / Double(span.hours.count))
                // No more issues than events: an environment that is named for its sessions has none.
                let count = issues.value[entry.environment]
                json.member("issues", min(count?.issues ?? 0, entry.events))
                json.member("issuesExact", entry.events == 0 || count?.isExact ?? true)
                let health = health.value[entry.environment]
                json.key("eventsPerThousandSessions")
                if let health, health.sessions > 0 {
                    json.double(1_000 * Double(entry.events) / Double(health.sessions))
                } else {
                    json.null()
                }
                json.member("sessions", health?.sessions ?? 0)
                json.key("crashFreeSessions")
                if let rate = health?.crashFree { json.double(rate) } else { json.null() }
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }
}

/// Whole hours that hold two moments; what is counted by the hour is compared by them.
private struct HourSpan {
    var hours: Range<Int64>

    private static let microseconds = 3_600 * Timestamp.microsecondsPerSecond

    /// Nil where the end is not behind the start.
    init?(from: Timestamp, to: Timestamp) {
        let (first, last) = (Self.floor(from.microseconds), Self.floor(to.microseconds - 1))
        guard from < to, first <= last else { return nil }
        hours = first..<last + 1
    }

    var start: Timestamp { Timestamp(microseconds: hours.lowerBound * Self.microseconds) }
    var end: Timestamp { Timestamp(microseconds: hours.upperBound * Self.microseconds) }

    private static func floor(_ time: Int64) -> Int64 {
        time / microseconds - (time % microseconds < 0 ? 1 : 0)
    }
}
