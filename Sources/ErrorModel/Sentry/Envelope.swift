/// A Sentry envelope: a header and items, each with a header and a payload.
///
/// Parsing looks at the frame only: payloads are byte ranges of the body, not yet checked. What an
/// item of type `event` holds, and whether it is JSON at all, `EventIntake` tells, so that one bad
/// payload does not spoil the others.
package struct Envelope: Equatable, Sendable {
    package struct Header: Equatable, Sendable {
        /// Of the envelope, and so of the event in it; wins over the payload's.
        package var eventID: EventID?
        package var dsn: String?
        package var sentAt: Timestamp?
        package var traceID: String?
        package var replayID: String?
        package var sdkName: String?
        package var sdkVersion: String?

        package init() {}

        /// What intake needs of the header.
        package var facts: EnvelopeFacts {
            EnvelopeFacts(
                eventID: eventID, sentAt: sentAt, traceID: traceID, replayID: replayID)
        }
    }

    package struct Item: Equatable, Sendable {
        package var type: String
        /// From 1 on, in the order of the body.
        package var number: Int
        /// The payload's bytes in the body.
        package var payload: Range<Int>
        package var filename: String?
        package var contentType: String?
        package var attachmentType: String?

        /// The kinds that a tracker treats differently.
        package var kind: ItemKind { ItemKind(rawValue: type) ?? .other }
    }

    package enum ItemKind: String, Sendable {
        case event
        case transaction
        case feedback
        case userReport = "user_report"
        case clientReport = "client_report"
        case attachment
        case session
        case sessions
        case log
        case checkIn = "check_in"
        case replayEvent = "replay_event"
        case replayRecording = "replay_recording"
        case replayVideo = "replay_video"
        case span
        case profile
        case profileChunk = "profile_chunk"
        case traceMetric = "trace_metric"
        case statsd
        case metricMeta = "metric_meta"
        case metricBuckets = "metric_buckets"
        case other
    }

    package var header = Header()
    package var items: [Item] = []
    /// Where the framing breaks behind these items; nobody can tell what comes after it.
    package var broken: EnvelopeError?

    /// Most items of one envelope: the largest real ones have a few hundred, and an item costs a
    /// hundred bytes of memory for fourteen of the body.
    package static let itemLimit = 10_000
}

/// Why a body is no envelope, and where.
package struct EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        case empty
        case invalidHeader(JSONError)
        case headerNotAnObject
        case invalidEventID
        case itemWithoutType
        case invalidLength
        case lengthBeyondEnd
        case noNewlineAfterPayload
        case tooManyItems
    }

    package var kind: Kind
    /// The byte of the body at which the broken part begins.
    package var offset: Int
    /// The broken item, from 1 on; 0 for the envelope's own header.
    package var item: Int

    package init(kind: Kind, offset: Int, item: Int) {
        self.kind = kind
        self.offset = offset
        self.item = item
    }

    package var description: String {
        let place = item == 0 ? "envelope header" : "item \(item)"
        return "\(place) at byte \(offset): \(reason)"
    }

    private var reason: String {
        switch kind {
        case .empty: "the body is empty"
        case .invalidHeader(let error): "the header is not valid JSON: \(error)"
        case .headerNotAnObject: "the header is not a JSON object"
        case .invalidEventID: "event_id is not a UUID"
        case .itemWithoutType: "the item header has no type"
        case .invalidLength: "length is not a whole number from 0 on"
        case .lengthBeyondEnd: "length reaches beyond the end of the body"
        case .noNewlineAfterPayload: "no newline where the payload ends"
        case .tooManyItems: "more than \(Envelope.itemLimit) items"
        }
    }
}
