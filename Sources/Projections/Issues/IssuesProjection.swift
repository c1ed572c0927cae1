import ErrorModel
package import EventLog
package import GRDB

/// The issues view: what the issue list and one issue show.
package struct IssuesProjection: Projection {
    package static let name = "issues"
    package static let version = 1
    package static let schema = IssueSchema.sql

    /// What a batch does, in the order of the log: sums of events between changes of status.
    private enum Step {
        case events(IssueDelta)
        case change(StatusStep)
    }

    /// A change of status that the life of the issue has taken.
    struct StatusStep {
        var issue: IssueID
        var header: RecordHeader
        var from: IssueStatus
        var life: IssueLife
        var actor: String
        var details: [UInt8]
    }

    private var steps: [Step] = []
    private var events = IssueDelta()
    /// The lives of the issues whose status was ever changed.
    private var lives: [IssueID: IssueLife] = [:]
    private var people = PeopleStore(.issues)
    private var places = IssuePlaces()

    /// Of the deltas in `steps`.
    private var stepBytes = 0

    package init() {}

    package var pendingByteCount: Int { stepBytes + events.byteCount }

    package mutating func load(_ db: Database) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT project, fingerprint, status, version, changed_offset, changed_at,
                    resolution, resolved_release, until
                FROM issue WHERE version > 0
                """)
        for row in rows {
            guard let fingerprint = HexText.value(row["fingerprint"]),
                let life = IssueLife(row: row)
            else { throw FoldError("the table issue has a row that cannot be read") }
            lives[IssueID(project: row["project"], fingerprint: fingerprint)] = life
        }
    }

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .eventCaptured:
            let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
            let header = block.header(at: index)
            let isUnjudged = isUnjudged(header.project, digest)
            block.section.withUnsafeBytes { section in
                events.add(
                    header, digest, in: section, digestRange: block.digestRange(at: index),
                    isUnjudged: isUnjudged)
            }
        case .issueStatusChanged:
            let data = block.data(at: index)
            let record = try IssueStatusChanged(data: data)
            change(record.issue, block.header(at: index), record.actor, data) { life, header in
                life.apply(record, offset: header.offset, time: header.time)
            }
        case .issueRegressed:
            let data = block.data(at: index)
            let record = try IssueRegressed(data: data)
            change(record.issue, block.header(at: index), "faultlog", data) { life, header in
                life.apply(record, offset: header.offset, time: header.time)
            }
        default:
            break
        }
    }

    private func isUnjudged(_ project: UInt32, _ digest: EventDigestView) -> Bool {
        guard digest.releaseRange.isEmpty, !lives.isEmpty else { return false }
        let issue = IssueID(project: project, fingerprint: digest.fingerprint)
        return lives[issue]?.isUnjudged(
            happened: digest.happened.microseconds, hasRelease: false) ?? false
    }

    private mutating func change(
        _ issue: IssueID, _ header: RecordHeader, _ actor: String, _ details: [UInt8],
        _ apply: (inout IssueLife, RecordHeader) -> Bool
    ) {
        var life = lives[issue] ?? IssueLife()
        let from = life.status
        guard apply(&life, header) else { return }
        lives[issue] = life
        if !events.isEmpty {
            events.endRun()
            steps.append(.events(events))
            stepBytes += events.byteCount
            events = IssueDelta()
        }
        steps.append(
            .change(
                StatusStep(
                    issue: issue, header: header, from: from, life: life, actor: actor,
                    details: details)))
    }

    package mutating func write(_ db: Database) throws {
        let writer = try IssueRowWriter(db)
        for step in steps {
            switch step {
            case .events(let delta): try writer.write(delta, &people, &places)
            case .change(let change): try writer.write(change)
            }
        }
        events.endRun()
        try writer.write(events, &people, &places)
    }

    package mutating func didCommit() {
        steps.removeAll(keepingCapacity: true)
        stepBytes = 0
        events = IssueDelta()
        people.trim()
        places.trim()
    }
}
