/// A checksum over records as they are read, however they are cut into blocks.
///
/// One thread at a time. Two files whose sums are equal hold the same records.
final class ContentSum {
    private let lines = RunningChecksum()
    private let records = RunningChecksum()
    private(set) var lineByteCount: UInt64 = 0
    private let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ContentSum.recordByteCount, alignment: 8)

    /// Offset, time, id, four keys, project, lengths of digest and line, type, flags.
    private static let recordByteCount = 8 + 8 + 16 + 32 + 4 + 4 + 4 + 1 + 1

    deinit { scratch.deallocate() }

    /// What two files must have in common.
    struct Value: Hashable {
        var lines: UInt64
        var lineByteCount: UInt64
        var records: UInt64
    }

    var value: Value {
        Value(lines: lines.value, lineByteCount: lineByteCount, records: records.value)
    }

    /// Adds a block that was read with its lines.
    func add(_ block: LogBlock) {
        guard let payload = block.payload else { preconditionFailure("lines are needed") }
        payload.withUnsafeBytes { lines.add($0) }
        lineByteCount += UInt64(payload.count)
        block.section.withUnsafeBytes { section in
            for index in 0..<block.count {
                let digest = block.digestRange(at: index)
                put(block, index, digestByteCount: digest.count)
                records.add(UnsafeRawBufferPointer(scratch))
                records.add(section.part(digest))
            }
        }
    }

    private func put(_ block: LogBlock, _ index: Int, digestByteCount: Int) {
        let header = block.header(at: index)
        scratch.put(header.offset, at: 0)
        scratch.put(header.time, at: 8)
        scratch.put(header.id.high, at: 16)
        scratch.put(header.id.low, at: 24)
        scratch.put(header.keys.issue, at: 32)
        scratch.put(header.keys.user, at: 40)
        scratch.put(header.keys.trace, at: 48)
        scratch.put(header.keys.session, at: 56)
        scratch.put(header.project, at: 64)
        scratch.put(UInt32(digestByteCount), at: 68)
        scratch.put(UInt32(block.lineRange(at: index).count), at: 72)
        scratch[76] = header.type.rawValue
        scratch[77] = block.flags(at: index)
    }
}
