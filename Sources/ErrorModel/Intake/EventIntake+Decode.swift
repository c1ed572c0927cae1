/// Decodes events once, on the way in; pure functions.
package enum EventIntake {
    /// Decodes a payload into what is stored of it.
    ///
    /// The id is the envelope's, else the payload's, else `newID`, which is asked for then alone: chance
    /// costs a call of the system. A payload that is a JSON object
    /// is never refused for what its fields hold, except that our own JSON needs a type or a
    /// message. Broken text in strings is mended, and the digest flagged. For a transaction or
    /// feedback sent as an event (`kind`) the rest is filled as for an error. With `refusesBadID`,
    /// as for a store request, an event id that is none is an error instead of being dropped. What
    /// `scrubber` takes out is neither in the line nor in the keys nor in the digest. `version` is
    /// that of the project's grouping.
    package static func event(
        payload: RawSpan, protocol source: EventProtocol, receivedAt: Timestamp,
        envelope: EnvelopeFacts, newID: @autoclosure () -> EventID, project: UInt32, salt: [UInt8],
        scrubber: Scrubber? = nil, version: FingerprintVersion = .standard,
        refusesBadID: Bool = false
    ) throws(IntakeError) -> IntakeEvent {
        var pass = PayloadPass(
            source: source, receivedAt: receivedAt, envelope: envelope, project: project,
            salt: salt,
            version: version)
        return try payload.withJSON { (text) throws(IntakeError) in
            guard let clean = scrubber?.scrub(text.raw(0..<text.count)) else {
                return try pass.event(text, refusesBadID: refusesBadID, newID)
            }
            pass.scrubbed = clean.paths
            do throws(IntakeError) {
                return try clean.bytes.withJSON { (text) throws(IntakeError) in
                    try pass.event(text, refusesBadID: refusesBadID, newID)
                }
            } catch {
                // What is wrong with it is told by the places of what was sent; nothing of that is
                // stored, whatever this says.
                _ = try pass.event(text, refusesBadID: refusesBadID, newID)
                throw error
            }
        }
    }

    /// Makes id, keys and digest again from the `data` of a record: the same as `event` gave,
    /// when project and salt are the same and `receivedAt` is the time of the record.
    ///
    /// Of a redacted event, what its line has kept of them; its id is 0.
    package static func fromData(
        _ data: RawSpan, receivedAt: Timestamp, project: UInt32, salt: [UInt8]
    ) throws(IntakeError) -> IntakeEvent {
        try data.withJSON { (text) throws(IntakeError) in
            if RedactedEvent.isRedacted(text.raw(0..<text.count)) {
                return try RedactedEvent(text).intakeEvent(project: project)
            }
            let stored = try StoredEvent(text, decodesFacts: true)
            guard let facts = stored.facts else { throw .invalidData }
            let pass = PayloadPass(
                source: stored.source, receivedAt: receivedAt, envelope: stored.envelope,
                project: project, salt: salt, version: stored.version)
            let id = stored.envelope.eventID ?? facts.id ?? EventID(high: 0, low: 0)
            return pass.event(facts, text, id: id, isMended: stored.isMended, line: [])
        }
    }

    /// What the `data` of an event's record says of its fingerprints, by every version of the
    /// rules.
    ///
    /// Of a redacted event, what its line has kept of them.
    package static func fingerprints(
        ofData data: RawSpan
    ) throws(IntakeError) -> Fingerprints {
        try data.withJSON { (text) throws(IntakeError) in
            if RedactedEvent.isRedacted(text.raw(0..<text.count)) {
                return try RedactedEvent(text).fingerprints
            }
            let stored = try StoredEvent(text, decodesFacts: true)
            guard let facts = stored.facts else { throw .invalidData }
            // Neither times nor keys enter.
            let pass = PayloadPass(
                source: stored.source, receivedAt: Timestamp(microseconds: 0),
                envelope: stored.envelope, project: 0, salt: [], version: stored.version)
            return pass.maker(facts, text, isMended: stored.isMended).fingerprints()
        }
    }
}

