/// The `data` of an event's record: where the payload came from, and the payload.
///
/// One line: `{"source":"sentry","sentAt":"…","traceId":"…","replayId":"…","eventId":"…",
/// "mended":true,"payload":{…}}`; all but source and payload only where there is something to say.
/// `eventId` stands where the id is not the payload's own.
struct StoredEvent {
    var source: EventProtocol
    var envelope = EnvelopeFacts()
    var isMended = false
    /// The bytes of the payload in the data.
    var payload: Range<Int>

    static func data(
        source: EventProtocol, envelope: EnvelopeFacts, id: EventID?, isMended: Bool,
        payload: JSONBytes
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.reserve(payload.count + 256)
        writer.beginObject()
        writer.member("source", source == .sentry ? "sentry" : "native")
        writer.optionalMember("sentAt", envelope.sentAt)
        writer.optionalMember("traceId", envelope.traceID)
        writer.optionalMember("replayId", envelope.replayID)
        writer.optionalMember("eventId", id?.text)
        if isMended { writer.member("mended", true) }
        writer.key("payload")
        writer.raw(payload.raw(0..<payload.count))
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `data` wrote; throws `.invalidData` for any other shape.
    init(_ text: JSONBytes) throws(IntakeError) {
        var source: EventProtocol?
        var payload: Range<Int>?
        var envelope = EnvelopeFacts()
        var isMended = false
        do throws(JSONError) {
            var scanner = try JSONScanner(text)
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                if text.matches(key, "source") {
                    let name = try scanner.takeString()
                    source =
                        text.matches(name, "sentry")
                        ? .sentry : text.matches(name, "native") ? .native : nil
                } else if text.matches(key, "sentAt") {
                    envelope.sentAt = try scanner.takeTimestamp()
                } else if text.matches(key, "traceId") {
                    envelope.traceID = text.optionalString(try scanner.takeString())
                } else if text.matches(key, "replayId") {
                    envelope.replayID = text.optionalString(try scanner.takeString())
                } else if text.matches(key, "eventId") {
                    envelope.eventID = try scanner.takeEventID()
                } else if text.matches(key, "mended") {
                    isMended = try scanner.takeBool() ?? false
                } else if text.matches(key, "payload") {
                    payload = try scanner.takeRaw()
                } else {
                    try scanner.skipValue()
                }
            }
            try scanner.expectEnd()
        } catch {
            throw .invalidJSON(error)
        }
        guard let source, let payload else { throw .invalidData }
        self.source = source
        self.payload = payload
        self.envelope = envelope
        self.isMended = isMended
    }
}
