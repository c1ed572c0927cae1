import ContentCoding
import ErrorModel
import EventLog
import NIOCore
import NIOHTTP1

/// What is to be done with a request.
enum IngestPlan {
    case answer(IngestAnswer)
    /// Append, and answer with `IngestProcessor.answer` when the log has.
    case append([NewRecord], PendingAnswer)
}

/// What the answer needs once the records are on disk.
enum PendingAnswer: Sendable {
    /// The id of the event, as SDKs expect it.
    ///
    /// Files are written before the records that name them.
    case sentry(id: EventID?, files: [FileDraft] = [])
    /// The line or element of the body that each record came from is not told; refused ones are.
    case native(refused: [NativeBody.Refusal])
    /// The events were over the rate, the other items were not.
    case limited(OverLimit)

    /// Whether files are written first.
    var hasFiles: Bool {
        guard case .sentry(_, let files) = self else { return false }
        return !files.isEmpty
    }
}

/// Turns requests into records: key, encoding, framing, decoding.
///
/// Holds no state of requests: may be called from any event loop. Nothing is stored of a request
/// that is refused.
final class IngestProcessor: Sendable {
    private let log: EventLog
    /// What requests and streams that do not say get.
    let durability: Durability
    let counters: IngestCounters
    let projects: ProjectRegistry
    private let files: FileWriter
    private let clock: @Sendable () -> Int64
    let gate: ProjectGate
    /// What bodies that have not come whole may hold.
    let bodies = BodyRoom()

    init(app: Faultlog) {
        log = app.log
        durability = app.durability
        counters = app.counters
        projects = app.projects
        files = app.files
        clock = app.clock
        gate = app.gate
    }

    func process(_ request: IngestRequest) -> IngestPlan {
        do {
            return try plan(request)
        } catch {
            counters.refuse(error.reason)
            return .answer(error.answer)
        }
    }

    private func plan(_ request: IngestRequest) throws(Refusal) -> IngestPlan {
        let key = IngestKey.find(request)
        // Known early where the request says it, so that a stranger's body is not unpacked.
        let known: Project? =
            if let key { try project(key, request.route) } else { nil }
        if let name = request.fields.durability, Durability(rawValue: name) == nil {
            throw .unknownDurability
        }
        let encoding = request.fields.contentEncoding ?? ""
        guard encoding.isEmpty || encoding.lowercased() == "identity" else {
            let unpacked = try unpack(Array(request.body.readableBytesView), encoding)
            return try planUnmarked(request, known, unpacked.span.bytes)
        }
        return try planUnmarked(request, known, request.body.readableBytesSpan)
    }

    /// Plans without the mark that some writers of UTF-8 set in front, which RFC 8259 section 8.1 lets a
    /// reader pass over.
    private func planUnmarked(
        _ request: IngestRequest, _ known: Project?, _ body: RawSpan
    ) throws(Refusal) -> IngestPlan {
        let isMarked = body.withUnsafeBytes { $0.starts(with: [0xEF, 0xBB, 0xBF] as [UInt8]) }
        return try plan(request, known, body.extracting(droppingFirst: isMarked ? 3 : 0))
    }

    private func plan(
        _ request: IngestRequest, _ known: Project?, _ body: RawSpan
    ) throws(Refusal) -> IngestPlan {
        switch request.route {
        case .envelope:
            return try envelope(body, known, request.route)
        case .store:
            return try store(request, known, body)
        case .security:
            guard let known else { throw .missingKey }
            return try security(body, known, query: request.query ?? "")
        case .events:
            guard let known else { throw .missingKey }
            return try native(body, known)
        }
    }

    private func unpack(_ body: [UInt8], _ encoding: String) throws(Refusal) -> [UInt8] {
        do throws(ContentCodingError) {
            return try ContentCoding.decode(
                body, encoding: encoding, limit: IngestLimits.unpackedBytes)
        } catch {
            throw Refusal(error)
        }
    }

    // MARK: keys

    /// The project that a key opens, if it is the one that the path names.
    private func project(_ key: String, _ route: IngestRoute) throws(Refusal) -> Project {
        guard let project = projects.project(key: key, at: now) else { throw .unknownKey }
        switch route {
        case .envelope(let name), .store(let name), .security(let name):
            guard name == String(project.id) || name == project.slug else {
                throw .keyOfAnotherProject
            }
        case .events: break
        }
        return project
    }

    // MARK: bodies

    private func envelope(
        _ body: RawSpan, _ known: Project?, _ route: IngestRoute
    ) throws(Refusal) -> IngestPlan {
        let envelope: Envelope
        do throws(EnvelopeError) {
            envelope = try Envelope(parsing: body)
        } catch {
            throw .invalid("invalid_envelope", "\(error)")
        }
        var project = known
        if project == nil, let dsn = envelope.header.dsn.flatMap(SentryDSN.init) {
            // Behind a tunnel the key is in the envelope alone.
            project = try self.project(dsn.key, route)
        }
        guard let project else { throw .missingKey }
        return try EnvelopeIntake(
            envelope: envelope, project: project, receivedAt: Timestamp(microseconds: clock()),
            counters: counters, gate: gate
        ).plan(body)
    }

