/// Finds who made code at run time: the outermost call of `eval`.
enum EvalOrigin {
    /// V8, behind `eval at `: `foo (eval at speak (https://…:38:51)), <anonymous>:1:23`.
    static func fill(_ frame: inout ParsedFrame, from text: StackBytes) {
        frame.isEval = true
        var origin = text
        // Behind the origin stands where in the code of the `eval` it was; Chrome 46 leaves out the comma.
        if let tail = text.last("), ") ?? text.last(")).") {
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
            // What stands behind the origin, as above: looked for from the end, and passed once.
            if origin.last != UInt8(ascii: ")"), let tail = origin.last("), ") {
                origin = origin[...tail]
            }
        }
        // A file that begins as no place does: the one parenthesis that is closed is its.
        if origin.last == UInt8(ascii: ")"), let open = V8Line.matching(origin) {
            fillCaller(&frame, from: origin[(open + 1)...].dropLast())
        }
    }

    /// The file whose code called `eval`, where `file` is how V8 or SpiderMonkey name code that `eval` made:
    /// SDKs put that in the place of a file.
    ///
    /// Nil where it is an ordinary file, or the origin names none.
    static func file(_ file: UnsafeRawBufferPointer) -> [UInt8]? {
        var frame = ParsedFrame()
        if file.hasASCIIPrefix("eval at ") {
            fill(&frame, from: StackBytes(file).dropFirst("eval at ".utf8.count))
        } else if file.hasASCIISuffix(" > eval") || file.hasASCIISuffix(" > Function"),
            let mark = lineMark(StackBytes(file))
        {
            frame.file = ScriptPlace.name(mark.file)
        }
        return frame.file.map { Array($0.utf8) }
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
