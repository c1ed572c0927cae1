import ErrorModel
import EventLog

/// Takes the items of an envelope that are no events.
///
/// Made when the first one comes: an envelope that holds only events pays nothing for it. Nothing
/// here refuses an envelope: an item that is no good is counted, and the rest kept.
struct ItemIntake {
    private let project: Project
    private let receivedAt: Timestamp
    private let header: Envelope.Header
    private let counters: IngestCounters
    private var losses = LossTally()
    private var sessions: SessionTally
    private var logs: LogTally
    private var records: [NewRecord] = []
    private var attachments: [Envelope.Item] = []
    private var recordings: [(segment: UInt64, content: Range<Int>)] = []
    private var replay: ReplayDescribed?

    init(
        _ header: Envelope.Header, project: Project, receivedAt: Timestamp,
        counters: IngestCounters
    ) {
        self.header = header
        self.project = project
        self.receivedAt = receivedAt
        self.counters = counters
        sessions = SessionTally(
            salt: project.salt, receivedAt: receivedAt, scrubber: project.scrubber)
        logs = LogTally(salt: project.salt, receivedAt: receivedAt)
    }

    // MARK: items

    mutating func take(_ item: Envelope.Item, _ body: RawSpan) {
        let payload = body.extracting(item.payload)
        switch item.kind {
        case .clientReport:
            count(
                item, isTaken: item.payload.count <= IngestLimits.itemBytes && losses.add(payload))
        case .session:
            guard item.payload.count <= IngestLimits.itemBytes else { return tooLarge(item) }
            count(item, sessions.add(session: payload))
        case .sessions:
            guard item.payload.count <= IngestLimits.itemBytes else { return tooLarge(item) }
            count(item, sessions.add(aggregates: payload))
        case .userReport:
            guard item.payload.count <= IngestLimits.itemBytes else { return tooLarge(item) }
            let report = clean(payload) {
                FeedbackItem.userReport($0, envelopeID: header.eventID, salt: project.salt)
            }
            if let report { append(report.record, id: report.id) }
            count(item, isTaken: report != nil)
        case .feedback:
            guard item.payload.count <= IngestLimits.eventBytes else { return tooLarge(item) }
            take(feedback: payload)
        case .log:
            take(logs: item, payload)
        case .event, .other:
            counters.drop("unknown_item", project: project.id)
        case .transaction, .span, .profile, .profileChunk, .checkIn, .traceMetric, .statsd,
            .metricMeta, .metricBuckets, .replayVideo:
            counters.drop(item.type, project: project.id)
        case .attachment:
            guard canKeepFile(item) else { return }
            attachments.append(item)
        case .replayEvent:
            guard item.payload.count <= ItemLimits.replayEvent else { return tooLarge(item) }
            let event = clean(payload) {
                ReplayItem.event($0, envelopeID: header.eventID, salt: project.salt)
            }
            if let event { append(event.record, id: event.id) }
            replay = event?.record ?? replay
            count(item, isTaken: event != nil)
        case .replayRecording:
            guard canKeepFile(item) else { return }
            guard let recording = ReplayItem.recording(payload) else {
                return count(item, isTaken: false)
            }
            let start = item.payload.lowerBound + recording.start
            recordings.append((recording.segment, start..<item.payload.upperBound))
        }
    }

    /// An item or an event that says that it is feedback.
    mutating func take(feedback payload: RawSpan) {
        let feedback = clean(payload) {
            FeedbackItem.feedback(
                $0, envelopeID: header.eventID, newID: .random(), salt: project.salt)
        }
        if let feedback { append(feedback.record, id: feedback.id) }
        count("feedback", isTaken: feedback != nil)
    }

    private mutating func take(logs item: Envelope.Item, _ payload: RawSpan) {
        guard item.payload.count <= IngestLimits.eventBytes else { return tooLarge(item) }
        var logs = logs
        // Gives up the lines, so that they grow in place.
        self.logs = LogTally(salt: [], receivedAt: receivedAt)
        let added = clean(payload) { logs.add($0) }
        self.logs = logs
        guard let outcome = added else { return count(item, isTaken: false) }
        counters.take("log", outcome.taken)
        counters.drop("invalid_log", outcome.invalid, project: project.id)
        counters.drop("log_too_large", outcome.tooLarge, project: project.id)
    }

