import Glibc

/// One block of the log, read and checked: the records of one group commit.
///
/// A plain value with its own memory: it may be kept, and handed to other threads.
package struct LogBlock: Sendable {
    /// The offset of the first record.
    package let baseOffset: UInt64
    /// How many records there are; offsets are dense.
    package let count: Int
    /// The decoded digest section: columns of header fields, then the digests.
    package let section: [UInt8]
    /// The NDJSON lines, when they were asked for.
    package let payload: [UInt8]?

    /// Takes a section that has been checked (`SectionLayout.check`).
    init(baseOffset: UInt64, count: Int, section: [UInt8], payload: [UInt8]?) {
        self.baseOffset = baseOffset
        self.count = count
        self.section = section
        self.payload = payload
    }

    /// The offset behind the last record.
    package var nextOffset: UInt64 { baseOffset + UInt64(count) }
    /// The offsets of the records.
    package var offsets: Range<UInt64> { baseOffset..<nextOffset }

    /// The header of the record at `index` (0 is the one at `baseOffset`).
    package func header(at index: Int) -> RecordHeader {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            let layout = SectionLayout(count: count)
            return RecordHeader(
                offset: baseOffset + UInt64(index),
                time: Int64(bitPattern: bytes.word(layout.time + 8 * index)),
                type: RecordType(rawValue: bytes[layout.type + index]),
                project: bytes.half(layout.project + 4 * index),
                id: RecordID(
                    high: bytes.word(layout.id + 16 * index),
                    low: bytes.word(layout.id + 16 * index + 8)),
                keys: IndexKeys(
                    issue: bytes.word(layout.issue + 8 * index),
                    user: bytes.word(layout.user + 8 * index),
                    trace: bytes.word(layout.trace + 8 * index),
                    session: bytes.word(layout.session + 8 * index)))
        }
    }

    /// Where in `section` the digest of the record at `index` is.
    package func digestRange(at index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            let layout = SectionLayout(count: count)
            let start = index == 0 ? 0 : Int(bytes.half(layout.digestEnd + 4 * index - 4))
            let end = Int(bytes.half(layout.digestEnd + 4 * index))
            return layout.digests + start..<layout.digests + end
        }
    }

    /// Where in `payload` the line of the record at `index` is, without its newline.
    package func lineRange(at index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            let layout = SectionLayout(count: count)
            let start = index == 0 ? 0 : Int(bytes.half(layout.lineEnd + 4 * index - 4))
            let end = Int(bytes.half(layout.lineEnd + 4 * index))
            return start..<end - 1
        }
    }

    /// One index key of the record at `index`.
    package func key(_ kind: IndexKeyKind, at index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            bytes.word(SectionLayout(count: count).column(of: kind) + 8 * index)
        }
    }

    /// The id of the record at `index`.
    package func id(at index: Int) -> RecordID {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            let column = SectionLayout(count: count).id
            return RecordID(
                high: bytes.word(column + 16 * index), low: bytes.word(column + 16 * index + 8))
        }
    }

    /// The time of the record at `index`, in microseconds since 1970.
    package func time(at index: Int) -> Int64 {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            Int64(bitPattern: bytes.word(SectionLayout(count: count).time + 8 * index))
        }
    }

    /// The type of the record at `index`.
    package func type(at index: Int) -> RecordType {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return RecordType(rawValue: section[SectionLayout(count: count).type + index])
    }

    /// Whether one of the records is of a type.
    package func holds(_ type: RecordType) -> Bool {
        let start = SectionLayout(count: count).type
        return section.withUnsafeBytes { bytes in
            memchr(bytes.baseAddress! + start, Int32(type.rawValue), count) != nil
        }
    }

    /// The project of the record at `index`.
    package func project(at index: Int) -> UInt32 {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section.withUnsafeBytes { bytes in
            bytes.half(SectionLayout(count: count).project + 4 * index)
        }
    }

    /// True when the record at `index` was appended as unique.
    package func isUnique(at index: Int) -> Bool {
        flags(at: index) & RecordFlags.unique != 0
    }

    /// The flags of the record at `index`.
    func flags(at index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "a record index outside of the block")
        return section[SectionLayout(count: count).flags + index]
    }
}
