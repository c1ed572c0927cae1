/// Reads Python tracebacks: chains of exceptions, and groups with their margins.
///
/// A group at the top stands behind `  | `, its members each two spaces further in:
///
///     + Exception Group Traceback (most recent call last):
///     |   File "a.py", line 1, in f
///     | ExceptionGroup: many (2 sub-exceptions)
///     +-+---------------- 1 ----------------
///       | ValueError: a
///       +---------------- 2 ----------------
///       | ValueError: b
///       +------------------------------------
struct PythonTraceback {
    /// One margin and what is read behind it.
    private struct Level {
        var reader: TracebackReader
        /// How many steps of two spaces the margin stands in; 0: there is none.
        var depth: Int
        /// A member that stands for those that are not printed.
        var isSkipped = false
    }

    private var levels = [Level(reader: TracebackReader(isMember: false), depth: 0)]
    /// What stands before every line: white space, or the name that a log puts there.
    private var prefix: StackBytes = []
    /// The same as it stands alone on a line, where white space at the end is often cut.
    private var barePrefix: StackBytes = []
    private var exceptionCount = 1

    /// True where the text has a line that only tracebacks have.
    static func isLikely(_ text: StackBytes) -> Bool {
        var lines = StackLines(text)
        var isFirst = true
        while let line = lines.next() {
            if TracebackLine.headerMargin(line) != nil
                || TracebackLine.place(line, isTrimmed: isFirst) != nil || opensMembers(line)
            {
                return true
            }
            if !line.isBlank { isFirst = false }
        }
        return false
    }

    /// Nil where nothing in the text is an exception.
    static func parse(_ text: StackBytes) -> ParsedStack? {
        var traceback = PythonTraceback()
        var lines = StackLines(text)
        while let line = lines.next() { traceback.take(line, before: lines.peek()) }
        while traceback.levels.count > 1 { traceback.closeMember() }
        guard let exception = traceback.levels[0].reader.finished() else { return nil }
        return ParsedStack(language: .python, exception: exception)
    }

    private mutating func take(_ line: StackBytes, before next: StackBytes?) {
        let line = withoutPrefix(line)
        if levels.count == 1, levels[0].depth == 0, levels[0].reader.isOutside,
            let margin = TracebackLine.headerMargin(line)
        {
            return begin(after: margin, before: next)
        }
        if levels.count == 1, levels[0].depth == 0, levels[0].reader.isExpecting,
            isGroupHeader(line)
        {
            levels[0].reader.begin()
            levels[0].depth = 1
            return
        }
        if levels.count == 1, levels[0].depth == 0, isBareGroup(line, before: next) {
            levels[0].reader.expect()
            levels[0].depth = 1
        }
        while true {
            // No copy of the level: its buffers grow in place.
            let depth = levels[levels.count - 1].depth
            if depth == 0 { return levels[levels.count - 1].reader.take(line) }
            if takeBehindMargin(line, depth: depth) { return }
            // The margin has ended; each one is left once.
            leaveMargin()
        }
    }

    private func withoutPrefix(_ line: StackBytes) -> StackBytes {
        if prefix.isEmpty { return line }
        if line.starts(with: prefix) { return line.dropFirst(prefix.count) }
        return line.trimmedEnd == barePrefix ? line[line.endIndex...] : line
    }

    /// Begins the first traceback of the text, and finds out what stands before its lines.
    private mutating func begin(after margin: StackBytes, before next: StackBytes?) {
        var front = margin
        if front.hasSuffix("+ ") {
            front = front.dropLast(2)
            // A group's margin is two spaces, which may have been cut off with the text's start.
            if front.hasSuffix("  ") { front = front.dropLast(2) }
            levels[0].depth = 1
        }
        let isCommon = next.map { $0.starts(with: front) } ?? false
        prefix = isCommon ? front : []
        barePrefix = prefix.trimmedEnd
        levels[0].reader.begin()
    }

    private func isGroupHeader(_ line: StackBytes) -> Bool {
        line.after("  + ").map { TracebackLine.isHeader($0) } ?? false
    }

    /// True for a group at the top that was never raised, and so has no traceback and no header.
    private func isBareGroup(_ line: StackBytes, before next: StackBytes?) -> Bool {
        guard levels[0].reader.isExpecting || levels[0].reader.isOutside,
            let content = line.after("  | "), TracebackLine.isClearException(content)
        else { return false }
        return levels[0].reader.isExpecting || next.map { Self.opensMembers($0) } ?? false
    }

    private static func opensMembers(_ line: StackBytes) -> Bool {
        line.hasPrefix("  +-+---------------- ")
    }

    /// Takes a line of the margin; false where the line stands behind no margin of this depth.
    private mutating func takeBehindMargin(_ line: StackBytes, depth: Int) -> Bool {
        let space = line.prefix(2 * depth)
        guard space.count == 2 * depth, space.allSatisfy({ $0 == UInt8(ascii: " ") }) else {
            return false
        }
        let rest = line[space.endIndex...]
        if let content = rest.after("|") {
            let text = content.first == UInt8(ascii: " ") ? content.dropFirst() : content
            if !levels[levels.count - 1].isSkipped {
                levels[levels.count - 1].reader.take(text)
            }
            return true
        }
        if let title = rest.after("+-+-") {
            openMember(title, depth: depth + 1)
            return true
        }
        if let title = rest.after("+-"), levels.count > 1 {
            closeMember()
            if Self.isTitle(title) { openMember(title, depth: depth) } else { endGroup() }
            return true
        }
        return false
    }

    /// True for `---- 1 ----`; the line that closes a group has dashes only.
    private static func isTitle(_ line: StackBytes) -> Bool {
        line.trimmedEnd.contains { $0 != UInt8(ascii: "-") }
    }

    private mutating func openMember(_ title: StackBytes, depth: Int) {
        exceptionCount += 1
        let isTooMuch =
            exceptionCount > StackLimits.exceptions || levels.count > StackLimits.groupDepth
        var level = Level(reader: TracebackReader(isMember: true), depth: depth)
        level.isSkipped = isTooMuch || title.contains(UInt8(ascii: "."))
        levels.append(level)
    }

    private mutating func closeMember() {
        guard let level = levels.popLast(), !level.isSkipped else { return }
        if let exception = level.reader.finished() {
            levels[levels.count - 1].reader.take(member: exception)
        }
    }

    /// At the top, what follows a group stands behind no margin.
    private mutating func endGroup() {
        if levels.count == 1 { levels[0].depth = 0 }
    }

    private mutating func leaveMargin() {
        if levels.count > 1 {
            closeMember()
        } else {
            levels[0].depth = 0
        }
    }
}
