import ErrorModel
import EventLog
import Projections

/// What a project may send: rate and quota of its events, and the payloads of a storm.
///
/// Safe from any thread.
final class ProjectGate: Sendable {
    private let rates = RateLimiter()
    private let spikes = SpikeThrottle()
    let quota = MonthlyQuota()

    /// Nil: `count` events of the project are taken; else why not, and for how long.
    func take(_ count: Int, of project: Project, at now: Timestamp) -> OverLimit? {
        let limits = project.row.limits
        guard count > 0 else { return nil }
        if let limit = limits.eventsPerMonth,
            let seconds = quota.wait(project.id, limit: limit, at: now)
        {
            return OverLimit(reason: .quota, seconds: seconds)
        }
        return rates.take(count, of: project).map { OverLimit(reason: .rate, seconds: $0) }
    }

    /// The record of an event that is taken, without its payload where it is one of a storm.
    func record(_ event: IntakeEvent, project: Project, receivedAt: Timestamp) -> NewRecord {
        if let rate = project.row.limits.payloadsPerSecond,
            !spikes.keepsPayload(event.keys.issue, rate: rate)
        {
            // Not marked as redacted: nothing that the log had was taken out, and a copy of it is as
            // good as it is.
            return event.sampled(project: project.id, receivedAt: receivedAt)
                .record(project: project, receivedAt: receivedAt)
        }
        return event.record(project: project, receivedAt: receivedAt)
    }
}
