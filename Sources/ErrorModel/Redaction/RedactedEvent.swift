/// The `data` of an event's record whose payload was taken out of the log.
///
/// One line: `{"redacted":"erased","user":"…","trace":"…","session":"…","fingerprints":{"2":"…"},
/// "digest":"…"}`; the keys are 16 hexadecimal digits each and stand only where they are not 0, the
/// digest is its binary form in hexadecimal digits. So the line alone gives the same keys and digest
/// again, as a payload does; and its fingerprints by the other versions of the rules, as far as
/// these were known, so that a project can be grouped anew.
package struct RedactedEvent: Hashable, Sendable {
    /// Why the payload is gone; the raw values are part of the format.
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        /// A person was erased.
        case erased
        /// The project keeps its events for a shorter time.
        case expired
        /// It came in a storm of its issue, of which some payloads are kept.
        case sampled
    }

    package var reason: Reason
    /// The user, trace and session; the issue is that of the digest.
    package var user: UInt64
    package var trace: UInt64
    package var session: UInt64
    /// `EventDigest` in its binary form.
    package var digest: [UInt8]
    /// As far as they are known, that of the digest among them.
    package var fingerprints: Fingerprints

    /// - Parameter fingerprints: what the payload says; that of the digest need not be there.
    package init(
        reason: Reason, user: UInt64, trace: UInt64, session: UInt64, digest: [UInt8],
        fingerprints: Fingerprints = Fingerprints()
    ) {
        self.reason = reason
        self.user = user
        self.trace = trace
        self.session = session
        self.digest = digest
        self.fingerprints = fingerprints
        if let view = try? EventDigestView(digest),
            let version = FingerprintVersion(rawValue: view.fingerprintVersion)
        {
            self.fingerprints[version] = view.fingerprint
        }
    }

    /// An event of an erased person: what a person may have written or done is taken out.
    ///
    /// The text of the error, where it happened (which may be a path with a name in it), the tags,
    /// trace and session go; what tells the issue, when, which release and which account stays.
    /// `standIn` takes the place of the user's key: random, one for each erasure, so that counts of
    /// distinct users stay.
    package static func erased(
        _ digest: EventDigestView, standIn: UInt64, fingerprints: Fingerprints = Fingerprints()
    ) -> RedactedEvent {
        var kept = digest.digest
        kept.value = ""
        kept.culprit = ""
        kept.tags = []
        return RedactedEvent(
            reason: .erased, user: standIn, trace: 0, session: 0, digest: kept.encoded(),
            fingerprints: fingerprints)
    }

    /// An event of a storm, as intake has decoded it: it counts, and says in its digest that there
    /// is no payload.
    package static func sampled(_ event: IntakeEvent) -> RedactedEvent {
        RedactedEvent(
            reason: .sampled, user: event.keys.user, trace: event.keys.trace,
            session: event.keys.session, digest: EventDigest.marked(event.digest, .sampled),
            fingerprints: (try? EventIntake.fingerprints(ofData: event.data.span.bytes))
                ?? Fingerprints())
    }

    /// An event that is older than its project keeps payloads: keys and digest stay whole.
    package static func expired(
        keys: IntakeKeys, digest: [UInt8], fingerprints: Fingerprints = Fingerprints()
    ) -> RedactedEvent {
        RedactedEvent(
            reason: .expired, user: keys.user, trace: keys.trace, session: keys.session,
            digest: digest, fingerprints: fingerprints)
    }

    private static let mark = Array("{\"redacted\":".utf8)

    /// The JSON object, on one line.
    package var data: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("redacted", reason.rawValue)
        for (name, key) in [("user", user), ("trace", trace), ("session", session)] where key != 0 {
            json.member(name, HexText.text(key))
        }
        writeFingerprints(to: &json)
        json.member("digest", HexBytes.text(digest))
        json.endObject()
        return json.bytes
    }

    /// Those that the digest does not have.
    private func writeFingerprints(to json: inout JSONWriter) {
        let own = (try? EventDigestView(digest))?.fingerprintVersion
        let others = FingerprintVersion.allCases.compactMap { version in
            version.rawValue == own ? nil : fingerprints[version].map { (version.rawValue, $0) }
        }
        if others.isEmpty { return }
        json.key("fingerprints")
        json.beginObject()
        for (version, fingerprint) in others {
            json.member("\(version)", HexText.text(fingerprint))
        }
        json.endObject()
    }

    /// True for the data of a redacted event; all other events' data begins otherwise.
    package static func isRedacted(_ data: UnsafeRawBufferPointer) -> Bool {
        data.starts(with: mark)
    }

    /// True where a payload that the log had was taken out, and not where none was kept.
    package static func isTakenOut(_ data: UnsafeRawBufferPointer) -> Bool {
        isRedacted(data) && !data.starts(with: sampledMark)
    }

    private static let sampledMark = mark + Array("\"sampled\"".utf8)

    /// Reads what `data` wrote; throws `.invalidData` for any other shape, and for a digest that
    /// cannot be read.
    init(_ text: JSONBytes) throws(IntakeError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(text)
        } catch {
            throw .invalidJSON(error)
        }
        guard let reason = json["redacted"]?.string.flatMap(Reason.init(rawValue:)),
            let digest = json["digest"]?.string.flatMap(HexBytes.value),
            (try? EventDigestView(digest)) != nil,
            let user = Self.key(json, "user"), let trace = Self.key(json, "trace"),
            let session = Self.key(json, "session")
        else { throw .invalidData }
        var fingerprints = Fingerprints()
        for version in FingerprintVersion.allCases {
            fingerprints[version] = json["fingerprints"]?["\(version.rawValue)"]?.string
                .flatMap(HexText.value)
        }
        self.init(
            reason: reason, user: user, trace: trace, session: session, digest: digest,
            fingerprints: fingerprints)
    }

    /// 0 where there is none; nil where there is something else than a key.
    private static func key(_ json: JSONValue, _ name: String) -> UInt64? {
        guard let value = json[name] else { return 0 }
        return value.string.flatMap(HexText.value)
    }
}

