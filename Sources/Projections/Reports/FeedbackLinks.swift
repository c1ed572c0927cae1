import ErrorModel
import EventLog
import GRDB

/// Finds the issue of each feedback's event, whichever of the two came first.
///
/// An event that was there before is looked up in the log; one that is not there yet is waited
/// for, for a while.
struct FeedbackLinks {
    private struct Key: Hashable {
        var project: UInt32
        var event: EventID
    }

    private struct Row {
        var offset: UInt64
        var project: UInt32
        var time: Int64
        var event: EventID?
    }

    private struct Waiting {
        var offset: UInt64
        var time: Int64
    }

    /// A dialog may be sent long before the event that it is about gets through; an event that
    /// comes later than this has lost its feedback.
    static let waitDays: Int64 = 7
    private static let waitMicroseconds =
        waitDays * 86_400 * Timestamp.microsecondsPerSecond
    /// Feedback that waits at one time: a hundred bytes each.
    ///
    /// Beyond it the oldest waits no more.
    private static let waitingLimit = 100_000

    private var rows: [Row] = []
    private var links: [(offset: UInt64, fingerprint: UInt64)] = []
    private var waiting: [Key: [Waiting]] = [:]
    private var waitingCount = 0
    /// Not looked up in the log yet.
    private var unasked: [(key: Key, offset: UInt64)] = []

    /// Some feedback has no issue yet.
    var isWaiting: Bool { waitingCount > 0 }

    // MARK: fold

    mutating func load(_ db: Database) throws {
        let found = try GRDB.Row.fetchAll(
            db,
            sql: """
                SELECT log_offset, project, time, event FROM feedback
                WHERE event IS NOT NULL AND fingerprint IS NULL
                ORDER BY log_offset DESC LIMIT ?
                """, arguments: [Self.waitingLimit])
        for row in found.reversed() {
            guard let event = EventID(row[3] as String) else {
                throw FoldError("the table feedback has an event that is none")
            }
            wait(
                for: Key(project: row[1], event: event),
                Waiting(offset: UInt64(bitPattern: row[0]), time: row[2]))
        }
    }

    mutating func fold(feedback block: LogBlock, at index: Int) throws {
        let event = try FeedbackReceived.event(inDigest: block.data(at: index))
        let row = Row(
            offset: block.baseOffset + UInt64(index), project: block.project(at: index),
            time: block.time(at: index), event: event)
        rows.append(row)
        guard let event else { return }
        let key = Key(project: row.project, event: event)
        unasked.append((key, row.offset))
        wait(for: key, Waiting(offset: row.offset, time: row.time))
    }

    mutating func fold(event block: LogBlock, at index: Int) throws {
        let header = block.header(at: index)
        let key = Key(
            project: header.project, event: EventID(high: header.id.high, low: header.id.low))
        guard waiting[key] != nil else { return }
        let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
        attach(key, digest.fingerprint) { header.time - $0.time <= Self.waitMicroseconds }
    }

    /// Asks the log for the events of the feedback that was folded since the last call.
    mutating func lookBack(_ past: LogPast) throws {
        while let (key, offset) = unasked.last {
            let id = RecordID(high: key.event.high, low: key.event.low)
            let type = RecordType(rawValue: RecordKind.eventCaptured.rawValue)
            let found = try past.reader.find(UniqueKey(project: key.project, type: type, id: id))
            // One that came later is met by the fold, so that a fold does not see ahead.
            if let found, found < offset, let fingerprint = try past.fingerprint(at: found) {
                attach(key, fingerprint) { $0.offset == offset }
            }
            unasked.removeLast()
        }
    }

    private mutating func wait(for key: Key, _ feedback: Waiting) {
        waiting[key, default: []].append(feedback)
        waitingCount += 1
        if waitingCount > 2 * Self.waitingLimit { forgetOldest() }
    }

    private mutating func forgetOldest() {
        let newest = waiting.values.joined().map(\.offset).sorted(by: >)
            .prefix(Self.waitingLimit)
        guard let oldest = newest.last else { return }
        waiting = waiting.compactMapValues { list in
            let kept = list.filter { $0.offset >= oldest }
            return kept.isEmpty ? nil : kept
        }
        waitingCount = newest.count
    }

    private mutating func attach(
        _ key: Key, _ fingerprint: UInt64, where isMeant: (Waiting) -> Bool
    ) {
        guard let list = waiting[key] else { return }
        let rest = list.filter { !isMeant($0) }
        for feedback in list where isMeant(feedback) {
            links.append((feedback.offset, fingerprint))
        }
        waitingCount -= list.count - rest.count
        waiting[key] = rest.isEmpty ? nil : rest
    }

    // MARK: rows

    func write(_ db: Database) throws {
        if !rows.isEmpty {
            let insert = try RowWriter(
                db,
                """
                INSERT OR IGNORE INTO feedback (log_offset, project, time, event)
                VALUES (?, ?, ?, ?)
                """)
            for row in rows {
                try insert.run(
                    .offset(row.offset), .int(Int64(row.project)), .int(row.time),
                    .text(orNull: row.event?.text))
            }
        }
        if !links.isEmpty {
            let update = try RowWriter(
                db, "UPDATE feedback SET fingerprint = ? WHERE log_offset = ?")
            for link in links {
                try update.run(.text(HexText.text(link.fingerprint)), .offset(link.offset))
            }
        }
    }

    mutating func didCommit() {
        rows.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
    }
}
