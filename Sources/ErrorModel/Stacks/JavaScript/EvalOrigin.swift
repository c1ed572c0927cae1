/// Finds who made code at run time: the outermost call of `eval`.
enum EvalOrigin {
    /// V8, behind `eval at `: `foo (eval at speak (https://…:38:51)), <anonymous>:1:23`.
    static func fill(_ frame: inout ParsedFrame, from text: StackBytes) {
        frame.isEval = true
        var origin = text
        if let tail = text.last("), ") {
            let place = TrailingNumbers(text[(tail + 3)...])
            frame.evalLine = place.line
            frame.evalColumn = place.column
            origin = text[...tail]
        }
        // Each level is looked at up to the parenthesis that opens the next one: linear in all.
        while origin.last == UInt8(ascii: ")"), let open = opening(origin) {
            let inner = origin[(open + 1)...].dropLast()
            guard let deeper = inner.after("eval at ") else {
                fillCaller(&frame, from: inner)
                return
            }
            origin = deeper
        }
    }

    private static func fillCaller(_ frame: inout ParsedFrame, from text: StackBytes) {
        var caller = ParsedFrame()
        guard ScriptPlace.fillPlain(&caller, from: text, .parentheses) else { return }
        frame.file = caller.file
        frame.line = caller.line
        frame.column = caller.column
    }

    private static func opening(_ text: StackBytes) -> Int? {
        for index in text.indices where text[index] == UInt8(ascii: "(") {
            if index > text.startIndex, text[index - 1] != UInt8(ascii: " ") { continue }
            if PlaceStart.isLikely(text[(index + 1)...]) { return index }
        }
        return nil
    }

    /// SpiderMonkey's ` line 38 > eval`, possibly followed by more of them.
    struct LineMark {
        var file: StackBytes
        var line: Int64?
        /// What follows the first ` > `.
        var kind: StackBytes
    }

    /// The first such mark of a place; nil without one.
    static func lineMark(_ text: StackBytes) -> LineMark? {
        var rest = text
        while let start = rest.first(" line ") {
            let digits = rest[(start + 6)...]
            let end = digits.firstIndex { !ASCII.isDigit($0) } ?? digits.endIndex
            if end > digits.startIndex, let kind = digits[end...].after(" > ") {
                return LineMark(
                    file: text[..<start], line: digits[..<end].number, kind: kind)
            }
            rest = digits[end...]
        }
        return nil
    }

    /// SpiderMonkey: `https://… line 38 > eval line 1 > eval:1:23`.
    static func fill(_ frame: inout ParsedFrame, nested: LineMark) -> Bool {
        let numbers = TrailingNumbers(nested.kind)
        frame.isEval = true
        frame.file = ScriptPlace.name(nested.file)
        frame.line = nested.line
        frame.evalLine = numbers.line
        frame.evalColumn = numbers.column
        return numbers.count > 0
    }
}
