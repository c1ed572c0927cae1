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

        /// A fingerprint is a hash already.
        func hash(into hasher: inout Hasher) {
            hasher.combine(fingerprint)
        }
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
        /// The digest of the last sighting.
        var lastDigest: [UInt8] = []
        var environments: [Named] = []
        var releases: [Named] = []
        var days: [Day] = []
        /// User and account keys as they came, with repeats.
        var users: [UInt64] = []
        var accounts: [UInt64] = []
        var unjudged = 0
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
    private(set) var months: [Month: Int] = [:]
    private var index: [Key: Int] = [:]
    /// The project and month of the event before, which is mostly that of the next; until when it
    /// lasts, and how many there were.
    private var run: (month: Month, time: Range<Int64>, count: Int)?

    var isEmpty: Bool { issues.isEmpty }

    /// About the memory that it takes.
    var byteCount: Int { issues.count * Self.issueByteCount + eventCount * Self.eventByteCount }
    private var eventCount = 0
    /// An issue with a week of days and twenty releases.
    private static let issueByteCount = 3_072
    /// The keys of its user and its account.
    private static let eventByteCount = 16

    /// Takes one event.
    ///
    /// - Parameters:
    ///   - isUnjudged: the issue is resolved in a release, and the event names none.
    ///   - section: the bytes that the digest's ranges count in.
    mutating func add(
        _ header: RecordHeader, _ digest: EventDigestView, in section: UnsafeRawBufferPointer,
        digestRange: Range<Int>, isUnjudged: Bool
    ) {
        let key = Key(project: header.project, fingerprint: digest.fingerprint)
        let sighting = Sighting(happened: digest.happened.microseconds, offset: header.offset)
        let environment = names.intern(slice(section, digest.environmentRange))
        let release =
            digest.releaseRange.isEmpty ? -1 : names.intern(slice(section, digest.releaseRange))
        count(header)
        let at = position(of: key, first: sighting, release: release)
        eventCount += 1
        issues[at].take(
            sighting, header, digest, environment: environment, release: release,
            isUnjudged: isUnjudged, digestBytes: slice(section, digestRange))
    }

    private mutating func count(_ header: RecordHeader) {
        if let known = run, known.month.project == header.project, known.time.contains(header.time)
        {
            run?.count += 1
            return
        }
        endRun()
        let month = Timestamp(microseconds: header.time).month
        run = (
            Month(project: header.project, month: month),
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

    private mutating func position(of key: Key, first: Sighting, release: Int) -> Int {
        if let at = index[key] { return at }
        index[key] = issues.count
        issues.append(Issue(key: key, first: first, firstRelease: release, last: first))
        return issues.count - 1
    }
}

extension IssueDelta.Issue {
    fileprivate mutating func take(
        _ sighting: IssueDelta.Sighting, _ header: RecordHeader, _ digest: EventDigestView,
        environment: Int, release: Int, isUnjudged: Bool, digestBytes: UnsafeRawBufferPointer
    ) {
        events += 1
        if isUnjudged { unjudged += 1 }
        if digest.flags.contains(.sampled) { sampled += 1 }
        if sighting < first {
            first = sighting
            firstRelease = release
        }
        if events == 1 || last < sighting {
            last = sighting
            lastDigest.removeAll(keepingCapacity: true)
            lastDigest.append(contentsOf: digestBytes)
        }
        Self.count(&environments, environment, sighting.happened)
        if release >= 0 { Self.count(&releases, release, sighting.happened) }
        countHour(sighting.happened)
        if header.keys.user != 0 { users.append(header.keys.user) }
        if digest.account != 0 { accounts.append(digest.account) }
    }

    private static func count(_ names: inout [IssueDelta.Named], _ name: Int, _ happened: Int64) {
        for i in names.indices where names[i].name == name {
            names[i].events += 1
            names[i].first = min(names[i].first, happened)
            names[i].last = max(names[i].last, happened)
            return
        }
        names.append(.init(name: name, events: 1, first: happened, last: happened))
    }

    private static let microsecondsPerHour: Int64 = 3_600_000_000
    private static let hoursPerDay: Int64 = 24

    private mutating func countHour(_ happened: Int64) {
        let hour = floorDivide(happened, Self.microsecondsPerHour)
        let day = floorDivide(hour, Self.hoursPerDay)
        let hourOfDay = Int(hour - day * Self.hoursPerDay)
        for i in days.indices.reversed() where days[i].day == day {
            days[i].hours[hourOfDay] += 1
            return
        }
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