    private func store(
        _ request: IngestRequest, _ known: Project?, _ body: RawSpan
    ) throws(Refusal) -> IngestPlan {
        let type = request.fields.contentType ?? ""
        let isObject = body.byteCount > 0 && body.unsafeLoad(as: UInt8.self) == UInt8(ascii: "{")
        if isObject, !type.lowercased().hasPrefix("application/x-sentry-envelope") {
            return try storeEvent(known, body)
        }
        let bytes = body.withUnsafeBytes { Array($0) }
        switch StoreBody.classify(bytes, contentType: type) {
        case .json:
            return try storeEvent(known, body)
        case .decoded(let json):
            return try storeEvent(known, json.span.bytes)
        case .deflated(let packed):
            let json = try unpack(packed, "deflate")
            return try storeEvent(known, json.span.bytes)
        case .envelope:
            return try envelope(body, known, request.route)
        case .invalid:
            throw .invalid("invalid_json", "the body is neither JSON nor base64 of packed JSON")
        }
    }

    private func storeEvent(
        _ known: Project?, _ json: RawSpan
    ) throws(Refusal) -> IngestPlan {
        guard let project = known else { throw .missingKey }
        guard json.byteCount <= IngestLimits.eventBytes else { throw .eventTooLarge }
        let receivedAt = now
        if let limit = gate.take(1, of: project, at: receivedAt) {
            counters.drop(limit.reason.rawValue, project: project.id)
            return .answer(.limited(limit))
        }
        let event: IntakeEvent
        do throws(IntakeError) {
            event = try EventIntake.event(
                payload: json, protocol: .sentry, receivedAt: receivedAt,
                envelope: EnvelopeFacts(), newID: .random(), project: project.id,
                salt: project.salt, scrubber: project.scrubber, version: project.grouping,
                refusesBadID: true)
        } catch {
            throw .invalid("invalid_event", "the event cannot be taken: \(error)")
        }
        if event.kind == .feedback {
            var items = ItemIntake(
                Envelope.Header(), project: project, receivedAt: receivedAt, counters: counters)
            items.take(feedback: json)
            let records = items.finish()
            return records.isEmpty
                ? .answer(.ok(id: event.id)) : .append(records, .sentry(id: event.id))
        }
        if event.kind != .error {
            counters.drop(event.kind.dropReason, project: project.id)
            return .answer(.ok(id: event.id))
        }
        return .append(
            [gate.record(event, project: project, receivedAt: receivedAt)], .sentry(id: event.id))
    }

    private func security(
        _ body: RawSpan, _ project: Project, query: String
    ) throws(Refusal) -> IngestPlan {
        guard body.byteCount <= IngestLimits.eventBytes else { throw .eventTooLarge }
        let origin = SentryAuth.origin(query)
        let bytes = body.withUnsafeBytes { Array($0) }
        guard
            let report = SecurityReport(
                bytes, release: origin.release, environment: origin.environment)
        else {
            throw .invalid(
                "invalid_report", "the body is none of the security reports that browsers send")
        }
        let receivedAt = now
        if let limit = gate.take(report.payloads.count, of: project, at: receivedAt) {
            counters.drop(limit.reason.rawValue, report.payloads.count, project: project.id)
            return .answer(.limited(limit))
        }
        var records: [NewRecord] = []
        for payload in report.payloads {
            do throws(IntakeError) {
                let event = try EventIntake.event(
                    payload: payload.span.bytes, protocol: .sentry, receivedAt: receivedAt,
                    envelope: EnvelopeFacts(), newID: .random(), project: project.id,
                    salt: project.salt, scrubber: project.scrubber,
                    version: project.grouping)
                records.append(gate.record(event, project: project, receivedAt: receivedAt))
            } catch {
                throw .invalid("invalid_report", "the report is \(error)")
            }
        }
        return .append(records, .sentry(id: nil))
    }

    private func native(_ body: RawSpan, _ project: Project) throws(Refusal) -> IngestPlan {
        let receivedAt = now
        let batch = NativeBatch(
            body: body, receivedAt: receivedAt, project: project.id, salt: project.salt,
            eventByteLimit: IngestLimits.eventBytes, scrubber: project.scrubber,
            version: project.grouping, newID: EventID.random)
        guard batch.events.count <= IngestLimits.batchEvents else {
            throw .invalid(
                "too_many_events",
                "a request takes at most \(IngestLimits.batchEvents) events; send them in parts")
        }
        let intake = NativeIntake(batch, project: project, receivedAt: receivedAt, gate)
        if let limit = charge(intake, project) { return .answer(.limited(limit)) }
        if intake.records.isEmpty, intake.refused.isEmpty {
            // An empty list: nothing is wrong with it, and nothing is in it.
            return .answer(.native(.ok, nil, count: 0, refused: []))
        }
        if intake.records.isEmpty {
            let isSize = intake.tooLargeCount == intake.refused.count
            return .answer(
                .native(
                    isSize ? .payloadTooLarge : .badRequest, nil, count: 0, refused: intake.refused)
            )
        }
        return .append(intake.records, .native(refused: intake.refused))
    }

