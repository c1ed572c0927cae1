/// A frame in the form of V8, which Chakra and Hermes share: `at function (place)`.
enum V8Line {
    static func frame(_ line: StackBytes) -> ParsedFrame? {
        let line = line.trimmed
        if let body = line.after("at ") { return frame(behindAt: body.trimmedFront) }
        // A line end was lost: `some text    at foo (/app/a.js:1:2)`.
        guard line.last == UInt8(ascii: ")"), let start = line.last("    at "),
            let frame = frame(behindAt: line[(start + 7)...]), frame.column != nil
        else { return nil }
        return frame
    }

    private static func frame(behindAt text: StackBytes) -> ParsedFrame? {
        var body = text
        // Where Node prints an error with its members, they follow its last frame.
        if body.hasSuffix(") {") { body = body.dropLast(2) }
        var frame = ParsedFrame()
        if let open = opening(body) {
            let name = body[..<open].trimmedEnd
            if isErrorText(name) { return nil }
            if ScriptPlace.fill(&frame, from: inner(body, open), .parentheses) {
                fillName(&frame, from: name)
                return frame
            }
            frame = ParsedFrame()
        }
        var place = body
        if let awaited = place.after("async ") {
            frame.isAsync = true
            place = awaited
        }
        if isErrorText(place) { return nil }
        return ScriptPlace.fill(&frame, from: place, .afterWord) ? frame : nil
    }

    /// True for an error's text where a call should stand: `at Error: Blocked a frame with origin "(…`.
    private static func isErrorText(_ text: StackBytes) -> Bool { text.first("Error: ") != nil }

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

    /// What stands behind the parenthesis, without the one that closes it.
    private static func inner(_ body: StackBytes, _ open: Int) -> StackBytes {
        let inner = body[(open + 1)...]
        return inner.last == UInt8(ascii: ")") ? inner.dropLast() : inner
    }

    /// The parenthesis that opens the place: functions and paths may hold some as well.
    ///
    /// That of an `eval at`, which holds others; the one that matches the last, where it stands behind a
    /// space and before what a place begins with; else the first that does; else, without the space, as
    /// old engines print it. Where none is closed the line was cut: the last before what surely is a place.
    private static func opening(_ body: StackBytes) -> Int? {
        guard body.last == UInt8(ascii: ")") else {
            guard let open = body.last(" (").map({ $0 + 1 }) else { return nil }
            let place = body[(open + 1)...]
            return PlaceStart.isFirm(place) && TrailingNumbers(place).count == 2 ? open : nil
        }
        if let origin = body.first(" (eval at ") { return origin + 1 }
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
    static func matching(_ body: StackBytes) -> Int? {
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
