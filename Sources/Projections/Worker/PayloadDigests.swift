import ErrorModel
import EventLog

/// Makes keys and digests of events anew from the payloads of a block.
struct PayloadDigests {
    /// The salt of a project.
    let salt: (UInt32) throws -> [UInt8]

    /// The block with what its payloads say today; other records than events are as they were.
    ///
    /// Throws where an event's line is not one that intake wrote.
    func remake(_ block: LogBlock) throws -> LogBlock {
        guard let payload = block.payload else { return block }
        return try block.remade { index in
            guard block.type(at: index).rawValue == RecordKind.eventCaptured.rawValue else {
                return nil
            }
            return try remake(block, at: index, payload)
        }
    }

    private func remake(
        _ block: LogBlock, at index: Int, _ payload: [UInt8]
    ) throws -> (keys: IndexKeys, digest: [UInt8]) {
        let project = block.project(at: index)
        let line = block.lineRange(at: index)
        let data = payload.withUnsafeBytes {
            RecordLine.dataRange(UnsafeRawBufferPointer(rebasing: $0[line]))
        }
        guard let data else {
            throw FoldError("the line at offset \(block.baseOffset + UInt64(index)) has no data")
        }
        let start = line.lowerBound + data.lowerBound
        let event = try EventIntake.fromData(
            payload.span.bytes.extracting(start..<start + data.count),
            receivedAt: Timestamp(microseconds: block.time(at: index)), project: project,
            salt: try salt(project))
        let keys = IndexKeys(
            issue: event.keys.issue, user: event.keys.user, trace: event.keys.trace,
            session: event.keys.session)
        return (keys, event.digest)
    }
}
