/// A body of our own JSON, decoded: the good events, and why the others are refused.
package struct NativeBatch: Sendable {
    package var events: [(number: Int, event: IntakeEvent)] = []
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
        scrubber: Scrubber? = nil, newID: () -> EventID
    ) {
        let split = NativeBody(splitting: body)
        events.reserveCapacity(split.items.count)
        for item in split.items {
            guard item.range.count <= eventByteLimit else {
                tooLargeCount += 1
                refused.append(
                    NativeBody.Refusal(
                        number: item.number, offset: item.range.lowerBound,
                        reason: "an event has at most \(eventByteLimit) bytes of JSON"))
                continue
            }
            do throws(IntakeError) {
                let event = try EventIntake.event(
                    payload: body.extracting(item.range), protocol: .native,
                    receivedAt: receivedAt, envelope: EnvelopeFacts(), newID: newID(),
                    project: project, salt: salt, scrubber: scrubber)
                events.append((item.number, event))
            } catch {
                refused.append(
                    NativeBody.Refusal(
                        number: item.number, offset: item.range.lowerBound,
                        reason: "\(error)"))
            }
        }
        refused.append(contentsOf: split.refused)
    }
}
