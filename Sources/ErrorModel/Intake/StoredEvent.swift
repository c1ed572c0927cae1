/// The `data` of an event's record: where the payload came from, and the payload.
///
/// One line: `{"source":"sentry","sentAt":"…","traceId":"…","replayId":"…","eventId":"…",
/// "mended":true,"scrubbed":["…"],"fingerprintVersion":2,"payload":{…}}`; all but source and payload
/// only where there is something to say: of the version, where it is not the first.
/// `eventId` stands where the id is not the payload's own, `scrubbed` names the fields out of which
/// something was taken before anything was stored.
struct StoredEvent {
    var source: EventProtocol
    var envelope = EnvelopeFacts()
    var isMended = false
    /// By which rules it was grouped when it was taken in.
    var version = FingerprintVersion.standard
    /// The JSON list of the fields out of which something was taken.
    var scrubbed: Range<Int>?
    /// The bytes of the payload in the data.
    var payload: Range<Int>
    /// What the payload says, where that was asked for.
    var facts: EventFacts?

    /// The levels of the record's data around the payload.
    private static let wrappers = 1

    /// What stands around a payload is shorter than this, unless the envelope's ids are long.
    static let usualByteCountAround = 256

    static func append(
        source: EventProtocol, envelope: EnvelopeFacts, id: EventID?, isMended: Bool,
        scrubbed: [String], version: FingerprintVersion, payload: JSONBytes,
        to bytes: inout [UInt8]
    ) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []  // the writer alone has them, so that they grow in place
        writer.beginObject()
        writer.member("source", source == .sentry ? "sentry" : "native")
        writer.optionalMember("sentAt", envelope.sentAt)
        writer.optionalMember("traceId", envelope.traceID)
        writer.optionalMember("replayId", envelope.replayID)
        writer.optionalMember("eventId", id?.text)
        if isMended { writer.member("mended", true) }
        if !scrubbed.isEmpty {
            writer.key("scrubbed")
            writer.beginArray()
            for path in scrubbed { writer.string(path) }
            writer.endArray()
        }
        if version != .standard { writer.member("fingerprintVersion", Int(version.rawValue)) }
        writer.key("payload")
        writer.raw(payload.raw(0..<payload.count))
        writer.endObject()
        bytes = writer.bytes
    }

    /// Reads what `data` wrote; throws `.invalidData` for any other shape.
    ///
    /// With `decodesFacts` the payload is read in the same pass.
    init(_ text: JSONBytes, decodesFacts: Bool = false) throws(IntakeError) {
        var reader = try StoredEventReader(text, decodesFacts, wrappers: Self.wrappers)
        try reader.read()
        guard let source = reader.source, let payload = reader.payload else {
            throw .invalidData
        }
        self.source = source
        self.payload = payload
        envelope = reader.envelope
        isMended = reader.isMended
        version = reader.version
        scrubbed = reader.scrubbed
        facts = reader.facts
    }
}

/// Reads the members of a record's data.
private struct StoredEventReader {
    private(set) var source: EventProtocol?
    private(set) var payload: Range<Int>?
    private(set) var envelope = EnvelopeFacts()
    private(set) var isMended = false
    private(set) var version = FingerprintVersion.standard
    private(set) var scrubbed: Range<Int>?
    private(set) var facts: EventFacts?
    private var scanner: JSONScanner
    private let decodesFacts: Bool

    init(_ text: JSONBytes, _ decodesFacts: Bool, wrappers: Int) throws(IntakeError) {
        self.decodesFacts = decodesFacts
        do throws(JSONError) {
            scanner = try JSONScanner(text, wrappers: wrappers)
        } catch {
            throw .invalidJSON(error)
        }
    }

    mutating func read() throws(IntakeError) {
        var isFirst = true
        do throws(JSONError) {
            try scanner.enterObject()
        } catch {
            throw .invalidJSON(error)
        }
        while let key = try next(&isFirst) {
            if scanner.bytes.matches(key, "payload") {
                try takePayload()
            } else {
                do throws(JSONError) {
                    try take(key)
                } catch {
                    throw .invalidJSON(error)
                }
            }
        }
    }

    private mutating func next(_ isFirst: inout Bool) throws(IntakeError) -> JSONSlice? {
        do throws(JSONError) {
            let key = try scanner.nextKey(&isFirst)
            if key == nil { try scanner.expectEnd() }
            return key
        } catch {
            throw .invalidJSON(error)
        }
    }

    private mutating func takePayload() throws(IntakeError) {
        guard scanner.peek() == UInt8(ascii: "{"), let source else { throw .invalidData }
        let start = scanner.position
        if decodesFacts {
            facts = try EventFacts(&scanner, source)
        } else {
            do throws(JSONError) {
                try scanner.skipValue()
            } catch {
                throw .invalidJSON(error)
            }
        }
        payload = start..<scanner.position
    }

    private mutating func take(_ key: JSONSlice) throws(JSONError) {
        let text = scanner.bytes
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
        } else if text.matches(key, "fingerprintVersion") {
            // One that only a later program knows is none here.
            version =
                try JSONNumber.int64(text.raw(scanner.takeNumber()))
                .flatMap { UInt8(exactly: $0) }.flatMap(FingerprintVersion.init(rawValue:))
                ?? .standard
        } else if text.matches(key, "scrubbed") {
            _ = scanner.peek()
            let start = scanner.position
            try scanner.skipValue()
            scrubbed = start..<scanner.position
        } else {
            try scanner.skipValue()
        }
    }
}
