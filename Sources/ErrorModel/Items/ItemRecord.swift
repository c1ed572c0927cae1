/// A record of something that came beside events: what an SDK lost, sessions, feedback, logs, files.
///
/// Keys and digest are made from the `data` alone, so that an import gives the same record again.
package protocol ItemRecord: StateRecord {
    var keys: IntakeKeys { get }
    /// What folds read; the data itself where it is small.
    var digest: [UInt8] { get }
    /// Why its content was taken out; nil where it is whole.
    var redaction: RedactedEvent.Reason? { get }
    /// The record without what a person wrote or did; `standIn` takes the place of their key.
    func erased(standIn: UInt64) -> Self
    /// The record without its content, once its project keeps that no longer.
    ///
    /// Whose it was and what it belonged to stay. Nil for records that hold no more than counts.
    var expired: Self? { get }
}

extension ItemRecord {
    package var digest: [UInt8] { bytes }

    package var isRedacted: Bool { redaction != nil }

    /// The first member of a redacted record's data, the same word as in a redacted event.
    var redactedMember: (String, JSONValue?) {
        ("redacted", redaction.map { .string($0.rawValue) })
    }
}

/// The records beside events, by their kind.
package enum ItemRecords {
    /// Reads the data of a record; nil for a kind that is none of these.
    ///
    /// Throws `StateRecordError` or `JSONError`.
    package static func read(
        _ kind: RecordKind, _ data: [UInt8]
    ) throws -> (any ItemRecord)? {
        guard let type = type(kind) else { return nil }
        return try type.init(data: data)
    }

    private static func type(_ kind: RecordKind) -> (any ItemRecord.Type)? {
        switch kind {
        case .clientReported: ClientReported.self
        case .sessionsReported: SessionsReported.self
        case .feedbackReceived: FeedbackReceived.self
        case .logsCaptured: LogsCaptured.self
        case .attachmentKept: AttachmentKept.self
        case .replayDescribed: ReplayDescribed.self
        case .replayRecorded: ReplayRecorded.self
        case .artifactAdded: ArtifactAdded.self
        case .artifactRemoved: ArtifactRemoved.self
        case .eventCaptured, .issueStatusChanged, .issueRegressed, .releaseCreated,
            .releaseFinalized, .projectCreated, .projectPolicyChanged, .personErasureRequested,
            .personErased, .projectRetentionChanged, .projectExpired, .projectScrubbingChanged,
            .projectLimitsChanged, .ingestDropped, .issueMerged, .issueUnmerged, .issueAssigned,
            .issueCommented, .issueActUndone, .projectRegrouped, .projectKeyRotated,
            .projectRenamed:
            nil
        }
    }
}

/// The bounds of what is kept of items, in bytes unless it says otherwise.
package enum ItemLimits {
    /// A digest has at most 16 KiB, and a record whose data is its digest stays below with its
    /// longest member added.
    package static let digestRoom = 12 << 10
    /// As in events: the same name must not become two.
    package static let release = EventDigestLimits.release
    package static let environment = EventDigestLimits.environment
    /// Pages of a complaint: Sentry takes 4,096 characters.
    package static let feedbackText = 16 << 10
    /// A person's name or e-mail.
    package static let personName = 320
    /// A long address of a page; what is behind is no help.
    package static let url = 2_000
    /// The names of files are shown in one line.
    package static let fileName = 255
    /// The longest registered types have about 90.
    package static let contentType = 128
    /// Reasons and categories are words of SDKs; the longest now has 21.
    package static let lossWord = 40
    /// Lines of one record of logs: SDKs send 100 at a time.
    package static let logLines = 1_000
    /// Of one line of a log with its attributes; a longer one is not kept.
    package static let logLine = 64 << 10
    /// Lines of one record together, so that reading one line back does not read a megabyte.
    package static let logRecord = 256 << 10
    /// The ids of traces are 32 hexadecimal digits; others are kept as they are up to here.
    package static let traceID = 64
    /// Of the JSON beside a recording: urls and ids of one segment.
    package static let replayEvent = 256 << 10
    /// Groups of sessions in one envelope: a process sends one a minute and person.
    package static let sessionGroups = 10_000
    /// Sessions with errors named in one group, 19 bytes each; more begin another group.
    package static let namedSessions = 128
}

/// Text cut to a number of bytes, with U+FFFD for each NUL, at which SQLite would end it: both as in digests of
/// events.
enum BoundedText {
    /// The text itself where it is short enough, else its beginning, cut between characters.
    static func cut(_ text: String, _ limit: Int) -> String {
        let text = text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
        guard text.utf8.count > limit else { return text }
        var kept = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            if count > limit { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }

    /// The same; nil for a text that is missing or empty.
    static func cut(orNil text: String?, _ limit: Int) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return cut(text, limit)
    }
}

extension JSONValue {
    /// An object from the pairs that have a value.
    static func present(_ pairs: [(String, JSONValue?)]) -> JSONValue {
        .pairs(pairs.compactMap { pair in pair.1.map { (pair.0, $0) } })
    }

    /// A key in hexadecimal digits; nil for 0.
    static func key(_ key: UInt64) -> JSONValue? { key == 0 ? nil : .string(HexText.text(key)) }
}

extension MemberReader {
    /// 16 hexadecimal digits, or 0 where there is no such member.
    func optionalKey(_ member: String) throws(StateRecordError) -> UInt64 {
        guard data[member] != nil else { return 0 }
        return try key(member)
    }

    /// An event's or replay's id; nil where there is no such member.
    func optionalID(_ member: String) throws(StateRecordError) -> EventID? {
        guard data[member] != nil else { return nil }
        return try id(member)
    }

    func id(_ member: String) throws(StateRecordError) -> EventID {
        guard let id = EventID(try string(member)) else { throw fail(member) }
        return id
    }

    /// A count, 0 where there is no such member.
    func count(_ member: String) throws(StateRecordError) -> UInt64 {
        guard data[member] != nil else { return 0 }
        return try unsigned(member)
    }

    /// Why the content was taken out; a reason that a later version has is an error.
    func redaction() throws(StateRecordError) -> RedactedEvent.Reason? {
        guard data["redacted"] != nil else { return nil }
        guard let reason = RedactedEvent.Reason(rawValue: try string("redacted")) else {
            throw fail("redacted")
        }
        return reason
    }
}
