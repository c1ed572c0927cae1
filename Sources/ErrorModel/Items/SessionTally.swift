/// Adds up the sessions of an envelope: a record for each report, of sums one for each person.
///
/// A session is counted by the report that says `init`, its end by the report that says how it
/// ended, and its errors by its key, which a set keeps once. So a report is looked at alone, and
/// what came before need not be known.
package struct SessionTally {
    private struct Owner: Hashable {
        var user: UInt64
        /// By which a report of one session is known when it comes again; nil of sums that a server
        /// has made: nothing tells two that are alike from one sent twice.
        var sequence: String?
    }

    private struct Place: Hashable {
        var release: String
        var environment: String
        var minute: Int64
    }

    private struct Sums {
        var order: [Place] = []
        var groups: [Place: SessionsReported.Group] = [:]
    }

    private let salt: [UInt8]
    private let receivedAt: Timestamp
    private let scrubber: Scrubber
    private var order: [Owner] = []
    private var sums: [Owner: Sums] = [:]
    private var groupCount = 0

    /// What became of an item.
    package enum Outcome: Hashable, Sendable {
        case taken
        /// It says nothing that is counted: a session goes on or ends well, of nobody known.
        case nothingNew
        case invalid
        case withoutRelease
        case tooMany
    }

    /// A session of before this is counted as of now: nobody keeps one for so long, and a clock
    /// that is wrong by years must not make rows for each day of them.
    private static let oldestSeconds: Int64 = 30 * 86_400
    private static let minute: Int64 = 60 * Timestamp.microsecondsPerSecond

    package init(
        salt: [UInt8], receivedAt: Timestamp, scrubber: Scrubber = Scrubber(ScrubbingRules())
    ) {
        self.salt = salt
        self.receivedAt = receivedAt
        self.scrubber = scrubber
    }

    // MARK: items

    /// Adds an item of type `session`.
    package mutating func add(session payload: RawSpan) -> Outcome {
        guard let item = SessionItem(payload) else { return .invalid }
        guard let release = item.release, !release.isEmpty else { return .withoutRelease }
        let user = item.user.map { EventKeys.user($0, salt: salt) } ?? 0
        if !item.isNew, !item.isErrored, user == 0 { return .nothingNew }
        let place = place(release, item.environment, item.started)
        // A record of its own: it may come again beside others.
        let owner = Owner(user: user, sequence: item.sequence)
        if sums[owner] != nil { return .nothingNew }
        guard begin(place, owner) else { return .tooMany }
        change(place, owner) { group in
            if item.isNew { group.sessions += 1 }
            if item.status == .crashed { group.crashed += 1 }
            if item.status == .abnormal { group.abnormal += 1 }
            if item.isErrored { group.erroredSessions.append(item.session) }
        }
        return .taken
    }

    /// Adds an item of type `sessions`.
    package mutating func add(aggregates payload: RawSpan) -> Outcome {
        guard let report = SessionAggregates(payload) else { return .invalid }
        guard let release = report.release, !release.isEmpty else { return .withoutRelease }
        var outcome = Outcome.nothingNew
        for entry in report.entries {
            let place = place(release, report.environment, entry.started)
            let user = entry.user.map { EventKeys.user($0, salt: salt) } ?? 0
            let owner = Owner(user: user, sequence: nil)
            guard begin(place, owner) else { return .tooMany }
            change(place, owner) { group in
                let bad = entry.errored + entry.crashed + entry.abnormal
                group.sessions += entry.exited + bad
                group.errored += bad
                group.crashed += entry.crashed
                group.abnormal += entry.abnormal
            }
            outcome = .taken
        }
        return outcome
    }

    private func place(
        _ release: String, _ environment: String?, _ started: Timestamp?
    ) -> Place {
        let now = receivedAt.microseconds
        let oldest = now - Self.oldestSeconds * Timestamp.microsecondsPerSecond
        var time = started?.microseconds ?? now
        if time > now || time < oldest { time = now }
        return Place(
            release: BoundedText.cut(scrubber.clean(release), ItemLimits.release),
            environment: BoundedText.cut(
                orNil: environment.map(scrubber.clean), ItemLimits.environment) ?? "production",
            minute: time - time % Self.minute)
    }

    /// Makes the group where it is missing; false where there are too many.
    private mutating func begin(_ place: Place, _ owner: Owner) -> Bool {
        if sums[owner]?.groups[place] != nil { return true }
        guard groupCount < ItemLimits.sessionGroups else { return false }
        groupCount += 1
        if sums[owner] == nil {
            order.append(owner)
            sums[owner] = Sums()
        }
        sums[owner]?.order.append(place)
        sums[owner]?.groups[place] = SessionsReported.Group(
            release: place.release, environment: place.environment,
            started: Timestamp(microseconds: place.minute))
        return true
    }

    private mutating func change(
        _ place: Place, _ owner: Owner, _ change: (inout SessionsReported.Group) -> Void
    ) {
        guard var group = sums[owner]?.groups[place] else { return }
        change(&group)
        sums[owner]?.groups[place] = group
    }

    // MARK: records

    /// The records, each with the id by which one that comes again is known; nil: by none.
    package var records: [(id: EventID?, record: SessionsReported)] {
        order.flatMap { owner -> [(id: EventID?, record: SessionsReported)] in
            guard let sums = sums[owner] else { return [] }
            let parts = Self.parts(sums.order.compactMap { sums.groups[$0] })
            return parts.enumerated().map { index, groups in
                let id = owner.sequence.map {
                    ItemID.make(["session", String(index), $0])
                }
                return (id, SessionsReported(user: owner.user, groups: groups))
            }
        }
    }

    /// Groups in lists that fit into a digest each.
    private static func parts(
        _ groups: [SessionsReported.Group]
    ) -> [[SessionsReported.Group]] {
        var parts: [[SessionsReported.Group]] = []
        var room = 0
        for group in groups.flatMap(Self.small) {
            let count = group.json.compactBytes.count
            if count > room || parts.isEmpty {
                parts.append([])
                room = ItemLimits.digestRoom
            }
            parts[parts.count - 1].append(group)
            room -= count
        }
        return parts
    }

    /// The same group with its named sessions spread over several.
    private static func small(_ group: SessionsReported.Group) -> [SessionsReported.Group] {
        let step = ItemLimits.namedSessions
        guard group.erroredSessions.count > step else { return [group] }
        return stride(from: 0, to: group.erroredSessions.count, by: step).map { start in
            let named = group.erroredSessions[start...].prefix(step)
            if start == 0 {
                var first = group
                first.erroredSessions = Array(named)
                return first
            }
            return SessionsReported.Group(
                release: group.release, environment: group.environment, started: group.started,
                erroredSessions: Array(named))
        }
    }
}
