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
        withColumns { columns in
            RecordHeader(
                offset: baseOffset + UInt64(index), time: columns.time(at: index),
                type: columns.type(at: index), project: columns.project(at: index),
                id: columns.id(at: index),
                keys: IndexKeys(
                    issue: columns.key(.issue, at: index), user: columns.key(.user, at: index),
                    trace: columns.key(.trace, at: index),
                    session: columns.key(.session, at: index)))
        }
    }

    /// Where in `section` the digest of the record at `index` is.
    package func digestRange(at index: Int) -> Range<Int> {
        withColumns { $0.digestRange(at: index) }
    }

    /// Where in `payload` the line of the record at `index` is, without its newline.
    package func lineRange(at index: Int) -> Range<Int> {
        withColumns { $0.lineRange(at: index) }
    }

    /// One index key of the record at `index`.
    package func key(_ kind: IndexKeyKind, at index: Int) -> UInt64 {
        withColumns { $0.key(kind, at: index) }
    }

    /// The id of the record at `index`.
    package func id(at index: Int) -> RecordID { withColumns { $0.id(at: index) } }

    /// The time of the record at `index`, in microseconds since 1970.
    package func time(at index: Int) -> Int64 { withColumns { $0.time(at: index) } }

    /// The type of the record at `index`.
    package func type(at index: Int) -> RecordType { withColumns { $0.type(at: index) } }

    /// Whether one of the records is of a type.
    package func holds(_ type: RecordType) -> Bool {
        let start = SectionLayout(count: count).type
        return section.withUnsafeBytes { bytes in
            memchr(bytes.baseAddress! + start, Int32(type.rawValue), count) != nil
        }
    }

    /// The project of the record at `index`.
    package func project(at index: Int) -> UInt32 { withColumns { $0.project(at: index) } }

    /// True when the record at `index` was appended as unique.
    package func isUnique(at index: Int) -> Bool {
        flags(at: index) & RecordFlags.unique != 0
    }

    /// The flags of the record at `index`.
    func flags(at index: Int) -> UInt8 { withColumns { $0.flags(at: index) } }
}