extension IntakeEvent {
    /// The event without its payload, as one of a storm; its time of receipt is that of its record.
    package func sampled(project: UInt32, receivedAt: Timestamp) -> IntakeEvent {
        let redacted = RedactedEvent.sampled(self)
        var event = self
        event.digest = redacted.digest
        event.line = RecordLine.bytes(
            time: receivedAt, kind: .eventCaptured, project: project, id: id, data: redacted.data)
        return event
    }
}

extension RedactedEvent {
    /// Keys and digest, as intake gives them for an event whose payload is there.
    func intakeEvent(project: UInt32) throws(IntakeError) -> IntakeEvent {
        guard let view = try? EventDigestView(digest) else { throw .invalidData }
        return IntakeEvent(
            kind: .error, id: EventID(high: 0, low: 0),
            keys: IntakeKeys(
                issue: EventKeys.issue(project: project, fingerprint: view.fingerprint),
                user: user, trace: trace, session: session),
            digest: digest, line: [])
    }

    /// What can still be shown of the event.
    func errorEvent() throws(IntakeError) -> ErrorEvent {
        guard let view = try? EventDigestView(digest) else { throw .invalidData }
        var event = ErrorEvent()
        event.redacted = reason
        event.timestamp = view.happened
        event.level = view.level
        event.action = view.action
        event.saysHow = !view.flags.contains(.handledUnknown)
        func text(_ value: String) -> String? { value.isEmpty ? nil : value }
        event.platform = text(view.platform)
        event.transaction = text(view.culprit)
        event.release = text(view.release)
        event.environment = text(view.environment)
        event.tags = view.tags
        if view.type == ErrorEvent.messageType {
            event.message = text(view.value)
        } else {
            event.exceptions = [ExceptionInfo(type: view.type, value: text(view.value))]
        }
        return event
    }
}

/// Bytes as hexadecimal digits.
enum HexBytes {
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(ASCII.hexDigits[Int(byte >> 4)])
            text.append(ASCII.hexDigits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything but pairs of hexadecimal digits.
    static func value(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = ASCII.hexValue(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
