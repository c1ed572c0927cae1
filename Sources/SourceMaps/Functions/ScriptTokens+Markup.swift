import ErrorModel

/// Markup (JSX) in a script.
extension ScriptTokens {
    /// True where an element and no comparison can stand.
    var markupMayFollow: Bool {
        guard place + 1 < bytes.count else { return false }
        let next = bytes[place + 1]
        guard ASCII.isLetter(next) || next == UInt8(ascii: ">") || next == UInt8(ascii: "_") else {
            return false
        }
        if let last = tokens.last, last.kind == .close, byte(last) == UInt8(ascii: "}") {
            return false
        }
        return regexMayFollow
    }

    /// Reads the script again from its first element on, taking no `<` for an element.
    mutating func restart(from start: ScriptMarkup.Start) {
        tokens.removeSubrange(start.tokenCount...)
        open = start.open
        isSound = start.isSound
        place = start.place
        noRegexUntil = 0
        markup = ScriptMarkup(isOn: false)
    }

    mutating func beginMarkup() {
        markup.begin(
            ScriptMarkup.Start(
                place: place, tokenCount: tokens.count, open: open, isSound: isSound))
        appendTagName(from: place + 1)
    }

    mutating func appendTagName(from start: Int) {
        var end = start
        while end < bytes.count, isTagByte(bytes[end]) { end += 1 }
        append(.string, length: end - place)
    }

    func isTagByte(_ byte: UInt8) -> Bool {
        isWordByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ":")
    }

    /// One part of a tag behind its name: an attribute's name or value, or the end.
    mutating func readTagPart() {
        let byte = bytes[place]
        switch byte {
        case 0x09, 0x0A, 0x0D, 0x20:
            place += 1
        case UInt8(ascii: "="):
            append(.mark, length: 1)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            var end = place + 1
            while end < bytes.count, bytes[end] != byte { end += 1 }
            if end == bytes.count { isSound = false }
            append(.string, length: min(end + 1, bytes.count) - place)
        case UInt8(ascii: "{"):
            markup.suspend(opener: Int32(tokens.count))
            openBracket(1)
        case UInt8(ascii: ">"):
            append(.string, length: 1)
            markup.endTag(isEmptyElement: false)
        case UInt8(ascii: "/"):
            if place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: ">") {
                append(.string, length: 2)
                markup.endTag(isEmptyElement: true)
            } else {
                failMarkup()
            }
        default:
            if !isTagByte(byte) { return failMarkup() }
            var end = place + 1
            while end < bytes.count, isTagByte(bytes[end]) { end += 1 }
            append(.word, length: end - place)
        }
    }

    /// Text up to the next tag or brace.
    mutating func readChildren() {
        switch bytes[place] {
        case UInt8(ascii: "{"):
            markup.suspend(opener: Int32(tokens.count))
            openBracket(1)
        case UInt8(ascii: "<"):
            let isClosing = place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "/")
            markup.beginTag(isClosing: isClosing)
            appendTagName(from: place + (isClosing ? 2 : 1))
        default:
            place += 1
        }
    }

    /// The script ends here: what was begun is unfinished, so that it is read again.
    mutating func failMarkup() {
        isSound = false
        place = bytes.count
    }
}
