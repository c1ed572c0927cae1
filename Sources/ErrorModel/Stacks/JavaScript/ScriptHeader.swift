/// Type and message in front of the frames, read from the text alone.
struct ScriptHeader {
    var type: String
    var message: String

    /// Nil where the text does not begin as an error prints itself.
    init?(_ text: StackBytes) {
        let header = Self.withoutPrefix(text.trimmed)
        let line = header[..<(header.firstIndex(of: 0x0A) ?? header.endIndex)].trimmedEnd
        let colon = line.first(": ")
        let name = line[..<(colon ?? line.endIndex)]
        guard let end = Self.nameEnd(name) else { return nil }
        type = name[..<end].text
        message = colon.map { header[($0 + 2)...].text } ?? header[line.endIndex...].trimmed.text
    }

    /// What consoles write before an error.
    static func withoutPrefix(_ text: StackBytes) -> StackBytes {
        text.after("Uncaught (in promise) ") ?? text.after("Uncaught ") ?? text
    }

    /// Where the type ends: at the end, or before a code of Node (`TypeError [ERR_INVALID_URL]`).
    private static func nameEnd(_ name: StackBytes) -> Int? {
        let end = name.firstIndex(of: UInt8(ascii: " ")) ?? name.endIndex
        let code = name[end...]
        let isCoded = code.isEmpty || (code.hasPrefix(" [") && code.last == UInt8(ascii: "]"))
        let parts = name[..<end].split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard isCoded, parts.allSatisfy({ AtSignLine.isBareName($0) }), let first = name.first,
            !ASCII.isDigit(first)
        else { return nil }
        return end
    }
}

/// The type and message in front of the frames that are known from elsewhere.
struct KnownHeader {
    var type: String?
    /// The text behind the message.
    var rest: StackBytes

    /// Nil where no message is known, or the text does not begin with it.
    init?(_ text: StackBytes, type: String?, message: String?) {
        guard let message, !message.isEmpty else { return nil }
        let text = ScriptHeader.withoutPrefix(text.trimmedFront)
        let bytes = Array(message.utf8)[...].trimmedEnd
        if bytes.isEmpty { return nil }
        for candidate in Self.candidates(text, type: type) {
            guard let end = Self.end(of: bytes, in: text[candidate.start...]) else { continue }
            self.type = candidate.type ?? type
            rest = text[end...]
            return
        }
        return nil
    }

    private struct Candidate {
        var start: Int
        var type: String?
    }

    /// Where the message may begin: a few places, so that comparing stays linear.
    private static func candidates(_ text: StackBytes, type: String?) -> [Candidate] {
        var places: [Candidate] = []
        if let type, !type.isEmpty {
            let name = Array((type + ": ").utf8)
            if text.starts(with: name) {
                places.append(Candidate(start: text.startIndex + name.count, type: type))
            }
        }
        let line = text[..<(text.firstIndex(of: 0x0A) ?? text.endIndex)]
        if let colon = line.first(": ") {
            let header = ScriptHeader(line)
            places.append(Candidate(start: colon + 2, type: header?.type))
        }
        places.append(Candidate(start: text.startIndex, type: nil))
        return places
    }

    /// The place behind the message and its line, CR LF being as good as LF.
    private static func end(of message: StackBytes, in text: StackBytes) -> Int? {
        var index = text.startIndex
        for byte in message where byte != 0x0D {
            while index < text.endIndex, text[index] == 0x0D { index += 1 }
            guard index < text.endIndex, text[index] == byte else { return nil }
            index += 1
        }
        while index < text.endIndex, ASCII.isSpace(text[index]), text[index] != 0x0A { index += 1 }
        guard index < text.endIndex else { return index }
        return text[index] == 0x0A ? index + 1 : nil
    }
}

/// The place that Node prints before an error of the compiler, with or without code and caret.
struct SourceBlock {
    var location: ParsedStack.SourceLocation
    /// The text behind it.
    var rest: StackBytes

    init?(_ text: StackBytes) {
        var lines = StackLines(text.trimmedFront)
        guard let place = lines.next(), lines.next() != nil, let caret = lines.next(),
            Self.isCaret(caret)
        else { return nil }
        guard let location = Self.location(place) else { return nil }
        self.location = location
        rest = text[caret.endIndex...]
    }

    /// The place alone, right before the error or its first frame.
    ///
    /// An address of the net is none: a message may begin with one.
    init?(withoutCode text: StackBytes) {
        var lines = StackLines(text.trimmedFront)
        guard let place = lines.next(), place.first(": ") == nil,
            place.hasPrefix("file:") || !PlaceStart.isURL(place),
            let next = lines.next(), V8Line.frame(next) != nil || ScriptHeader(next) != nil,
            let location = Self.location(place)
        else { return nil }
        self.location = location
        rest = text[next.startIndex...]
    }

    private static func location(_ place: StackBytes) -> ParsedStack.SourceLocation? {
        let numbers = TrailingNumbers(place.trimmed)
        guard numbers.count > 0, let file = ScriptPlace.name(numbers.file),
            PlaceStart.isFirm(numbers.file) || !numbers.file.hasSpace
        else { return nil }
        return ParsedStack.SourceLocation(file: file, line: numbers.line, column: numbers.column)
    }

    private static func isCaret(_ line: StackBytes) -> Bool {
        line.contains(UInt8(ascii: "^"))
            && line.allSatisfy { ASCII.isSpace($0) || $0 == UInt8(ascii: "^") }
    }
}
