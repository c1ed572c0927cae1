/// The JSON line of a record, as far as the log does not write it itself.
///
/// The log puts `{"offset":N,` in front. A line stands alone: it carries the record's header and
/// all its data.
package enum RecordLine {
    /// `"time":"…","type":"…","project":1,"id":"…","data":{…}}`, without a newline as long as
    /// `data` has none.
    ///
    /// - Parameters:
    ///   - time: the time of receipt.
    ///   - data: one valid JSON value on one line.
    package static func bytes(
        time: Timestamp, kind: RecordKind, project: UInt32, id: EventID,
        data: some Collection<UInt8>
    ) -> [UInt8] {
        bytes(
            time: time, kind: kind, project: project, id: id, dataByteCount: data.count
        ) { $0.append(contentsOf: data) }
    }

    /// The same with a body that appends the data in place, about `dataByteCount` bytes.
    static func bytes(
        time: Timestamp, kind: RecordKind, project: UInt32, id: EventID, dataByteCount: Int,
        _ appendData: (inout [UInt8]) -> Void
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(dataByteCount + Self.headerByteCount)
        bytes.append(contentsOf: "\"time\":\"".utf8)
        time.append(to: &bytes)
        bytes.append(contentsOf: "\",\"type\":\"".utf8)
        bytes.append(contentsOf: kind.name.utf8)
        bytes.append(contentsOf: "\",\"project\":".utf8)
        bytes.append(contentsOf: String(project).utf8)
        bytes.append(contentsOf: ",\"id\":\"".utf8)
        id.append(to: &bytes)
        bytes.append(contentsOf: "\",\"data\":".utf8)
        appendData(&bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The header of a line, its offset included, is shorter than this.
    private static let headerByteCount = 256

    /// Where in a whole line, as the log has it, the value of `data` stands; nil for a line that
    /// was not made here.
    ///
    /// `data` is the last member, and no value before it can hold the text that begins it.
    package static func dataRange(_ line: [UInt8]) -> Range<Int>? {
        line.withUnsafeBytes { dataRange($0) }
    }

    /// The same for bytes that are lent.
    package static func dataRange(_ line: UnsafeRawBufferPointer) -> Range<Int>? {
        let mark: StaticString = ",\"data\":"
        let markBytes = UnsafeRawBufferPointer(
            start: mark.utf8Start, count: mark.utf8CodeUnitCount)
        let end = min(line.count, headerByteCount) - markBytes.count
        guard line.last == UInt8(ascii: "}"), end > 0 else { return nil }
        for start in 0..<end where line[start] == UInt8(ascii: ",") {
            let part = UnsafeRawBufferPointer(rebasing: line[start..<start + markBytes.count])
            if part.elementsEqual(markBytes) {
                return (start + markBytes.count)..<(line.count - 1)
            }
        }
        return nil
    }
}
