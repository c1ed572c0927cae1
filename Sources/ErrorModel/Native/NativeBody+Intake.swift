/// A body of our own JSON, decoded: the good events, and why the others are refused.
package struct NativeBatch: Sendable {
    /// `number` and `offset`: as of an item and of a refusal.
    package var events: [(number: Int, offset: Int, event: IntakeEvent)] = []
    /// In the order of their numbers.
    package var refused: [NativeBody.Refusal] = []

    /// How many of the refused were only too large.
    package private(set) var tooLargeCount = 0

    /// Decodes a whole body.
    ///
    /// - Parameters:
    ///   - eventByteLimit: a larger event is refused, and the others are kept.
    ///   - newID: gives an id to each event that brings none.
    package init(
        body: RawSpan, receivedAt: Timestamp, project: UInt32, salt: [UInt8], eventByteLimit: Int,
        scrubber: Scrubber? = nil, version: FingerprintVersion = .standard,
        newID: () -> EventID
    ) {
        let split = NativeBody(splitting: body)
        self.init(
            items: split.items, of: body, receivedAt: receivedAt, project: project, salt: salt,
            eventByteLimit: eventByteLimit, scrubber: scrubber, version: version, newID: newID)
        refused.append(contentsOf: split.refused)
    }

    /// Decodes events that somebody has found in `body` already.
    package init(
        items: [NativeBody.Item], of body: RawSpan, receivedAt: Timestamp, project: UInt32,
        salt: [UInt8], eventByteLimit: Int, scrubber: Scrubber? = nil,
        version: FingerprintVersion = .standard, newID: () -> EventID
    ) {
        events.reserveCapacity(items.count)
        for item in items {
            guard item.range.count <= eventByteLimit else {
                tooLargeCount += 1
                refused.append(
                    .tooLarge(
                        number: item.number, offset: item.range.lowerBound, limit: eventByteLimit))
                continue
            }
            do throws(IntakeError) {
                let event = try EventIntake.event(
                    payload: body.extracting(item.range), protocol: .native,
                    receivedAt: receivedAt, envelope: EnvelopeFacts(), newID: newID(),
                    project: project, salt: salt, scrubber: scrubber, version: version)
                events.append((item.number, item.range.lowerBound, event))
            } catch {
                refused.append(
                    NativeBody.Refusal(
                        number: item.number, offset: item.range.lowerBound,
                        reason: "\(error)"))
            }
        }
    }
}

extension NativeBody.Refusal {
    /// Of an event of more than `limit` bytes.
    package static func tooLarge(number: Int, offset: Int, limit: Int) -> NativeBody.Refusal {
        NativeBody.Refusal(
            number: number, offset: offset, reason: "an event has at most \(limit) bytes of JSON")
    }
}
