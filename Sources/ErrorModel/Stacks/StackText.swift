/// Reads the text of a stack, of whatever engine printed it; pure, in linear time.
///
/// Linear by construction: every line is taken once and looked at by a fixed number of scans; a scan
/// only moves on, or compares a constant text; where it tries several places (`(`, `@`), each try
/// ends before the next place; nested places (`eval at`) are entered from the outside, each scan
/// going on where the one before ended. Nothing is retried with a shorter or longer match, and no
/// recursion follows the nesting of the text further than `StackLimits`.
package enum StackText {
    /// Reads a stack.
    ///
    /// - Parameters:
    ///   - language: nil or `.other`: found out from the text.
    ///   - type: the exception's type, where it is known from elsewhere.
    ///   - message: its message, which is cut from the front of a JavaScript stack first: it may
    ///     hold lines that look like frames.
    package static func parse(
        _ text: String, language: FrameLanguage? = nil, type: String? = nil,
        message: String? = nil
    ) -> ParsedStack {
        parse(Array(text.utf8), language: language, type: type, message: message)
    }

    /// Reads a stack from bytes; what is not UTF-8 becomes U+FFFD.
    package static func parse(
        _ bytes: [UInt8], language: FrameLanguage? = nil, type: String? = nil,
        message: String? = nil
    ) -> ParsedStack {
        let clean = cleaned(bytes)
        let text = clean[...]
        if text.isBlank { return .nothing }
        switch language {
        case .javascript:
            return JavaScriptStack.parse(text, type: type, message: message)
        case .python:
            return PythonTraceback.parse(text) ?? .nothing
        case .other, nil:
            if PythonTraceback.isLikely(text), !JavaScriptStack.quotesTraceback(text),
                let stack = PythonTraceback.parse(text)
            {
                return stack
            }
            return JavaScriptStack.parse(text, type: type, message: message)
        }
    }

    /// Without byte order mark and without the sequences that colour a terminal.
    private static func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        let start = bytes[...].hasPrefix("\u{FEFF}") ? 3 : 0
        let escape: UInt8 = 0x1B
        guard bytes.contains(escape) else { return start == 0 ? bytes : Array(bytes[start...]) }
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count)
        var index = start
        while index < bytes.count {
            if bytes[index] == escape, let end = sequenceEnd(bytes, from: index) {
                index = end
            } else {
                clean.append(bytes[index])
                index += 1
            }
        }
        return clean
    }

    /// The place after a control sequence (`ESC [`, parameters, one letter); nil where there is none.
    private static func sequenceEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else { return nil }
        var index = start + 2
        while index < bytes.count, (0x20...0x3F).contains(bytes[index]) { index += 1 }
        guard index < bytes.count, (0x40...0x7E).contains(bytes[index]) else { return nil }
        return index + 1
    }
}
