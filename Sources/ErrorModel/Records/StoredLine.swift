/// The header of a line of the log, read back from its text, and where its `data` stands.
///
/// Takes exactly what the log writes: `{"offset":N,` (which may be missing), then `RecordLine`.
package struct StoredLine: Equatable, Sendable {
    /// Nil where the line was written without one.
    package var offset: UInt64?
    package var time: Timestamp
    package var kind: RecordKind
    package var project: UInt32
    package var id: EventID
    /// The line behind its `{"offset":N,`, up to its end.
    package var tail: Range<Int>
    /// The JSON value of `data`.
    package var data: Range<Int>

    /// Why a line is none of a log.
    package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
        package init(_ description: String) { self.description = description }
    }

    /// Reads a line without its newline; the `data` is checked to be there, not what it holds.
    package init(_ line: [UInt8]) throws(Mistake) {
        guard let data = RecordLine.dataRange(line) else {
            throw Mistake("it is no line of a log: there is no 'data' at its end")
        }
        var scan = HeaderScan(line, end: data.lowerBound)
        guard scan.skip("{") else { throw Mistake("it does not begin with '{'") }
        if scan.skip("\"offset\":") {
            guard let number = scan.digits(), scan.skip(",") else {
                throw Mistake("its 'offset' is no number")
            }
            offset = number
        }
        let start = scan.position
        guard scan.skip("\"time\":\""), let time = Timestamp(text: scan.text()) else {
            throw Mistake("its 'time' is no time")
        }
        guard scan.skip("\",\"type\":\"") else { throw Mistake("it has no 'type'") }
        let name = scan.text()
        guard let kind = RecordKind.allCases.first(where: { $0.name == name }) else {
            throw Mistake("its 'type' is none that this version knows")
        }
        guard scan.skip("\",\"project\":"),
            let project = scan.digits().flatMap({ UInt32(exactly: $0) })
        else { throw Mistake("its 'project' is no number") }
        guard scan.skip(",\"id\":\""), let id = EventID(scan.text()), scan.skip("\",\"data\":")
        else { throw Mistake("its 'id' is none") }
        self.time = time
        self.kind = kind
        self.project = project
        self.id = id
        tail = start..<line.count
        self.data = data
    }
}

/// Reads the members in front of `data`, one after the other.
private struct HeaderScan {
    private let line: [UInt8]
    private let end: Int
    private(set) var position = 0

    init(_ line: [UInt8], end: Int) {
        self.line = line
        self.end = end
    }

    /// Steps over these bytes; false, and no step, where something else stands.
    mutating func skip(_ text: StaticString) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard position + bytes.count <= end,
            line[position..<position + bytes.count].elementsEqual(bytes)
        else { return false }
        position += bytes.count
        return true
    }

    /// The bytes up to the next quote.
    mutating func text() -> String {
        let start = position
        while position < end, line[position] != UInt8(ascii: "\"") { position += 1 }
        return String(decoding: line[start..<position], as: UTF8.self)
    }

    /// A whole number; nil where there is none, or one with more digits than 20.
    mutating func digits() -> UInt64? {
        let start = position
        while position < end, ASCII.isDigit(line[position]) { position += 1 }
        guard (1...20).contains(position - start) else { return nil }
        return UInt64(String(decoding: line[start..<position], as: UTF8.self))
    }
}
