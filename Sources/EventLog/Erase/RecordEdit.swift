/// What takes the place of a record's keys, digest and line when it is redacted.
///
/// Offset, time, type, project, id and uniqueness stay as they are, so that views count the record
/// and dedupe finds it as before.
package struct RecordEdit: Hashable, Sendable {
    package var keys: IndexKeys
    /// At most `LogLimits.digestByteLimit` bytes.
    package var digest: [UInt8]
    /// The JSON line behind its `{"offset":N,`, as in `NewRecord`.
    package var line: [UInt8]

    package init(keys: IndexKeys, digest: [UInt8], line: [UInt8]) {
        self.keys = keys
        self.digest = digest
        self.line = line
    }
}

extension LogBlock {
    /// True when the record at `index` is no longer what was appended: it was redacted.
    package func isRedacted(at index: Int) -> Bool {
        flags(at: index) & RecordFlags.redacted != 0
    }

    /// The same records, those for which `make` has an edit redacted, and how many these are.
    ///
    /// The block has been read with its lines. Nil where there is none to edit.
    func redacted(
        _ make: (_ index: Int) throws(LogError) -> RecordEdit?
    ) throws(LogError) -> (block: LogBlock, count: Int)? {
        guard let payload else { preconditionFailure("lines are needed") }
        let layout = SectionLayout(count: count)
        var section = Array(self.section[..<layout.digests])
        var lines: [UInt8] = []
        lines.reserveCapacity(payload.count)
        var edited = 0
        for index in 0..<count {
            let edit = try make(index)
            if let edit {
                try Self.check(edit, at: baseOffset + UInt64(index))
                edited += 1
                section.append(contentsOf: edit.digest)
                lines.append(contentsOf: "{\"offset\":\(baseOffset + UInt64(index)),".utf8)
                lines.append(contentsOf: edit.line)
                lines.append(UInt8(ascii: "\n"))
            } else {
                let range = lineRange(at: index)
                section.append(contentsOf: self.section[digestRange(at: index)])
                lines.append(contentsOf: payload[range.lowerBound...range.upperBound])
            }
            let ends = (digest: UInt32(section.count - layout.digests), line: UInt32(lines.count))
            section.withUnsafeMutableBytes { bytes in
                bytes.put(ends.digest, at: layout.digestEnd + 4 * index)
                bytes.put(ends.line, at: layout.lineEnd + 4 * index)
                guard let keys = edit?.keys else { return }
                bytes.put(keys.issue, at: layout.issue + 8 * index)
                bytes.put(keys.user, at: layout.user + 8 * index)
                bytes.put(keys.trace, at: layout.trace + 8 * index)
                bytes.put(keys.session, at: layout.session + 8 * index)
                bytes[layout.flags + index] |= RecordFlags.redacted
            }
        }
        guard edited > 0 else { return nil }
        return (
            LogBlock(baseOffset: baseOffset, count: count, section: section, payload: lines),
            edited
        )
    }

    private static func check(_ edit: RecordEdit, at offset: UInt64) throws(LogError) {
        guard edit.digest.count <= LogLimits.digestByteLimit,
            edit.line.count <= LogLimits.lineByteLimit, !edit.line.isEmpty,
            !edit.line.containsNewline
        else {
            throw LogError(
                .invalidRecord,
                "What was to take the place of record \(offset) is over a limit or no line.",
                help: "The record stays as it is; this is an error of the program.")
        }
    }
}
