import ErrorModel
import EventLog

/// What a batch of events changes, by issue.
///
/// A pure value. Every field is a sum, a minimum, a maximum or a set, so that the same events in
/// any order and cut into any batches add up to the same view.
struct IssueDelta {
    struct Key: Hashable {
        var project: UInt32
        var fingerprint: UInt64
    }

    /// One sighting of an issue; sightings are ordered by when they happened, then by offset.
    struct Sighting {
        var happened: Int64
        var offset: UInt64

        static func < (a: Sighting, b: Sighting) -> Bool {
            (a.happened, a.offset) < (b.happened, b.offset)
        }
    }

    /// Events under one name (an environment, a release) of an issue.
    struct Named {
        var name: Int
        var events: Int
        var first: Int64
        var last: Int64
    }

    /// Events of one day, by hour.
    struct Day {
        var day: Int64
        var hours: InlineArray<24, UInt32>
    }

    struct Issue {
        var key: Key
        var events = 0
        var first: Sighting
        /// The release of the first sighting, a number of the names; -1 for none.
        var firstRelease: Int
        var last: Sighting
        /// The digest of the last sighting, after `settle`.
        var lastDigest: [UInt8] = []
        /// Where it is in the section of the block that is being folded.
        fileprivate var lastDigestRange: Range<Int>?
        var environments: [Named] = []
        var releases: [Named] = []
        var days: [Day] = []
        /// User and account keys as they came, with repeats.
        var users: [UInt64] = []
        var accounts: [UInt64] = []
        /// Events that name no release while it is resolved in one, and the record that resolved it:
        /// one for a batch, which a change of status ends.
        var unjudged = 0
        var unjudgedSince: UInt64 = 0
        /// Events of a storm whose payload was not kept.
        var sampled = 0
    }

    /// Events of a project by the month in which they were received.
    struct Month: Hashable {
        var project: UInt32
        /// Counted from January 1970.
        var month: Int
    }

    private(set) var issues: ContiguousArray<Issue> = []
    private(set) var names = StringInterner()
    /// The environment of the event before.
    private var lastEnvironment = -1
    private(set) var months: [Month: Int] = [:]
    private var table = IssueTable()
    /// Issues whose last digest is still in the section alone.
    private var unsettled: [Int] = []
    /// The project and month of the event before, which is mostly that of the next; until when it
    /// lasts, and how many there were.
    private var run: (month: Month, time: Range<Int64>, count: Int)?

    var isEmpty: Bool { issues.isEmpty }

    /// About the memory that it takes.
    var byteCount: Int { issues.count * Self.issueByteCount + eventCount * Self.eventByteCount }
    private var eventCount = 0
    /// An issue with its digest, a day, an environment and a few releases.
    private static let issueByteCount = 1_280
    /// The keys of its user and its account, and now and then another day or release.
    private static let eventByteCount = 24

    /// What is taken of an event besides its digest.
    struct EventRecord {
        var offset: UInt64
        /// When it was received.
        var time: Int64
        var project: UInt32
        /// The key of its user; 0: it names none.
        var user: UInt64
    }

    /// Takes one event; its block is to be settled before the next block's are taken.
    ///
    /// - Parameters:
    ///   - unjudgedSince: the record by which the issue is resolved in a release, where the event names
    ///     none.
    ///   - section: the bytes that the digest is in, at `digestRange`.
    mutating func add(
        _ record: EventRecord, _ digest: EventDigestHeader, in section: UnsafeRawBufferPointer,
        digestRange: Range<Int>, unjudgedSince: UInt64?
    ) {
        let key = Key(project: record.project, fingerprint: digest.fingerprint)
        let sighting = Sighting(happened: digest.happened.microseconds, offset: record.offset)
        let bytes = slice(section, digestRange)
        let environment = names.intern(
            slice(bytes, digest.environmentRange), guess: lastEnvironment)
        lastEnvironment = environment
        let release =
            digest.releaseRange.isEmpty ? -1 : names.intern(slice(bytes, digest.releaseRange))
        count(record)
        let at = table.place(of: key, in: issues)
        if at == issues.count {
            issues.append(
                Issue(key: key, first: sighting, firstRelease: release, last: sighting))
        }
        eventCount += 1
        let isUnsettled = issues[at].take(
            sighting, record.user, digest, environment: environment, release: release,
            unjudgedSince: unjudgedSince, digestRange: digestRange)
        if isUnsettled { unsettled.append(at) }
    }

