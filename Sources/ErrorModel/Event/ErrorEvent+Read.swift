extension ErrorEvent {
    /// Decodes a payload in full; throws where it is not a JSON object.
    package init(payload: RawSpan, protocol source: EventProtocol) throws(IntakeError) {
        self = try payload.withJSON { (text) throws(IntakeError) in
            try ErrorEvent(text, source)
        }
    }

    /// Decodes the `data` of an event's record: the id, trace and replay of the envelope included.
    package static func fromData(_ data: RawSpan) throws(IntakeError) -> ErrorEvent {
        try data.withJSON { (text) throws(IntakeError) in
            if RedactedEvent.isRedacted(text.raw(0..<text.count)) {
                return try RedactedEvent(text).errorEvent()
            }
            let stored = try StoredEvent(text)
            var event = try ErrorEvent(JSONBytes(text.raw(stored.payload)), stored.source)
            if let scrubbed = stored.scrubbed,
                let names = try? JSONValue(JSONBytes(text.raw(scrubbed))).array
            {
                event.scrubbed = names.compactMap(\.string)
            }
            event.id = stored.envelope.eventID ?? event.id
            if event.traceID?.isEmpty ?? true { event.traceID = stored.envelope.traceID }
            event.replayID = event.replayID ?? stored.envelope.replayID
            return event
        }
    }

    private init(_ text: JSONBytes, _ source: EventProtocol) throws(IntakeError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(text, toleratesBadText: true)
        } catch {
            throw .invalidJSON(error)
        }
        guard root.members != nil else { throw .notAnObject }
        switch source {
        case .sentry: self = SentryDecoder.event(root)
        case .native: self = NativeDecoder.event(root)
        }
    }
}
