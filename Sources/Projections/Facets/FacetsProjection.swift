import ErrorModel
package import EventLog
package import GRDB

/// The facets view: what the events of an issue have in common, and how many each environment has.
///
/// A view of its own, written seldomer than the issues: tags are many, and nobody waits for them.
package struct FacetsProjection: Projection {
    package static let name = "facets"
    package static let version = 1
    package static let schema = FacetsSchema.sql
    /// In two seconds of load an issue's row is written once for many events.
    package static func flushNanoseconds(pending: UInt64) -> UInt64 { 2_000_000_000 }
    /// With many issues a commit touches nearly every page of the file, however many events it has: a
    /// tenth of one core goes into it.
    package static let restPerCommit: UInt64 = 9

    private struct IssueKey: Hashable, Comparable {
        var project: UInt32
        var fingerprint: UInt64

        static func < (a: IssueKey, b: IssueKey) -> Bool {
            (a.project, a.fingerprint) < (b.project, b.fingerprint)
        }

        /// A fingerprint is a hash already.
        func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
    }

    private struct HourKey: Hashable {
        var project: UInt32
        var environment: Int
        var hour: Int64
    }

    /// The number of each issue: its place in `issues`.
    private var numbers: [IssueKey: Int] = [:]
    private var issues: [IssueKey] = []
    /// Events by the number of the issue and that of the tag in `tags`.
    private var counts = PairCounts()
    private var hours: [HourKey: Int] = [:]
    /// Tags as digests hold them: both lengths, key, value.
    private var tags = StringInterner()
    private var environments = StringInterner()
    /// Of the texts that are kept, twice each.
    private var textBytes = 0
    /// The hour of the event before, which is mostly that of the next.
    private var run: (key: HourKey, count: Int)?

    package init() {}

    /// About what a tag of an issue and its text take.
    private static let entryBytes = 120
    package var pendingByteCount: Int {
        (counts.count + hours.count) * Self.entryBytes + textBytes
    }

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        guard block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue else { return }
        let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
        let project = block.project(at: index)
        block.section.withUnsafeBytes { section in
            count(digest, project, section)
            guard digest.tagCount > 0 else { return }
            let issue = number(of: IssueKey(project: project, fingerprint: digest.fingerprint))
            digest.forEachTag { key, value in
                let whole = UnsafeRawBufferPointer(
                    rebasing: section[key.lowerBound - Self.lengthBytes..<value.upperBound])
                let known = tags.strings.count
                let tag = tags.intern(whole)
                if tags.strings.count > known { textBytes += 2 * whole.count }
                counts.add(issue, tag)
            }
        }
    }

    private mutating func number(of issue: IssueKey) -> Int {
        if let number = numbers[issue] { return number }
        numbers[issue] = issues.count
        issues.append(issue)
        return issues.count - 1
    }

    /// What stands before the key of a tag.
    private static let lengthBytes = 4

    private mutating func count(
        _ digest: EventDigestView, _ project: UInt32, _ section: UnsafeRawBufferPointer
    ) {
        let known = environments.strings.count
        let environment = environments.intern(
            UnsafeRawBufferPointer(rebasing: section[digest.environmentRange]))
        if environments.strings.count > known { textBytes += 2 * digest.environmentRange.count }
        let key = HourKey(
            project: project, environment: environment,
            hour: floorDivide(digest.happened.microseconds, Self.microsecondsPerHour))
        if run?.key == key {
            run?.count += 1
        } else {
            endRun()
            run = (key, 1)
        }
    }

    private static let microsecondsPerHour: Int64 = 3_600_000_000

    private mutating func endRun() {
        if let run { hours[run.key, default: 0] += run.count }
        run = nil
    }

    package mutating func write(_ db: Database) throws {
        endRun()
        let hour = try RowWriter(
            db,
            """
            INSERT INTO environment_hour VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET events = events + excluded.events
            """)
        for (key, events) in hours {
            try hour.run(
                .int(Int64(key.project)), .text(environments.strings[key.environment]),
                .int(key.hour), .count(events))
        }
        var rows = try TagRows(db)
        var new = issues.map { _ in TagCounts() }
        for (issue, tag, events) in counts.byFirst() {
            let (key, value) = text(of: tag)
            new[issue].add(events, key, value)
        }
        // In the order of the keys: each page is read and written once.
        for (number, issue) in issues.enumerated().sorted(by: { $0.element < $1.element }) {
            try rows.add(new[number], issue.project, IssueID.text(issue.fingerprint))
        }
        try rows.endValues()
    }

    private func text(of number: Int) -> (key: String, value: String) {
        let bytes = tags.bytes(number)
        let keyCount = Int(bytes[0]) | Int(bytes[1]) << 8
        let text = bytes.dropFirst(Self.lengthBytes)
        return (
            String(decoding: text.prefix(keyCount), as: UTF8.self),
            String(decoding: text.dropFirst(keyCount), as: UTF8.self)
        )
    }

    package mutating func didCommit() {
        self = FacetsProjection()
    }
}
