/// Where the columns of a digest section with `count` records begin.
///
/// The byte table is in docs/FORMAT.md, "Digest section". The 8-byte columns come first, so that
/// every column is aligned to its width. Ends, not lengths, are stored: a digest and a line are
/// then found without adding up the ones before.
package struct SectionLayout: Sendable {
    package let count: Int

    package init(count: Int) { self.count = count }

    /// The record count and four zero bytes.
    package static let headByteCount = 8
    /// Bytes of all columns of one record.
    package static let recordByteCount = 8 + 16 + 4 * 8 + 4 + 4 + 4 + 1 + 1

    package var time: Int { 8 }
    package var id: Int { 8 + 8 * count }
    package var issue: Int { 8 + 24 * count }
    package var user: Int { 8 + 32 * count }
    package var trace: Int { 8 + 40 * count }
    package var session: Int { 8 + 48 * count }
    package var project: Int { 8 + 56 * count }
    package var digestEnd: Int { 8 + 60 * count }
    package var lineEnd: Int { 8 + 64 * count }
    package var type: Int { 8 + 68 * count }
    package var flags: Int { 8 + 69 * count }
    package var digests: Int { 8 + 70 * count }

    /// Where the column of an index key begins.
    package func column(of kind: IndexKeyKind) -> Int {
        switch kind {
        case .issue: issue
        case .user: user
        case .trace: trace
        case .session: session
        }
    }

    /// True when `section` is a whole section of `count` records over `payloadByteCount` bytes of
    /// lines: then every accessor of `LogBlock` stays inside its bytes.
    package func check(_ section: UnsafeRawBufferPointer, payloadByteCount: Int) -> Bool {
        checkColumns(section, of: section.count, payloadByteCount: payloadByteCount)
    }

    /// The same where `section` may end behind the columns of a section of `byteCount` bytes.
    func checkColumns(
        _ section: UnsafeRawBufferPointer, of byteCount: Int, payloadByteCount: Int
    ) -> Bool {
        guard count > 0, section.count >= digests, Int(section.half(0)) == count,
            section.half(4) == 0
        else { return false }
        var digest = 0
        var line = 0
        for index in 0..<count {
            let nextDigest = Int(section.half(digestEnd + 4 * index))
            let nextLine = Int(section.half(lineEnd + 4 * index))
            guard nextDigest >= digest, nextLine > line else { return false }
            digest = nextDigest
            line = nextLine
        }
        return digests + digest == byteCount && line == payloadByteCount
    }
}

/// The bits of the flags column.
enum RecordFlags {
    /// The record was appended with `isUnique` and an id.
    static let unique: UInt8 = 1
    /// Keys, digest and line are not those that were appended: what was there is gone.
    static let redacted: UInt8 = 2
}