    /// Lends the payload without the secrets that the project does not keep.
    ///
    /// Sessions and client reports need none of this: of them nothing is kept as it came but the names of
    /// releases and environments, which are cleaned by themselves, and reasons, which are words.
    private func clean<Answer>(_ payload: RawSpan, _ read: (RawSpan) -> Answer) -> Answer {
        guard let clean = project.scrubber.scrub(payload) else { return read(payload) }
        return read(clean.bytes.span.bytes)
    }

    // MARK: counts

    private func count(_ item: Envelope.Item, _ outcome: SessionTally.Outcome) {
        switch outcome {
        case .taken, .nothingNew: counters.take(item.type)
        case .invalid: counters.drop("invalid_\(item.type)", project: project.id)
        case .withoutRelease: counters.drop("session_without_release", project: project.id)
        case .tooMany: counters.drop("too_many_sessions", project: project.id)
        }
    }

    private func count(_ item: Envelope.Item, isTaken: Bool) { count(item.type, isTaken: isTaken) }

    private func count(_ type: String, isTaken: Bool) {
        if isTaken {
            counters.take(type)
        } else {
            counters.drop("invalid_\(type)", project: project.id)
        }
    }

    private func tooLarge(_ item: Envelope.Item) {
        counters.drop("\(item.type)_too_large", project: project.id)
    }

    // MARK: records

    private mutating func append(_ record: some ItemRecord, id: EventID?) {
        records.append(
            NewRecord(record, project: project.id, id: id ?? .random(), receivedAt: receivedAt))
    }

    private func canKeepFile(_ item: Envelope.Item) -> Bool {
        if item.payload.count > IngestLimits.fileBytes {
            tooLarge(item)
            return false
        }
        if attachments.count + recordings.count >= IngestLimits.envelopeFiles {
            counters.drop("too_many_files", project: project.id)
            return false
        }
        return true
    }

    /// What is to be written and recorded of the files that were taken.
    ///
    /// `event`: what they belong to, where the header does not say it; `user`: its user's key.
    func files(_ body: RawSpan, event: EventID?, user: UInt64) -> [FileDraft] {
        if attachments.isEmpty, recordings.isEmpty { return [] }
        var files: [FileDraft] = []
        func add(_ type: String, _ range: Range<Int>, _ subject: FileDraft.Subject) {
            files.append(
                FileDraft(
                    type: type,
                    content: body.extracting(range).withUnsafeBytes { Array($0) },
                    subject: subject, project: project.id, receivedAt: receivedAt))
        }
        for item in attachments {
            guard let event = header.eventID ?? event else {
                counters.drop("attachment_without_event", project: project.id)
                continue
            }
            add(
                item.type, item.payload,
                .attachment(
                    AttachmentKept(
                        event: event, user: user, blob: nil,
                        fileName: item.filename.map(project.scrubber.clean),
                        contentType: item.contentType.map(project.scrubber.clean),
                        role: item.attachmentType.map(project.scrubber.clean))))
        }
        for recording in recordings {
            guard let replay = replay?.replay ?? header.eventID else {
                counters.drop("recording_without_replay", project: project.id)
                continue
            }
            add(
                "replay_recording", recording.content,
                .recording(
                    ReplayRecorded(
                        replay: replay, segment: recording.segment, user: self.replay?.user ?? 0,
                        blob: nil)))
        }
        return files
    }

    /// What is to be appended for all items that were taken.
    mutating func finish() -> [NewRecord] {
        if let record = losses.record { append(record, id: nil) }
        for (id, record) in sessions.records { append(record, id: id) }
        for record in logs.records { append(record, id: nil) }
        return records
    }
}

extension NewRecord {
    /// A record beside events; it is single by its id.
    init<Record: ItemRecord>(_ record: Record, project: UInt32, id: EventID, receivedAt: Timestamp)
    {
        let keys = record.keys
        self.init(
            time: receivedAt.microseconds,
            type: RecordType(rawValue: Record.kind.rawValue), project: project,
            id: RecordID(high: id.high, low: id.low),
            keys: IndexKeys(
                issue: keys.issue, user: keys.user, trace: keys.trace, session: keys.session),
            isUnique: true, digest: record.digest,
            line: RecordLine.bytes(
                time: receivedAt, kind: Record.kind, project: project, id: id,
                data: record.bytes))
    }
}
