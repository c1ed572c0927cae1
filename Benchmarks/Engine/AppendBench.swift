import ErrorModel
import EventLog
import Synchronization

/// Producers that each append one record and wait until it is durable, over and over.
struct AppendBench {
    let events: EventFile
    let directory: String
    let producers: Int
    /// How long they go on.
    let duration: Double

    /// Records made before the clock starts; they are used again with other ids.
    private static let preparedCount = 20_000

    func run() async throws {
        let records = try (0..<min(Self.preparedCount, events.count)).map {
            try events.record($0)
        }
        let log = try EventLog.open(directory: directory)
        defer { log.close() }
        let end = seconds() + duration
        let started = seconds()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    var number = producer
                    while seconds() < end {
                        var record = records[number % records.count]
                        record.id.low = UInt64(number) + 1
                        _ = try await log.append([record])
                        number += producers
                    }
                }
            }
            try await group.waitForAll()
        }
        let taken = seconds() - started
        let count = log.durableOffset
        report(
            ("events_per_s", (Double(count) / taken).rounded()), ("events", Double(count)),
            ("bytes_per_event", (Double(log.status.byteCount) / Double(count)).rounded()))
    }
}

extension EventFile {
    /// When all events of a benchmark were received.
    static let receivedAt = Timestamp(
        microseconds: Int64(EventGenerator.start + EventGenerator.span + 60_000_000))
    static let project: UInt32 = 1
    static let salt: [UInt8] = Array("a salt of a test".utf8)
    /// That of a project that has set nothing.
    static let scrubber = Scrubber(ScrubbingRules())

    func intake(_ number: Int) throws -> IntakeEvent {
        try EventIntake.event(
            payload: RawSpan(_unsafeBytes: self[number]), protocol: .sentry,
            receivedAt: Self.receivedAt, envelope: EnvelopeFacts(),
            newID: EventID(high: 1, low: UInt64(number)), project: Self.project, salt: Self.salt,
            scrubber: Self.scrubber)
    }

    /// Event `number` as the server would hand it to the log.
    func record(_ number: Int) throws -> NewRecord {
        let event = try intake(number)
        return NewRecord(
            time: Self.receivedAt.microseconds,
            type: RecordType(rawValue: RecordKind.eventCaptured.rawValue), project: Self.project,
            id: RecordID(high: event.id.high, low: event.id.low),
            keys: IndexKeys(
                issue: event.keys.issue, user: event.keys.user, trace: event.keys.trace,
                session: event.keys.session),
            isUnique: true, digest: event.digest,
            line: event.line)
    }
}
