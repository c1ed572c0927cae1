/// Reads what people wrote, in both of the ways in which SDKs send it.
package enum FeedbackItem {
    /// An item of type `user_report`: `{event_id, name, email, comments}`.
    ///
    /// Nil for what is none. `envelopeID` stands in for a missing id of the event.
    package static func userReport(
        _ payload: RawSpan, envelopeID: EventID?, salt: [UInt8]
    ) -> (id: EventID, record: FeedbackReceived)? {
        guard let json = object(payload) else { return nil }
        let event = json["event_id"]?.string.flatMap { EventID($0) } ?? envelopeID
        var record = FeedbackReceived(event: event, user: 0)
        record.name = BoundedText.cut(orNil: json["name"]?.string, ItemLimits.personName)
        record.email = BoundedText.cut(orNil: json["email"]?.string, ItemLimits.personName)
        record.message = BoundedText.cut(
            orNil: json["comments"]?.string, ItemLimits.feedbackText)
        guard record.message != nil || record.email != nil || record.name != nil else {
            return nil
        }
        record.user = record.email.map { EventKeys.user($0, salt: salt) } ?? 0
        // Two reports about one event are two; one that is sent again is one.
        let id = ItemID.make([
            "user_report", event?.text ?? "", record.name ?? "", record.email ?? "",
            record.message ?? "",
        ])
        return (id, record)
    }

    /// An item of type `feedback`, or an event that says that it is one.
    ///
    /// Nil for what is none. The envelope's id wins over the payload's; `newID` where neither has
    /// one.
    package static func feedback(
        _ payload: RawSpan, envelopeID: EventID?, newID: EventID, salt: [UInt8]
    ) -> (id: EventID, record: FeedbackReceived)? {
        guard let json = object(payload) else { return nil }
        let id = envelopeID ?? json["event_id"]?.string.flatMap { EventID($0) } ?? newID
        guard let feedback = json["contexts"]?["feedback"], feedback.members != nil else {
            return nil
        }
        let event = feedback["associated_event_id"]?.string.flatMap { EventID($0) }
        var record = FeedbackReceived(event: event, user: 0)
        record.name = BoundedText.cut(orNil: feedback["name"]?.string, ItemLimits.personName)
        record.email = BoundedText.cut(
            orNil: feedback["contact_email"]?.string, ItemLimits.personName)
        record.message = BoundedText.cut(
            orNil: feedback["message"]?.string, ItemLimits.feedbackText)
        record.url = BoundedText.cut(orNil: feedback["url"]?.string, ItemLimits.url)
        record.replay = feedback["replay_id"]?.string.flatMap { EventID($0) }
        record.timestamp = json["timestamp"].flatMap { Timestamp(json: $0) }
        record.user =
            (person(json["user"]) ?? record.email).map { EventKeys.user($0, salt: salt) } ?? 0
        return (id, record)
    }

    private static func object(_ payload: RawSpan) -> JSONValue? {
        let json = payload.withJSON { text in try? JSONValue(text, toleratesBadText: true) }
        return json?.members == nil ? nil : json
    }

    /// What tells one user from another, as with events.
    static func person(_ user: JSONValue?) -> String? {
        for name in ["id", "username", "email", "ip_address"] {
            guard let value = user?[name] else { continue }
            let text = value.string ?? value.numberText ?? ""
            if !text.isEmpty, text != "{{auto}}" { return text }
        }
        return nil
    }
}
