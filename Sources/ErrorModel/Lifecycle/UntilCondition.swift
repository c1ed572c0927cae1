/// When an ignored or muted issue opens again by itself.
///
/// Without one it stays ignored or muted until a person opens it.
package enum UntilCondition: Hashable, Sendable {
    /// At this time, in microseconds since 1970.
    case time(Int64)
    /// After this many more events, at least 1.
    case events(Int)
    /// After events of this many distinct users since the change, at least 1.
    case users(Int)
    /// After this many events within so many seconds, both at least 1.
    case window(events: Int, seconds: Int)
}

/// What has happened to an ignored or muted issue since the change, as far as its condition asks.
///
/// A pure value: the same events in the same order give the same answer.
package struct UntilProgress: Hashable, Sendable {
    package let condition: UntilCondition
    /// Events counted so far (`.events`).
    package private(set) var eventCount = 0
    /// User keys seen so far (`.users`), at most as many as the condition names.
    package private(set) var users: Set<UInt64> = []
    /// Times of the newest events (`.window`), at most as many as the condition names.
    package private(set) var recent: [Int64] = []

    package init(condition: UntilCondition) {
        self.condition = condition
    }

    /// Restores saved progress.
    package init(
        condition: UntilCondition, eventCount: Int, users: Set<UInt64>, recent: [Int64]
    ) {
        self.condition = condition
        self.eventCount = eventCount
        self.users = users
        self.recent = recent
    }

    /// Takes one more event into account and says whether the condition is met now.
    ///
    /// `time` is the time of receipt in microseconds; `user` is 0 where the event names none.
    package mutating func isMet(byEventAt time: Int64, user: UInt64) -> Bool {
        switch condition {
        case .time(let limit):
            return time >= limit
        case .events(let limit):
            eventCount += 1
            return eventCount >= limit
        case .users(let limit):
            if user != 0 { users.insert(user) }
            return users.count >= limit
        case .window(let limit, let seconds):
            recent.append(time)
            if recent.count > limit { recent.removeFirst(recent.count - limit) }
            return recent.count >= limit && time - recent[0] <= Int64(seconds) * 1_000_000
        }
    }

    /// Whether the condition is met by the mere passing of time.
    package func isMet(atTime now: Int64) -> Bool {
        condition.isMet(at: Timestamp(microseconds: now))
    }
}

extension UntilCondition {
    /// Whether the mere passing of time has met it.
    package func isMet(at now: Timestamp) -> Bool {
        if case .time(let limit) = self { return now.microseconds >= limit }
        return false
    }

    /// The condition in words.
    package var sentence: String {
        switch self {
        case .time(let time): "the time is \(Timestamp(microseconds: time).text)"
        case .events(let count): "\(count) more events"
        case .users(let count): "\(count) more users"
        case .window(let events, let seconds): "\(events) events within \(seconds) s"
        }
    }
}
