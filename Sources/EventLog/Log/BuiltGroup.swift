/// A group that is ready for the disk: the bytes of its block and the batches it completes.
///
/// `@unchecked Sendable`: handed from the builder to the flusher under the writer's lock; one
/// owner at a time.
struct BuiltGroup: @unchecked Sendable {
    /// Counts the failures before it was built: a group of an older generation continues
    /// something that is not there.
    var generation: UInt64
    /// The segment to begin before the block is written.
    var newSegment: SegmentHeader?
    /// The block; nil when the group holds only answers (duplicates).
    var block: BlockBuilder.Built?
    /// Holds the bytes of the block from its start.
    var buffer: AlignedBuffer
    /// Batches that are answered when the group is durable.
    var batches: [PendingBatch]

    /// Answers those who wait for no more than the write.
    ///
    /// A batch that goes on in the next group waits for that one's.
    func completeWritten(durableOffset: UInt64) {
        for batch in batches where batch.durability == .os {
            batch.answer(.success(batch.receipt(durableOffset: durableOffset)))
        }
    }

    /// Answers all others.
    func complete(durableOffset: UInt64) {
        for batch in batches {
            batch.answer(.success(batch.receipt(durableOffset: durableOffset)))
        }
    }

    func fail(_ error: LogError) {
        for batch in batches { batch.answer(.failure(error)) }
    }
}
