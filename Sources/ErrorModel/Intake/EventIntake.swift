/// The language that a payload speaks.
package enum EventProtocol: UInt8, Sendable {
    case sentry = 1
    case native = 2

    /// The name in the `source` field of a record's data.
    package var name: StaticString {
        switch self {
        case .sentry: "sentry"
        case .native: "native"
        }
    }
}

/// What the envelope or request says about an event besides its payload.
package struct EnvelopeFacts: Equatable, Sendable {
    /// The id in the envelope's header: it wins over the payload's.
    package var eventID: EventID?
    /// When the SDK sent it, by its own clock.
    package var sentAt: Timestamp?
    package var traceID: String?
    package var replayID: String?

    package init(
        eventID: EventID? = nil, sentAt: Timestamp? = nil, traceID: String? = nil,
        replayID: String? = nil
    ) {
        self.eventID = eventID
        self.sentAt = sentAt
        self.traceID = traceID
        self.replayID = replayID
    }
}

/// What an item of type `event` really holds.
package enum EventKind: UInt8, Sendable {
    case error
    case transaction
    case feedback
}

/// The 64-bit keys of an event by which it is found again; 0 = none.
package struct IntakeKeys: Hashable, Sendable {
    package var issue: UInt64
    package var user: UInt64
    package var trace: UInt64
    package var session: UInt64

    package init(issue: UInt64 = 0, user: UInt64 = 0, trace: UInt64 = 0, session: UInt64 = 0) {
        self.issue = issue
        self.user = user
        self.trace = trace
        self.session = session
    }
}

/// An event decoded once, on the way in.
package struct IntakeEvent: Sendable {
    package var kind: EventKind
    package var id: EventID
    package var keys: IntakeKeys
    /// `EventDigest` in its binary form.
    package var digest: [UInt8]
    /// The record's line (`RecordLine`), with the payload in its data; empty from `fromData`.
    package var line: [UInt8]

    /// The JSON value of the line's `data`.
    package var data: [UInt8] { RecordLine.dataRange(line).map { Array(line[$0]) } ?? [] }
}

/// Why a payload is no event.
package enum IntakeError: Error, Equatable, Sendable, CustomStringConvertible {
    case invalidJSON(JSONError)
    case notAnObject
    /// An event in our own JSON with neither `type` nor `message`.
    case neitherTypeNorMessage
    case invalidEventID
    /// The `data` of a record does not have the shape that intake writes.
    case invalidData

    package var description: String {
        switch self {
        case .invalidJSON(let error): "invalid JSON: \(error)"
        case .notAnObject: "not a JSON object"
        case .neitherTypeNorMessage: "neither type nor message is given"
        case .invalidEventID: "event_id is not a UUID"
        case .invalidData: "not the data of an event record"
        }
    }
}
