import ErrorModel
package import EventLog
package import GRDB

/// The reports view: what SDKs and people say beside events.
///
/// Losses of SDKs, the health of releases, feedback. One view, since each is rare: a worker of its
/// own for each would read the log three times more.
package struct ReportsProjection: Projection {
    package static let name = "reports"
    package static let version = 2
    package static let schema = ReportsSchema.sql

    private var losses = LossDelta()
    private var health = HealthDelta()
    private var feedback = FeedbackLinks()
    private var people = PeopleStore(.releases)

    package init() {}

    package var pendingByteCount: Int { health.byteCount }

    package mutating func load(_ db: Database) throws {
        try feedback.load(db)
    }

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .eventCaptured:
            if feedback.isWaiting { try feedback.fold(event: block, at: index) }
        case .clientReported:
            losses.add(
                try ClientReported(data: block.data(at: index)), project: block.project(at: index),
                time: block.time(at: index))
        case .sessionsReported:
            health.add(
                try SessionsReported(data: block.data(at: index)), block.header(at: index))
        case .feedbackReceived:
            try feedback.fold(feedback: block, at: index)
        default:
            break
        }
    }

    package mutating func lookBack(_ past: LogPast) throws {
        try feedback.lookBack(past)
    }

    package mutating func write(_ db: Database) throws {
        try losses.write(db)
        try health.write(db, &people)
        try feedback.write(db)
    }

    package mutating func didCommit() {
        losses = LossDelta()
        health = HealthDelta()
        feedback.didCommit()
        people.trim()
    }
}

/// Losses since the last commit, added up.
private struct LossDelta {
    private struct Key: Hashable {
        var project: UInt32
        var reason: String
        var category: String
    }

    private struct Sum {
        var quantity: UInt64 = 0
        var first = Int64.max
        var last = Int64.min
    }

    private var sums: [Key: Sum] = [:]

    mutating func add(_ report: ClientReported, project: UInt32, time: Int64) {
        for loss in report.losses {
            let key = Key(project: project, reason: loss.reason, category: loss.category)
            var sum = sums[key] ?? Sum()
            sum.quantity = sum.quantity.addingReportingOverflow(loss.quantity).partialValue
            sum.first = min(sum.first, time)
            sum.last = max(sum.last, time)
            sums[key] = sum
        }
    }

    func write(_ db: Database) throws {
        if sums.isEmpty { return }
        let upsert = try RowWriter(
            db,
            """
            INSERT INTO client_loss VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity,
                first_report = min(first_report, excluded.first_report),
                last_report = max(last_report, excluded.last_report)
            """)
        for (key, sum) in sums {
            try upsert.run(
                .int(Int64(key.project)), .text(key.reason), .text(key.category),
                .int(Int64(clamping: sum.quantity)), .int(sum.first), .int(sum.last))
        }
    }
}
