/// What a person wrote about an error, or about nothing in particular.
package struct FeedbackReceived: ItemRecord, Hashable {
    package static let kind = RecordKind.feedbackReceived

    /// The event that it speaks about.
    package var event: EventID?
    /// The person's key; 0 where nobody is named.
    package var user: UInt64
    package var name: String?
    package var email: String?
    package var message: String?
    package var url: String?
    package var replay: EventID?
    /// When it was written, by the sender's clock.
    package var timestamp: Timestamp?
    package var redaction: RedactedEvent.Reason?

    package init(event: EventID?, user: UInt64) {
        (self.event, self.user) = (event, user)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        event = try reader.optionalID("event")
        user = try reader.optionalKey("user")
        replay = try reader.optionalID("replay")
        name = data["name"]?.string
        email = data["email"]?.string
        message = data["message"]?.string
        url = data["url"]?.string
        timestamp = data["timestamp"]?.string.flatMap { Timestamp(text: $0) }
        redaction = try reader.redaction()
    }

    package var data: JSONValue {
        .present([
            redactedMember, ("event", event.map { .string($0.text) }), ("user", .key(user)),
            ("timestamp", timestamp.map { .string($0.text) }),
            ("name", name.map(JSONValue.string)), ("email", email.map(JSONValue.string)),
            ("message", message.map(JSONValue.string)), ("url", url.map(JSONValue.string)),
            ("replay", replay.map { .string($0.text) }),
        ])
    }

    package var keys: IntakeKeys {
        IntakeKeys(user: user, trace: event.map(EventKeys.about) ?? 0)
    }

    /// The event alone: a fold shows no text, and the text may be longer than a digest.
    package var digest: [UInt8] {
        JSONValue.present([("event", event.map { .string($0.text) })]).compactBytes
    }

    /// That somebody wrote, when and about what stays.
    package func erased(standIn: UInt64) -> FeedbackReceived { emptied(.erased, user: standIn) }

    package var expired: FeedbackReceived? { emptied(.expired, user: user) }

    private func emptied(_ reason: RedactedEvent.Reason, user: UInt64) -> FeedbackReceived {
        var record = FeedbackReceived(event: event, user: user)
        record.timestamp = timestamp
        record.redaction = reason
        return record
    }
}

extension FeedbackReceived {
    /// The event that a digest names; nil for feedback about none.
    package static func event(inDigest digest: [UInt8]) throws -> EventID? {
        try MemberReader(data: JSONValue(parsing: digest), kind: kind).optionalID("event")
    }
}
