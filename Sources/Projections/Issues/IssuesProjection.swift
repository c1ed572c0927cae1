import ErrorModel
package import EventLog
package import GRDB

/// The issues view: what the issue list and one issue show.
package struct IssuesProjection: Projection {
    package static let name = "issues"
    package static let version = 3
    package static let schema = IssueSchema.sql

    /// What a batch does, in the order of the log: sums of events between changes of status.
    private enum Step {
        case events(IssueDelta)
        case change(StatusStep)
        case act(ActStep)
    }

    /// A change of status that the life of the issue has taken.
    struct StatusStep {
        var issue: IssueID
        var header: RecordHeader
        var from: IssueStatus
        var life: IssueLife
        var actor: String
        var details: [UInt8]
        /// The record of the change that this one takes back.
        var undoes: UInt64?
    }

    /// Another act of triage.
    struct ActStep {
        enum Effect {
            /// With the record that it has to come right after, where it takes one back.
            case assign(String?, after: UInt64?)
            case comment
            case move([IssueMove])
        }

        var issue: IssueID
        var header: RecordHeader
        var kind: RecordKind
        var actor: String
        var details: [UInt8]
        var effect: Effect
        /// The record of the act that this one takes back.
        var undoes: UInt64?
    }

    private var steps: [Step] = []
    private var events = IssueDelta()
    /// The section of the block that is being folded: events refer to it.
    private var section: [UInt8] = []
    /// The lives of the issues whose status was ever changed.
    private var lives: [IssueID: IssueLife] = [:]
    /// Which issue the events of a fingerprint are shown in.
    private var map = IssueMap()
    private var merged = MergedIssues()
    package private(set) var rowEdits: [IssueEdit] = []
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
        map = try IssueParts.map(db)
        merged = try MergedIssues(db)
    }

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .eventCaptured:
            try block.withColumns { try fold(eventAt: index, of: block, $0) }
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
        case .issueMerged:
            let data = block.data(at: index)
            let record = try IssueMerged(data: data)
            guard map.apply(record.moves) else { return }
            act(record.issue, block.header(at: index), record.actor, data, .move(record.moves))
        case .issueUnmerged:
            let data = block.data(at: index)
            let record = try IssueUnmerged(data: data)
            guard map.apply(record.moves) else { return }
            act(record.issue, block.header(at: index), record.actor, data, .move(record.moves))
        case .issueAssigned:
            let data = block.data(at: index)
            let record = try IssueAssigned(data: data)
            act(
                record.issue, block.header(at: index), record.actor, data,
                .assign(record.assignee, after: nil))
        case .issueCommented:
            let data = block.data(at: index)
            let record = try IssueCommented(data: data)
            act(record.issue, block.header(at: index), record.actor, data, .comment)
        case .issueActUndone:
            let data = block.data(at: index)
            undo(try IssueActUndone(data: data), block.header(at: index), data)
        default:
            break
        }
    }

    package mutating func fold(
        _ block: LogBlock, _ indices: Range<Int>, failed: (Int, any Error) throws -> Void
    ) throws {
        try block.withColumns { columns in
            for index in indices {
                do {
                    if columns.type(at: index).rawValue == RecordKind.eventCaptured.rawValue {
                        try fold(eventAt: index, of: block, columns)
                    } else {
                        try fold(block, at: index)
                    }
                } catch {
                    try failed(index, error)
                }
            }
        }
    }

    private mutating func fold(
        eventAt index: Int, of block: LogBlock, _ columns: RecordColumns
    ) throws {
        // Kept, the memory is nobody else's: another address is another block.
        let section = columns.section
        if section.baseAddress != self.section.withUnsafeBytes({ $0.baseAddress }) {
            events.settle(self.section)
            self.section = block.section
        }
        let range = columns.digestRange(at: index)
        let digest = try EventDigestHeader.read(
            UnsafeRawBufferPointer(rebasing: section[range])
        ).get()
        let record = IssueDelta.EventRecord(
            offset: block.baseOffset + UInt64(index), time: columns.time(at: index),
            project: columns.project(at: index), user: columns.key(.user, at: index))
        events.add(
            record, digest, in: section, digestRange: range,
            unjudgedSince: unjudgedSince(record.project, digest))
    }

    private mutating func undo(
        _ record: IssueActUndone, _ header: RecordHeader, _ data: [UInt8]
    ) {
        func act(_ effect: ActStep.Effect) {
            self.act(record.issue, header, record.actor, data, effect, undoes: record.undoes)
        }
        switch record.restored {
        case .status(let restored):
            change(record.issue, header, record.actor, data, undoes: record.undoes) { life, _ in
                life.apply(restored)
            }
        case .assignee(let assignee, let after): act(.assign(assignee, after: after))
        case .comment: act(.comment)
        case .map(let moves): if map.apply(moves) { act(.move(moves)) }
        }
    }

    private mutating func act(
        _ issue: IssueID, _ header: RecordHeader, _ actor: String, _ details: [UInt8],
        _ effect: ActStep.Effect, undoes: UInt64? = nil
    ) {
        let kind = RecordKind(rawValue: header.type.rawValue) ?? .issueActUndone
        add(
            .act(
                ActStep(
                    issue: issue, header: header, kind: kind, actor: actor, details: details,
                    effect: effect, undoes: undoes)))
    }

    /// The record by which the event's issue is resolved, where the event tells nothing about that.
    private func unjudgedSince(_ project: UInt32, _ digest: EventDigestHeader) -> UInt64? {
        guard digest.releaseRange.isEmpty, !lives.isEmpty else { return nil }
        let issue = map.issue(of: IssueID(project: project, fingerprint: digest.fingerprint))
        guard let life = lives[issue],
            life.isUnjudged(happened: digest.happened.microseconds, hasRelease: false)
        else { return nil }
        return life.changedOffset
    }

    private mutating func change(
        _ issue: IssueID, _ header: RecordHeader, _ actor: String, _ details: [UInt8],
        undoes: UInt64? = nil, _ apply: (inout IssueLife, RecordHeader) -> Bool
    ) {
        var life = lives[issue] ?? IssueLife()
        let from = life.status
        guard apply(&life, header) else { return }
        lives[issue] = life
        add(
            .change(
                StatusStep(
                    issue: issue, header: header, from: from, life: life, actor: actor,
                    details: details, undoes: undoes)))
    }

    private mutating func endEvents() {
        events.endRun()
        events.settle(section)
    }

    private mutating func add(_ step: Step) {
        if !events.isEmpty {
            endEvents()
            steps.append(.events(events))
            stepBytes += events.byteCount
            events = IssueDelta()
        }
        steps.append(step)
    }

    package mutating func write(_ db: Database) throws {
        let writer = try IssueRowWriter(db)
        // The transaction before may have failed.
        rowEdits.removeAll(keepingCapacity: true)
        for step in steps {
            switch step {
            case .events(let delta):
                try writer.write(delta, &people, &places, &merged, &rowEdits)
            case .change(let change): try writer.write(change, &merged)
            case .act(let act): try writer.write(act, &merged)
            }
        }
        endEvents()
        try writer.write(events, &people, &places, &merged, &rowEdits)
        try merged.refresh(db)
    }

    package var changedRows: Set<Int64>? { merged.hasMoved ? nil : merged.changed }

    package mutating func didCommit() {
        steps.removeAll(keepingCapacity: true)
        stepBytes = 0
        events = IssueDelta()
        merged.forgetChanged()
        rowEdits = []
        people.trim()
        places.trim()
    }
}