    var now: Timestamp { Timestamp(microseconds: clock()) }

    /// Counts what a batch has refused, and what is dropped since the project may not send it; says
    /// why.
    func charge(_ intake: NativeIntake, _ project: Project) -> OverLimit? {
        counters.refuse("too_large", intake.tooLargeCount)
        counters.refuse("invalid_event", intake.refused.count - intake.tooLargeCount)
        guard let limit = intake.limit else { return nil }
        counters.drop(limit.reason.rawValue, intake.eventCount, project: project.id)
        return limit
    }

    // MARK: the log's answer

    /// Appends the records of a request, with the durability that it asks for.
    ///
    /// `completion` comes on a thread of the log or of files, or at once on the calling one.
    func append(
        _ records: [NewRecord], _ request: IngestRequest, _ pending: PendingAnswer,
        completion: @escaping @Sendable (IngestAnswer) -> Void
    ) {
        if case .sentry(let id, let drafts) = pending, pending.hasFiles {
            return files.write(drafts, counters) { [self] named in
                let all = records + named
                if all.isEmpty { return completion(.ok(id: id)) }
                append(all, request, .sentry(id: id), completion: completion)
            }
        }
        let wanted = request.fields.durability.flatMap(Durability.init(rawValue:)) ?? durability
        // Events stand in front of all else, which is counted where it is taken.
        let event = RecordKind.eventCaptured.rawValue
        let count = records.prefix { $0.type.rawValue == event }.count
        append(records, eventCount: count, wanted) { [self] result in
            completion(answer(pending, count: count, result))
        }
    }

    /// Appends records, of which so many are events and stand in front, and counts the events.
    ///
    /// `completion` comes on a thread of the log, or at once on the calling one; failures are not
    /// counted.
    func append(
        _ records: [NewRecord], eventCount: Int, _ durability: Durability,
        completion: @escaping @Sendable (Result<StoredEvents, LogError>) -> Void
    ) {
        log.append(records, durability: durability) { [counters, quota = gate.quota] result in
            let stored = result.map { StoredEvents($0, eventCount: eventCount) }
            if case .success(let stored) = stored {
                counters.add(accepted: stored.accepted, duplicate: stored.duplicate)
                if quota.isCounting { quota.add(records.prefix(eventCount), stored.receipt) }
            }
            completion(stored)
        }
    }

    private func answer(
        _ pending: PendingAnswer, count: Int, _ result: Result<StoredEvents, LogError>
    ) -> IngestAnswer {
        switch result {
        case .failure(let error) where error.code == .invalidRecord:
            counters.refuse("too_large")
            return .refused(.payloadTooLarge, "\(error)")
        case .failure(let error):
            counters.refuse("log_\(error.code.rawValue)")
            return .unavailable(error)
        case .success(let stored):
            switch pending {
            case .sentry(let id, _): return .ok(id: id, stored.receipt.durability)
            case .native(let refused):
                return .native(.ok, stored.receipt, count: count, refused: refused)
            case .limited(let limit): return .limited(limit)
            }
        }
    }
}

/// What the log has done with the events that stand in front of a batch.
struct StoredEvents: Sendable {
    var receipt: AppendReceipt
    var accepted: Int
    var duplicate = 0

    init(_ receipt: AppendReceipt, eventCount: Int) {
        self.receipt = receipt
        for case .duplicate in receipt.outcomes.prefix(eventCount) { duplicate += 1 }
        accepted = eventCount - duplicate
    }
}

extension MonthlyQuota {
    /// Counts the events of a batch that were not known; of what is only queued nobody knows that.
    fileprivate func add(_ events: ArraySlice<NewRecord>, _ receipt: AppendReceipt) {
        for (number, event) in events.enumerated() {
            let outcome = number < receipt.outcomes.count ? receipt.outcomes[number] : nil
            if case .duplicate = outcome { continue }
            add(
                Stored(
                    project: event.project, time: Timestamp(microseconds: event.time),
                    offset: outcome?.offset))
        }
    }
}

extension EventID {
    static func random() -> EventID {
        var generator = SystemRandomNumberGenerator()
        return EventID(high: generator.next(), low: generator.next())
    }
}

extension EventKind {
    /// Under which reason an item of this kind is counted as dropped.
    var dropReason: String {
        switch self {
        case .error: "event"
        case .transaction: "transaction"
        case .feedback: "feedback"
        }
    }
}

extension IntakeEvent {
    func record(project: Project, receivedAt: Timestamp) -> NewRecord {
        NewRecord(
            time: receivedAt.microseconds,
            type: RecordType(rawValue: RecordKind.eventCaptured.rawValue), project: project.id,
            id: RecordID(high: id.high, low: id.low),
            keys: IndexKeys(
                issue: keys.issue, user: keys.user, trace: keys.trace, session: keys.session),
            isUnique: true, digest: digest, line: line)
    }
}
