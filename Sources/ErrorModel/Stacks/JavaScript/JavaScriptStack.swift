/// Reads the stacks of JavaScript engines.
enum JavaScriptStack {
    static func parse(_ text: StackBytes, type: String?, message: String?) -> ParsedStack {
        var stack = ParsedStack(language: nil, exception: ParsedException())
        var rest = text
        let block =
            SourceBlock(text)
            ?? (KnownHeader(text, type: type, message: message) == nil
                ? SourceBlock(withoutCode: text) : nil)
        if let block {
            stack.sourceLocation = block.location
            rest = block.rest
        }
        if let known = KnownHeader(rest, type: type, message: message) {
            stack.exception.type = known.type
            stack.exception.message = message
            rest = known.rest
            stack.exception.frames = ScriptFrames(rest).frames
        } else {
            let found = ScriptFrames(rest)
            stack.exception.frames = found.frames
            if let header = ScriptHeader(rest[..<found.start]) {
                stack.exception.type = header.type
                stack.exception.message = header.message
            }
        }
        if !stack.frames.isEmpty { stack.language = .javascript }
        return stack
    }

    /// True where a text with a traceback in it ends in a frame of V8 and does not begin as a
    /// traceback: the traceback is in the message.
    static func quotesTraceback(_ text: StackBytes) -> Bool {
        let text = text.trimmed
        guard let end = text.lastIndex(of: 0x0A), V8Line.frame(text[end...]) != nil else {
            return false
        }
        return !TracebackLine.isHeader(text[..<(text.firstIndex(of: 0x0A) ?? end)])
    }
}

/// The frames of a text whose known message was cut off.
struct ScriptFrames {
    private(set) var frames: [ParsedFrame] = []
    /// Where the line of the first frame begins; the end of the text without one.
    private(set) var start: Int

    /// Where one line has the form of V8, lines of the other form are text of the message.
    init(_ text: StackBytes) {
        start = text.endIndex
        readV8(text)
        if frames.isEmpty { readAtSigns(text) }
    }

    private mutating func readV8(_ text: StackBytes) {
        var lines = StackLines(text)
        while frames.count < StackLimits.frames, let line = lines.next() {
            if let frame = V8Line.frame(line) {
                append(frame, line)
            } else if !frames.isEmpty, V8Line.isInnerError(line) {
                return
            }
        }
    }

    private mutating func readAtSigns(_ text: StackBytes) {
        var lines = StackLines(text)
        // Names alone in their lines are frames where the code of an `eval` follows them.
        var names: [StackBytes] = []
        while frames.count < StackLimits.frames, let line = lines.next() {
            if let frame = AtSignLine.frame(line) {
                if frame.isEval, frame.file == nil {
                    for name in names { append(ParsedFrame(function: name.trimmed.text), name) }
                }
                names.removeAll()
                append(frame, line)
            } else if AtSignLine.isBareName(line), names.count < StackLimits.frames {
                names.append(line)
            } else {
                names.removeAll()
            }
        }
    }

    private mutating func append(_ frame: ParsedFrame, _ line: StackBytes) {
        if frames.isEmpty { start = line.startIndex }
        if frames.count < StackLimits.frames { frames.append(frame) }
    }
}
