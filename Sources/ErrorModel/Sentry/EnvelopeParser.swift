extension Envelope {
    /// Parses a whole body; throws where its header is broken, or the framing of its first item.
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
            do throws(EnvelopeError) {
                envelope.items.append(try item())
            } catch {
                if envelope.items.isEmpty { throw error }
                envelope.broken = error
                break
            }
        }
        return envelope
    }

    private func error(_ kind: EnvelopeError.Kind, at offset: Int) -> EnvelopeError {
        EnvelopeError(kind: kind, offset: offset, item: itemNumber)
    }

    /// The bytes up to the next newline, which is passed.
    private mutating func takeLine() -> Range<Int> {
        let start = position
        let end = text.newline(from: start) ?? text.count
        position = min(end + 1, text.count)
        return start..<end
    }

    /// Passes white space between items, which the grammar forbids and streaming parsers allow;
    /// false at the end of the body.
    private mutating func skipBlankLines() -> Bool {
        while position < text.count, ASCII.isSpace(text[position]) { position += 1 }
        return position < text.count
    }

    // MARK: Headers

    private func header(_ line: Range<Int>) throws(EnvelopeError) -> Envelope.Header {
        var header = Envelope.Header()
        var hasBadID = false
        try readObject(line) { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "event_id") {
                let isNull = scanner.peek() == UInt8(ascii: "n")
                header.eventID = try scanner.takeEventID()
                hasBadID = header.eventID == nil && !isNull
            } else if bytes.matches(key, "sent_at") {
                let time = try scanner.takeString()
                header.sentAt = bytes.withText(time) { Timestamp(utf8: $0) }
            } else if bytes.matches(key, "dsn") {
                header.dsn = bytes.optionalString(try scanner.takeString())
            } else if bytes.matches(key, "trace") {
                (header.traceID, header.replayID) =
                    try scanner.takeStrings("trace_id", "replay_id")
            } else if bytes.matches(key, "sdk") {
                (header.sdkName, header.sdkVersion) = try scanner.takeStrings("name", "version")
            } else {
                try scanner.skipValue()
            }
        }
        if hasBadID { throw error(.invalidEventID, at: line.lowerBound) }
        return header
    }

    /// Reads the object on a line; `take` must consume the value of every key.
    ///
    /// Without a tree: this runs twice for every event.
    private func readObject(
        _ line: Range<Int>, _ take: (inout JSONScanner, JSONSlice) throws(JSONError) -> Void
    ) throws(EnvelopeError) {
        let bytes = JSONBytes(text.raw(line))
        var isObject = false
        do throws(JSONError) {
            var scanner = try JSONScanner(bytes)
            isObject = scanner.peek() == UInt8(ascii: "{")
            try scanner.forEachMember(take)
            try scanner.expectEnd()
            if scanner.sawNonASCII { try UTF8Check.require(bytes.raw(0..<bytes.count)) }
        } catch {
            throw self.error(.invalidHeader(error), at: line.lowerBound + error.offset)
        }
        guard isObject else { throw error(.headerNotAnObject, at: line.lowerBound) }
    }

    // MARK: Items

    private enum Length {
        case missing
        case number(String)
        case invalid
    }

    private mutating func item() throws(EnvelopeError) -> Envelope.Item {
        let line = takeLine()
        var type: String?
        var length = Length.missing
        var item = Envelope.Item(type: "", number: itemNumber, payload: line)
        try readObject(line) { (scanner, key) throws(JSONError) in
            let bytes = scanner.bytes
            if bytes.matches(key, "type") {
                type = bytes.optionalString(try scanner.takeString())
            } else if bytes.matches(key, "length") {
                length = try Self.takeLength(&scanner)
            } else if bytes.matches(key, "filename") {
                item.filename = bytes.optionalString(try scanner.takeString())
            } else if bytes.matches(key, "content_type") {
                item.contentType = bytes.optionalString(try scanner.takeString())
            } else if bytes.matches(key, "attachment_type") {
                item.attachmentType = bytes.optionalString(try scanner.takeString())
            } else {
                try scanner.skipValue()
            }
        }
        guard let type else { throw error(.itemWithoutType, at: line.lowerBound) }
        item.type = type
        switch length {
        case .missing: item.payload = takeLine()
        case .number(let digits): item.payload = try takePayload(digits, header: line)
        case .invalid: throw error(.invalidLength, at: line.lowerBound)
        }
        return item
    }

    private static func takeLength(_ scanner: inout JSONScanner) throws(JSONError) -> Length {
        let isNull = scanner.peek() == UInt8(ascii: "n")
        let number = try scanner.takeNumber()
        if number.isMissing { return isNull ? .missing : .invalid }
        let digits = scanner.bytes.string(number)
        return digits.utf8.first == UInt8(ascii: "-") ? .invalid : .number(digits)
    }

    private mutating func takePayload(
        _ digits: String, header: Range<Int>
    ) throws(EnvelopeError) -> Range<Int> {
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

extension JSONScanner {
    /// The strings that an object holds under these two keys; what else it holds is skipped.
    fileprivate mutating func takeStrings(
        _ firstName: StaticString, _ secondName: StaticString
    ) throws(JSONError) -> (first: String?, second: String?) {
        var strings: (first: String?, second: String?)
        try forEachMember { (scanner, key) throws(JSONError) in
            if scanner.bytes.matches(key, firstName) {
                strings.first = scanner.bytes.optionalString(try scanner.takeString())
            } else if scanner.bytes.matches(key, secondName) {
                strings.second = scanner.bytes.optionalString(try scanner.takeString())
            } else {
                try scanner.skipValue()
            }
        }
        return strings
    }
}
