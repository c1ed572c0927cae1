import ErrorModel
import EventLog

/// Lines of logs of one trace, or of the time around an event.
struct TraceLogs: Sendable {
    let app: Faultlog

    /// Beside an event its logs of so much before and after it are shown.
    static let besideSeconds: Int64 = 5 * 60
    /// Lines of one answer.
    static let limitRange = 1...1_000
    static let defaultLimit = 200

    /// The newest lines of a trace between two times, oldest first; `isWhole`: there are no more, and
    /// every record of the trace was looked at.
    ///
    /// Lines without a trace are found by the empty one. Off the event loops; looks at the newest
    /// 10,000 records of the trace, each of which may hold many lines.
    func lines(
        project: UInt32, trace: String, from: Timestamp?, to: Timestamp?, limit: Int,
        below end: UInt64 = .max, scanLimit: Int = ItemReader.scanLimit
    ) async throws -> (lines: [LogsCaptured.Line], isWhole: Bool) {
        let key = EventKeys.trace(trace)
        @Sendable func wanted(_ line: LogsCaptured.Line) -> Bool {
            (from.map { line.timestamp >= $0 } ?? true) && (to.map { line.timestamp <= $0 } ?? true)
        }
        let found = try await ItemReader(app: app).search(
            LogsCaptured.self, .trace, key, project: project, below: end, scanLimit: scanLimit,
            keep: { record in
                // Only what is asked for stays in memory.
                var record = record
                record.lines.removeAll { !wanted($0) }
                return record.lines.isEmpty ? nil : record
            }
        ) { found in
            // A clock may be off and lines may come late: some more than what is asked for.
            found.reduce(0) { $0 + $1.record.lines.count } > 2 * limit
        }
        let all = found.items.reversed().flatMap(\.record.lines)
            .enumerated()
            .sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
            .map(\.element)
        return (Array(all.suffix(limit)), found.isWhole && all.count <= limit)
    }

    /// The lines of an event's trace from five minutes before to five minutes after it.
    func beside(
        project: UInt32, trace: String, _ happened: Timestamp, limit: Int,
        below end: UInt64 = .max, scanLimit: Int = ItemReader.scanLimit
    ) async throws -> (lines: [LogsCaptured.Line], isWhole: Bool) {
        let span = Self.besideSeconds * Timestamp.microsecondsPerSecond
        return try await lines(
            project: project, trace: trace, from: happened.shifted(byMicroseconds: -span),
            to: happened.shifted(byMicroseconds: span), limit: limit, below: end,
            scanLimit: scanLimit)
    }
}