/// The work on one payload.
struct PayloadPass {
    let source: EventProtocol
    let receivedAt: Timestamp
    let envelope: EnvelopeFacts
    let project: UInt32
    let salt: [UInt8]
    let version: FingerprintVersion
    /// Where something was taken out of the payload.
    var scrubbed: [String] = []

    func event(
        _ text: JSONBytes, refusesBadID: Bool, _ newID: () -> EventID
    ) throws(IntakeError) -> IntakeEvent {
        let (facts, scanner) = try scan(text)
        if refusesBadID, facts.hasBadID { throw .invalidEventID }
        let isUTF8 = !scanner.sawNonASCII || UTF8Check.isValid(text.raw(0..<text.count))
        if scanner.sawControlInString || scanner.sawLoneSurrogate || !isUTF8 {
            // Rare: read again what will be stored, so that both give one digest.
            let mended = PayloadLine.mended(text.raw(0..<text.count))
            return try mended.withJSON { (line) throws(IntakeError) in
                let facts = try scan(line).facts
                return store(
                    facts, line, id: eventID(of: facts, newID), payload: line, isMended: true)
            }
        }
        let id = eventID(of: facts, newID)
        if scanner.sawLineBreak {
            let line = PayloadLine.mended(text.raw(0..<text.count))
            return line.withJSON { store(facts, text, id: id, payload: $0, isMended: false) }
        }
        return store(facts, text, id: id, payload: text, isMended: false)
    }

    private func eventID(of facts: EventFacts, _ newID: () -> EventID) -> EventID {
        envelope.eventID ?? facts.id ?? newID()
    }

    private func scan(
        _ text: JSONBytes
    ) throws(IntakeError) -> (facts: EventFacts, scanner: JSONScanner) {
        var scanner = try Self.opened(text)
        let facts = try EventFacts(&scanner, source)
        do throws(JSONError) {
            try scanner.expectEnd()
        } catch {
            throw .invalidJSON(error)
        }
        return (facts, scanner)
    }

    /// A scanner that stands at the brace of an object.
    private static func opened(_ text: JSONBytes) throws(IntakeError) -> JSONScanner {
        do throws(JSONError) {
            var scanner = try JSONScanner(text, toleratesBadText: true)
            if scanner.peek() == UInt8(ascii: "{") { return scanner }
            // Broken JSON is reported as such rather than as the wrong kind of value.
            try scanner.skipValue()
            try scanner.expectEnd()
        } catch {
            throw .invalidJSON(error)
        }
        throw .notAnObject
    }

    private func store(
        _ facts: EventFacts, _ text: JSONBytes, id: EventID, payload: JSONBytes, isMended: Bool
    ) -> IntakeEvent {
        let line = RecordLine.bytes(
            time: receivedAt, kind: .eventCaptured, project: project, id: id,
            dataByteCount: payload.count + StoredEvent.usualByteCountAround
        ) {
            StoredEvent.append(
                source: source, envelope: envelope, id: id == facts.id ? nil : id,
                isMended: isMended, scrubbed: scrubbed, version: version, payload: payload,
                to: &$0)
        }
        return event(facts, text, id: id, isMended: isMended, line: line)
    }

    func event(
        _ facts: EventFacts, _ text: JSONBytes, id: EventID, isMended: Bool, line: [UInt8]
    ) -> IntakeEvent {
        let (keys, digest) = maker(facts, text, isMended: isMended).make()
        return IntakeEvent(
            kind: facts.kind, id: id, keys: keys, digest: digest, line: line)
    }

    func maker(_ facts: EventFacts, _ text: JSONBytes, isMended: Bool) -> DigestMaker {
        DigestMaker(
            bytes: text, facts: facts, envelope: envelope, receivedAt: receivedAt,
            project: project, salt: salt, isMended: isMended, version: version)
    }
}
