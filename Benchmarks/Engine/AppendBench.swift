import Dispatch
import ErrorModel
import EventLog
import Synchronization

/// Producers that each append one record and wait until it is durable, over and over.
///
/// One thread speaks for all of them, as an event loop of the server does for its connections:
/// the log tells it who is answered, and it appends the next record of each. So that what is
/// measured is the log, not how a runtime wakes 64 tasks; the floor has one thread for them too.
struct AppendBench {
    let events: EventFile
    let directory: String
    let producers: Int
    /// How long they go on.
    let duration: Double

    /// Records made before the clock starts; they are used again with other ids.
    private static let preparedCount = 20_000

    func run() throws {
        let records = try (0..<min(Self.preparedCount, events.count)).map {
            try events.record($0)
        }
        let log = try EventLog.open(directory: directory)
        defer { log.close() }
        let answered = Answered()
        var next = Array(0..<producers)
        var idle = Array(0..<producers)
        var waiting = 0
        let started = seconds()
        while true {
            if seconds() >= started + duration { idle = [] }
            for producer in idle {
                let number = next[producer]
                next[producer] += producers
                var record = records[number % records.count]
                record.id.low = UInt64(number) + 1
                log.append([record]) { answered.add(producer, $0) }
            }
            waiting += idle.count
            guard waiting > 0 else { break }
            idle = try answered.takeAll()
            waiting -= idle.count
        }
        let taken = seconds() - started
        let count = log.durableOffset
        report(
            ("events_per_s", (Double(count) / taken).rounded()), ("events", Double(count)),
            ("bytes_per_event", (Double(log.status.byteCount) / Double(count)).rounded()))
    }

    /// The producers whose records are durable, told by the log's thread.
    private final class Answered: Sendable {
        private struct State {
            var producers: [Int] = []
            var failure: LogError?
        }

        private let state = Mutex(State())
        private let filled = DispatchSemaphore(value: 0)

        func add(_ producer: Int, _ result: Result<AppendReceipt, LogError>) {
            let isFirst = state.withLock { state in
                state.producers.append(producer)
                if case .failure(let error) = result { state.failure = error }
                return state.producers.count == 1
            }
            if isFirst { filled.signal() }
        }

        /// Waits until there is at least one.
        func takeAll() throws -> [Int] {
            filled.wait()
            return try state.withLock { state in
                if let failure = state.failure { throw failure }
                defer { state.producers.removeAll(keepingCapacity: true) }
                return state.producers
            }
        }
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

    func intake(_ number: Int, _ source: EventProtocol) throws -> IntakeEvent {
        try EventIntake.event(
            payload: RawSpan(_unsafeBytes: self[number]), protocol: source,
            receivedAt: Self.receivedAt, envelope: EnvelopeFacts(),
            newID: EventID(high: 1, low: UInt64(number)), project: Self.project, salt: Self.salt,
            scrubber: Self.scrubber)
    }

    /// Event `number` as the server would hand it to the log.
    func record(_ number: Int, _ source: EventProtocol = .sentry) throws -> NewRecord {
        let event = try intake(number, source)
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
