/// A frame in the form of V8, which Chakra and Hermes share: `at function (place)`.
enum V8Line {
    static func frame(_ line: StackBytes) -> ParsedFrame? {
        guard var body = line.trimmed.after("at ")?.trimmedFront else { return nil }
        // Where Node prints an error with its members, they follow its last frame.
        if body.hasSuffix(") {") { body = body.dropLast(2) }
        var frame = ParsedFrame()
        if body.last == UInt8(ascii: ")"), let open = opening(body),
            ScriptPlace.fill(&frame, from: body[(open + 1)...].dropLast(), .parentheses)
        {
            fillName(&frame, from: body[..<open].trimmedEnd)
            return frame
        }
        frame = ParsedFrame()
        var place = body
        if let awaited = place.after("async ") {
            frame.isAsync = true
            place = awaited
        }
        return ScriptPlace.fill(&frame, from: place, .afterWord) ? frame : nil
    }

    /// True where Node begins to print the errors in an error.
    static func isInnerError(_ line: StackBytes) -> Bool {
        let line = line.trimmedFront
        return line.hasPrefix("[cause]: ") || line.hasPrefix("[errors]: ")
    }

    private static func fillName(_ frame: inout ParsedFrame, from text: StackBytes) {
        var name = text
        if let awaited = name.after("async ") {
            frame.isAsync = true
            name = awaited
        }
        if let made = name.after("new ") {
            frame.isConstructor = true
            name = made
        }
        if name.last == UInt8(ascii: "]"), let alias = name.last(" [as ") {
            frame.alias = name[(alias + 5)...].dropLast().text
            name = name[..<alias]
        }
        if !name.isEmpty, !name.isText("<anonymous>") { frame.function = name.text }
    }

    /// The parenthesis that opens the place: functions and paths may hold some as well.
    ///
    /// The one that matches the last, where it stands behind a space and before what a place
    /// begins with; else the first that does; else, without the space, as old engines print it.
    private static func opening(_ body: StackBytes) -> Int? {
        let matching = matching(body)
        if let matching, isSpaced(body, matching), starts(body, matching) { return matching }
        let parentheses = body.indices.lazy.filter { body[$0] == UInt8(ascii: "(") }
        return parentheses.first { isSpaced(body, $0) && starts(body, $0) }
            ?? matching.flatMap { starts(body, $0) ? $0 : nil }
            ?? parentheses.first { starts(body, $0) } ?? matching
    }

    private static func isSpaced(_ body: StackBytes, _ index: Int) -> Bool {
        index == body.startIndex || body[index - 1] == UInt8(ascii: " ")
    }

    private static func starts(_ body: StackBytes, _ index: Int) -> Bool {
        PlaceStart.isLikely(body[(index + 1)...])
    }

    /// The parenthesis that the last byte closes.
    private static func matching(_ body: StackBytes) -> Int? {
        var depth = 0
        for index in body.indices.reversed() {
            if body[index] == UInt8(ascii: ")") { depth += 1 }
            if body[index] == UInt8(ascii: "(") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
