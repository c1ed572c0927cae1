extension Envelope {
    /// Parses a whole body; throws where its framing or a header is broken.
    package init(parsing body: RawSpan) throws(EnvelopeError) {
        self = try body.withJSON { (text) throws(EnvelopeError) in
            var parser = EnvelopeParser(text)
            return try parser.envelope()
        }
    }

    package init(parsing body: [UInt8]) throws(EnvelopeError) {
        try self.init(parsing: body.span.bytes)
    }
}

/// Walks over the body line by line and payload by payload.
///
/// `Header { "\n" ItemHeader "\n" Payload } [ "\n" ]`: a payload has the length that its header
/// gives, and then a newline or the end; without a length it ends at the next newline.
struct EnvelopeParser {
    private let text: JSONBytes
    private var position = 0
    private var itemNumber = 0

    init(_ text: JSONBytes) {
        self.text = text
    }

    mutating func envelope() throws(EnvelopeError) -> Envelope {
        guard text.count > 0 else { throw error(.empty, at: 0) }
        var envelope = Envelope()
        envelope.header = try header(takeLine())
        while skipBlankLines() {
            itemNumber += 1
            guard itemNumber <= Envelope.itemLimit else { throw error(.tooManyItems, at: position) }
            envelope.items.append(try item())
        }
        return envelope
    }

    private func error(_ kind: EnvelopeError.Kind, at offset: Int) -> EnvelopeError {
        EnvelopeError(kind: kind, offset: offset, item: itemNumber)
    }

    /// The bytes up to the next newline, which is passed.
    private mutating func takeLine() -> Range<Int> {
        let start = position
        let end = newline(from: start)
        position = min(end + 1, text.count)
        return start..<end
    }

    private func newline(from start: Int) -> Int {
        text.raw(start..<text.count).firstIndex(of: 0x0A).map { start + $0 } ?? text.count
    }

    /// Passes white space between items, which the grammar forbids and streaming parsers allow;
    /// false at the end of the body.
    private mutating func skipBlankLines() -> Bool {
        while position < text.count, ASCII.isSpace(text[position]) { position += 1 }
        return position < text.count
    }

    // MARK: Headers

    private func header(_ line: Range<Int>) throws(EnvelopeError) -> Envelope.Header {
        let object = try object(line)
        var header = Envelope.Header()
        if let id = object["event_id"], !id.isNull {
            guard let id = id.string.flatMap({ EventID($0) }) else {
                throw error(.invalidEventID, at: line.lowerBound)
            }
            header.eventID = id
        }
        header.dsn = object["dsn"]?.string
        header.sentAt = object["sent_at"]?.string.flatMap { Timestamp(text: $0) }
        header.traceID = object["trace"]?["trace_id"]?.string
        header.replayID = object["trace"]?["replay_id"]?.string
        header.sdkName = object["sdk"]?["name"]?.string
        header.sdkVersion = object["sdk"]?["version"]?.string
        return header
    }

    private func object(_ line: Range<Int>) throws(EnvelopeError) -> JSONValue {
        let object: JSONValue
        do throws(JSONError) {
            object = try JSONValue(JSONBytes(text.raw(line)))
        } catch {
            throw self.error(.invalidHeader(error), at: line.lowerBound + error.offset)
        }
        guard object.members != nil else { throw error(.headerNotAnObject, at: line.lowerBound) }
        return object
    }

    // MARK: Items

    private mutating func item() throws(EnvelopeError) -> Envelope.Item {
        let line = takeLine()
        let object = try object(line)
        guard let type = object["type"]?.string else {
            throw error(.itemWithoutType, at: line.lowerBound)
        }
        let payload: Range<Int>
        if let length = object["length"], !length.isNull {
            payload = try takePayload(length, header: line)
        } else {
            payload = takeLine()
        }
        return Envelope.Item(
            type: type, number: itemNumber, payload: payload,
            filename: object["filename"]?.string, contentType: object["content_type"]?.string,
            attachmentType: object["attachment_type"]?.string)
    }

    private mutating func takePayload(
        _ length: JSONValue, header: Range<Int>
    ) throws(EnvelopeError) -> Range<Int> {
        guard case .number(let digits) = length, !digits.hasPrefix("-") else {
            throw error(.invalidLength, at: header.lowerBound)
        }
        guard let count = Int(digits) else {
            // 2^63 and more is a whole number as well, only a long one.
            let isWhole = digits.utf8.allSatisfy(ASCII.isDigit)
            throw error(isWhole ? .lengthBeyondEnd : .invalidLength, at: header.lowerBound)
        }
        guard count <= text.count - position else {
            throw error(.lengthBeyondEnd, at: header.lowerBound)
        }
        let payload = position..<position + count
        position = payload.upperBound
        if position < text.count {
            guard text[position] == 0x0A else { throw error(.noNewlineAfterPayload, at: position) }
            position += 1
        }
        return payload
    }
}
