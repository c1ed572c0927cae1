package enum EventIntake {
    /// Decodes a payload.
    package static func event(
        payload: RawSpan, protocol source: EventProtocol, receivedAt: Timestamp,
        envelope: EnvelopeFacts, newID: EventID, project: UInt32, salt: [UInt8]
    ) throws(IntakeError) -> IntakeEvent { throw .invalidData }

    /// Makes id, keys and digest again from a record's data.
    package static func fromData(
        _ data: RawSpan, receivedAt: Timestamp, id: EventID, project: UInt32, salt: [UInt8]
    ) throws(IntakeError) -> IntakeEvent { throw .invalidData }
}
