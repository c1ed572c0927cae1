package import ErrorModel
package import EventLog

extension LogBlock {
    /// What the payload of the event at `index` says of its fingerprints, by every version.
    ///
    /// The block must have its payload. Throws where the line is not one that intake wrote.
    package func fingerprints(at index: Int) throws -> Fingerprints {
        guard let payload else { throw FoldError("the payload was not read") }
        let line = lineRange(at: index)
        let data = payload.withUnsafeBytes {
            RecordLine.dataRange(UnsafeRawBufferPointer(rebasing: $0[line]))
        }
        guard let data else {
            throw FoldError("the line at offset \(baseOffset + UInt64(index)) has no data")
        }
        let start = line.lowerBound + data.lowerBound
        return try EventIntake.fingerprints(
            ofData: payload.span.bytes.extracting(start..<start + data.count))
    }
}

/// The lines of events, read a block at a time where they are asked for.
///
/// A segment that is sealed meanwhile has other blocks: lines are found by their offsets alone.
struct EventLines {
    private let reader: LogReader
    private var block: LogBlock?
    /// Damaged, as was met last.
    private var gap: Range<UInt64> = 0..<0

    /// - Parameter block: one whose lines are there already.
    init(_ reader: LogReader, _ block: LogBlock? = nil) {
        self.reader = reader
        self.block = block?.payload == nil ? nil : block
    }

    /// What the payload of an event says of its fingerprints; nothing where the line is damaged: a
    /// payload that rots does not spoil a count.
    mutating func fingerprints(at offset: UInt64) throws -> Fingerprints {
        if gap.contains(offset) { return Fingerprints() }
        if let block, Self.holds(block, offset) { return Self.fingerprints(block, offset) }
        switch try reader.readBlock(containing: offset, payload: true) {
        case .block(let read)? where Self.holds(read, offset):
            block = read
            return Self.fingerprints(read, offset)
        case .gap(let offsets, _)?:
            gap = offsets
            return Fingerprints()
        default:
            return Fingerprints()
        }
    }

    private static func holds(_ block: LogBlock, _ offset: UInt64) -> Bool {
        offset >= block.baseOffset && offset < block.nextOffset
    }

    private static func fingerprints(_ block: LogBlock, _ offset: UInt64) -> Fingerprints {
        (try? block.fingerprints(at: Int(offset - block.baseOffset))) ?? Fingerprints()
    }
}