    /// Copies what is still needed of the section of a block that ends.
    ///
    /// An issue's digest is copied once a block, and not with every event that is newer.
    mutating func settle(_ section: [UInt8]) {
        for place in unsettled {
            guard let range = issues[place].lastDigestRange else { continue }
            issues[place].lastDigestRange = nil
            issues[place].lastDigest.removeAll(keepingCapacity: true)
            issues[place].lastDigest.append(contentsOf: section[range])
        }
        unsettled.removeAll(keepingCapacity: true)
    }

    private mutating func count(_ record: EventRecord) {
        if let known = run, known.month.project == record.project, known.time.contains(record.time)
        {
            run?.count += 1
            return
        }
        endRun()
        let month = Timestamp(microseconds: record.time).month
        run = (
            Month(project: record.project, month: month),
            Timestamp(month: month).microseconds..<Timestamp(month: month + 1).microseconds, 1
        )
    }

    /// Adds what was counted last; to be called before `months` is read.
    mutating func endRun() {
        if let run { months[run.month, default: 0] += run.count }
        run = nil
    }

    private func slice(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }
}

extension IssueDelta.Issue {
    /// True where the last digest is now in the section, and was not before.
    fileprivate mutating func take(
        _ sighting: IssueDelta.Sighting, _ user: UInt64, _ digest: EventDigestHeader,
        environment: Int, release: Int, unjudgedSince: UInt64?, digestRange: Range<Int>
    ) -> Bool {
        events += 1
        if let unjudgedSince {
            unjudged += 1
            self.unjudgedSince = unjudgedSince
        }
        if digest.flags.contains(.sampled) { sampled += 1 }
        if sighting < first {
            first = sighting
            firstRelease = release
        }
        var isUnsettled = false
        if events == 1 || last < sighting {
            last = sighting
            isUnsettled = lastDigestRange == nil
            lastDigestRange = digestRange
        }
        Self.count(&environments, environment, sighting.happened)
        if release >= 0 { Self.count(&releases, release, sighting.happened) }
        countHour(sighting.happened)
        if user != 0 { users.append(user) }
        if digest.account != 0 { accounts.append(digest.account) }
        return isUnsettled
    }

    private static func count(_ names: inout [IssueDelta.Named], _ name: Int, _ happened: Int64) {
        let isKnown = names.withUnsafeMutableBufferPointer { names in
            for place in names.indices where names[place].name == name {
                names[place].events += 1
                names[place].first = min(names[place].first, happened)
                names[place].last = max(names[place].last, happened)
                return true
            }
            return false
        }
        if isKnown { return }
        names.append(.init(name: name, events: 1, first: happened, last: happened))
    }

    private static let microsecondsPerHour: Int64 = 3_600_000_000
    private static let hoursPerDay: Int64 = 24

    private mutating func countHour(_ happened: Int64) {
        let hour = floorDivide(happened, Self.microsecondsPerHour)
        let day = floorDivide(hour, Self.hoursPerDay)
        let hourOfDay = Int(hour - day * Self.hoursPerDay)
        let isKnown = days.withUnsafeMutableBufferPointer { days in
            for place in days.indices.reversed() where days[place].day == day {
                days[place].hours[hourOfDay] += 1
                return true
            }
            return false
        }
        if isKnown { return }
        var hours = InlineArray<24, UInt32>(repeating: 0)
        hours[hourOfDay] = 1
        days.append(.init(day: day, hours: hours))
    }
}

/// Rounds towards minus infinity, so that times before 1970 fall into the right hour.
func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b < 0 ? quotient - 1 : quotient
}
