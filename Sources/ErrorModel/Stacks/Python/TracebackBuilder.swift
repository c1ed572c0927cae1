/// Blank lines of which it is not known yet whether they belong to a message, with their white space.
struct BlankLines {
    /// A line feed before each.
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ line: StackBytes) {
        bytes.append(0x0A)
        bytes.append(contentsOf: line)
    }

    mutating func removeLast() {
        if let end = bytes.lastIndex(of: 0x0A) { bytes.removeSubrange(end...) }
    }

    /// Leaves out those at the end that have no white space: logs and people add them.
    mutating func removeEmptyAtEnd() {
        while bytes.last == 0x0A { bytes.removeLast() }
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// One exception while its lines are read.
struct TracebackBuilder {
    private var exception = ParsedException()
    private var message: [UInt8] = []
    /// Oldest call first; more than are kept at the end.
    private var frames: [ParsedFrame] = []
    /// What the next line of source belongs to.
    private var codeOwner = CodeOwner.nobody

    private enum CodeOwner {
        case nobody
        case frame
        case syntax
    }

    var hasType: Bool { exception.type != nil }
    var isEmpty: Bool { frames.isEmpty && exception.syntax == nil && !hasType }

    /// Takes a line between the header and the type.
    mutating func take(_ line: StackBytes) {
        if let place = TracebackLine.place(line) {
            take(place)
        } else if let count = TracebackLine.repeatCount(line) {
            if !frames.isEmpty { frames[frames.count - 1].repeatCount = count }
            codeOwner = .nobody
        } else if !TracebackLine.isMarks(line) {
            takeCode(line.trimmed)
        }
    }

    mutating func take(_ place: TracebackLine.Place) {
        // A place without a function is that of a SyntaxError only where no other follows.
        if let syntax = exception.syntax {
            var frame = ParsedFrame(file: syntax.file)
            frame.line = syntax.line
            frame.code = syntax.code
            append(frame)
            exception.syntax = nil
        }
        if let function = place.function {
            var frame = ParsedFrame(function: function.text, file: place.file.text)
            frame.line = place.line
            append(frame)
            codeOwner = .frame
        } else {
            exception.syntax = ParsedException.Syntax(file: place.file.text, line: place.line)
            codeOwner = .syntax
        }
    }

    private mutating func takeCode(_ code: StackBytes) {
        switch codeOwner {
        case .frame: frames[frames.count - 1].code = code.text
        case .syntax: exception.syntax?.code = code.text
        case .nobody: return
        }
        codeOwner = .nobody
    }

    private mutating func append(_ frame: ParsedFrame) {
        // The newest are kept; dropping as many at once as stay keeps the time linear.
        if frames.count == 2 * StackLimits.frames { frames.removeFirst(StackLimits.frames) }
        frames.append(frame)
    }

    mutating func take(_ line: TracebackLine.ExceptionLine) {
        exception.type = line.type.text
        exception.module = line.module?.text
        message = Array(line.message)
    }

    /// Takes a further line of the message.
    mutating func takeMessage(_ line: StackBytes) {
        message.append(0x0A)
        message.append(contentsOf: line)
    }

    /// Takes blank lines that are known to belong to the message.
    mutating func take(_ blanks: BlankLines) { message.append(contentsOf: blanks.bytes) }

    mutating func take(member: ParsedException) {
        exception.members.append(member)
    }

    /// The exception, without what came before it.
    func finished() -> ParsedException {
        var exception = exception
        exception.frames = frames.suffix(StackLimits.frames).reversed()
        if hasType { exception.message = String(decoding: message, as: UTF8.self) }
        return exception
    }
}
