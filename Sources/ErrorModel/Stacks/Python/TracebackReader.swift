/// Reads the exceptions that stand below each other at one margin, the innermost first.
struct TracebackReader {
    private enum State {
        /// Before anything that is known.
        case outside
        /// Where an exception has to begin: after a link, or in the frame of a group.
        case expecting
        /// Between the header and the type.
        case frames
        case message
        /// In a message that quotes another process's traceback between two `"""`.
        case quoted
        /// Behind the exception that counts.
        case done
    }

    private var state: State
    private var builder = TracebackBuilder()
    private var blanks = BlankLines()
    private var isFirstMessageLine = false
    /// An exception without a traceback that was met outside: it counts where a link follows it.
    private var isCandidate = false
    private var isAtFirstLine = true
    /// The text is what `logging` prints where it fails itself: it adds where it was called.
    private var isOfLogging = false
    /// Innermost first; at most `StackLimits.chain`.
    private var chain: [(exception: ParsedException, link: TracebackLine.Link)] = []

    /// - Parameter isMember: the lines are those of a member of a group.
    init(isMember: Bool) {
        state = isMember ? .expecting : .outside
    }

    /// True while a header on any line begins a traceback.
    var isOutside: Bool { state == .outside }

    /// True where an exception has to begin.
    var isExpecting: Bool { state == .expecting }

    mutating func take(_ line: StackBytes) {
        switch state {
        case .outside: takeOutside(line)
        case .expecting: takeFirst(line)
        case .frames: takeFrame(line)
        case .message: takeMessage(line)
        case .quoted:
            builder.takeMessage(line)
            if line.trimmedEnd.isText("\"\"\"") { state = .message }
        case .done: break
        }
    }

    /// Begins a traceback whose header was just read.
    mutating func begin() {
        builder = TracebackBuilder()
        isCandidate = false
        state = .frames
    }

    /// Begins an exception that was printed without its traceback.
    mutating func expect() {
        builder = TracebackBuilder()
        isCandidate = false
        state = .expecting
    }

    mutating func take(member: ParsedException) {
        builder.take(member: member)
    }

    private mutating func takeOutside(_ line: StackBytes) {
        defer { if !line.isBlank { isAtFirstLine = false } }
        if line.trimmedEnd.isText("--- Logging error ---") { isOfLogging = true }
        if TracebackLine.isHeader(line) { return begin() }
        if let place = TracebackLine.place(line, isTrimmed: isAtFirstLine) {
            begin()
            builder.take(place)
        } else if isCandidate {
            // Its message, until a link makes it an exception or a header makes it prose.
            takeMessage(line)
        } else if TracebackLine.isClearException(line),
            let exception = TracebackLine.exception(line)
        {
            isCandidate = true
            builder.take(exception)
            beginMessage()
            state = .outside
        }
    }

    private mutating func takeFirst(_ line: StackBytes) {
        if line.isBlank { return }
        if TracebackLine.isHeader(line) { return begin() }
        if let place = TracebackLine.place(line) {
            begin()
            builder.take(place)
        } else if let exception = TracebackLine.exception(line) {
            begin()
            builder.take(exception)
            beginMessage()
        }
    }

    private mutating func takeFrame(_ line: StackBytes) {
        if line.isBlank {
            blanks.append(line)
            return
        }
        defer { blanks.removeAll() }
        if !blanks.isEmpty, let link = TracebackLine.link(line) { return follow(link) }
        if TracebackLine.isHeader(line) { return begin() }
        if ASCII.isSpace(line[line.startIndex]) {
            builder.take(line)
        } else if let exception = TracebackLine.exception(line) {
            builder.take(exception)
            beginMessage()
        }
    }

    private mutating func beginMessage() {
        state = .message
        blanks.removeAll()
        isFirstMessageLine = true
    }

    private mutating func takeMessage(_ line: StackBytes) {
        let isFirst = isFirstMessageLine
        isFirstMessageLine = false
        if line.isBlank {
            blanks.append(line)
            return
        }
        if !blanks.isEmpty {
            if let link = TracebackLine.link(line) { return follow(link) }
            if TracebackLine.isHeader(line) || line.isText("Original exception was:") {
                // Another exception, with nothing that links it to this one.
                state = .done
                return
            }
        }
        if !isCandidate,
            line.isText("Stack (most recent call last):")
                || isOfLogging && line.isText("Call stack:")
        {
            // What a logger adds.
            state = .done
            return
        }
        builder.take(blanks)
        builder.takeMessage(line)
        blanks.removeAll()
        if isFirst, line.trimmedEnd.isText("\"\"\"") {
            isCandidate = false
            state = .quoted
        }
    }

    private mutating func follow(_ link: TracebackLine.Link) {
        // The link stands between two blank lines, which are not the message's.
        blanks.removeLast()
        builder.take(blanks)
        if chain.count == StackLimits.chain { chain.removeFirst() }
        chain.append((builder.finished(), link))
        builder = TracebackBuilder()
        isCandidate = false
        blanks.removeAll()
        state = .expecting
    }

    /// The exception that surfaced; nil where none was found.
    func finished() -> ParsedException? {
        if builder.isEmpty, chain.isEmpty { return nil }
        var builder = builder
        if state == .message {
            var blanks = blanks
            blanks.removeEmptyAtEnd()
            builder.take(blanks)
        }
        var links = chain[...]
        if builder.isEmpty, let end = links.popLast() {
            // Nothing follows the last link: the text was cut there.
            return Self.linked(links, end.exception)
        }
        return Self.linked(links, builder.finished())
    }

    private static func linked(
        _ chain: ArraySlice<(exception: ParsedException, link: TracebackLine.Link)>,
        _ surfaced: ParsedException
    ) -> ParsedException {
        var origin: ParsedException.Origin?
        for (exception, link) in chain {
            var exception = exception
            exception.origin = origin
            origin = link == .cause ? .cause(exception) : .context(exception)
        }
        var surfaced = surfaced
        surfaced.origin = origin
        return surfaced
    }
}
