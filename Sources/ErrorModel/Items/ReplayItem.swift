/// Reads the two items of a segment of a replay.
package enum ReplayItem {
    /// An item of type `replay_event`; nil for what is none.
    package static func event(
        _ payload: RawSpan, envelopeID: EventID?, salt: [UInt8]
    ) -> (id: EventID, record: ReplayDescribed)? {
        let json = payload.withJSON { text in try? JSONValue(text, toleratesBadText: true) }
        guard let json, json.members != nil,
            let replay = json["replay_id"]?.string.flatMap({ EventID($0) }) ?? envelopeID,
            let segment = json["segment_id"]?.int64.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        let user = FeedbackItem.person(json["user"]).map { EventKeys.user($0, salt: salt) }
        let record = ReplayDescribed(
            replay: replay, segment: segment, user: user ?? 0, payload: json.compactText)
        return (id(replay, segment), record)
    }

    /// Where in an item of type `replay_recording` the recording begins, and its segment; nil for
    /// what is none: `{"segment_id":0}`, a newline, and the recording.
    package static func recording(_ payload: RawSpan) -> (segment: UInt64, start: Int)? {
        payload.withJSON { text in
            // Longer headers are none: a recording may have no newline for megabytes.
            let head = text.raw(0..<min(text.count, headerByteLimit))
            guard let end = head.firstIndex(of: 0x0A) else { return nil }
            let line = JSONBytes(UnsafeRawBufferPointer(rebasing: head[..<end]))
            guard let header = try? JSONValue(line),
                let segment = header["segment_id"]?.int64.flatMap({ UInt64(exactly: $0) })
            else { return nil }
            return (segment, end + 1)
        }
    }

    /// The line holds a number and nothing else so far.
    private static let headerByteLimit = 1_024

    /// A segment of a replay that comes again is known by its number.
    package static func id(_ replay: EventID, _ segment: UInt64) -> EventID {
        ItemID.make(["replay", replay.text, String(segment)])
    }
}
