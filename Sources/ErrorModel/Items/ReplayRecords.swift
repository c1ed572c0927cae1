/// What an SDK says of one segment of a replay: when, where, and beside which errors.
package struct ReplayDescribed: ItemRecord, Hashable {
    package static let kind = RecordKind.replayDescribed

    package var replay: EventID
    package var segment: UInt64
    /// The person's key; 0 where nobody is named.
    package var user: UInt64
    /// The payload as it came, one JSON object on one line; nil once it was taken out.
    package var payload: String?
    package var redaction: RedactedEvent.Reason?

    package init(replay: EventID, segment: UInt64, user: UInt64, payload: String?) {
        (self.replay, self.segment) = (replay, segment)
        (self.user, self.payload) = (user, payload)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            replay: try reader.id("replay"), segment: try reader.unsigned("segment"),
            user: try reader.optionalKey("user"), payload: data["payload"]?.compactText)
        redaction = try reader.redaction()
    }

    package var data: JSONValue {
        .present([
            redactedMember, ("replay", .string(replay.text)), ("segment", .integer(segment)),
            ("user", .key(user)), ("payload", payload.flatMap { try? JSONValue(parsing: $0) }),
        ])
    }

    package var keys: IntakeKeys { IntakeKeys(user: user, trace: EventKeys.about(replay)) }

    /// Which segment it is: the payload may be longer than a digest.
    package var digest: [UInt8] {
        let members: [(String, JSONValue)] = [
            ("replay", .string(replay.text)), ("segment", .integer(segment)),
        ]
        return JSONValue.pairs(members).compactBytes
    }

    package func erased(standIn: UInt64) -> ReplayDescribed { emptied(.erased, user: standIn) }

    package var expired: ReplayDescribed? { emptied(.expired, user: user) }

    private func emptied(_ reason: RedactedEvent.Reason, user: UInt64) -> ReplayDescribed {
        var record = ReplayDescribed(replay: replay, segment: segment, user: user, payload: nil)
        record.redaction = reason
        return record
    }
}

/// The recording of one segment of a replay; its content is a blob.
package struct ReplayRecorded: ItemRecord, Hashable {
    package static let kind = RecordKind.replayRecorded

    package var replay: EventID
    package var segment: UInt64
    /// The key of the user that the envelope's `replay_event` names; else 0.
    package var user: UInt64
    /// What stands behind the line with the segment's number: zlib, or plain JSON.
    ///
    /// Nil once it was taken out.
    package var blob: BlobReference?
    package var redaction: RedactedEvent.Reason?

    package init(replay: EventID, segment: UInt64, user: UInt64, blob: BlobReference?) {
        (self.replay, self.segment) = (replay, segment)
        (self.user, self.blob) = (user, blob)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            replay: try reader.id("replay"), segment: try reader.unsigned("segment"),
            user: try reader.optionalKey("user"), blob: try BlobReference(reader))
        redaction = try reader.redaction()
        guard blob != nil || isRedacted else { throw reader.fail("blob") }
    }

    package var data: JSONValue {
        .present(
            [
                redactedMember, ("replay", .string(replay.text)), ("segment", .integer(segment)),
                ("user", .key(user)),
            ] + (blob?.members ?? []))
    }

    package var keys: IntakeKeys {
        IntakeKeys(
            user: user, trace: EventKeys.about(replay), session: blob?.hash.key ?? 0)
    }

    package func erased(standIn: UInt64) -> ReplayRecorded { emptied(.erased, user: standIn) }

    package var expired: ReplayRecorded? { emptied(.expired, user: user) }

    private func emptied(_ reason: RedactedEvent.Reason, user: UInt64) -> ReplayRecorded {
        var record = ReplayRecorded(replay: replay, segment: segment, user: user, blob: nil)
        record.redaction = reason
        return record
    }
}
