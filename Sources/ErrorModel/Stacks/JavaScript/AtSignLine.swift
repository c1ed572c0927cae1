/// A frame in the form of SpiderMonkey and JavaScriptCore: `function@place`.
enum AtSignLine {
    static func frame(_ line: StackBytes) -> ParsedFrame? {
        let body = line.trimmed
        if body.isEmpty { return nil }
        var frame = ParsedFrame()
        guard let at = divider(body) else { return bareFrame(body) }
        let name = body[..<at]
        let place = body[(at + 1)...]
        if place.isEmpty {
            // Code without a place: of `eval`, or a constructor that nobody wrote.
            if name.hasSpace && !isCodeName(name) || name.contains(UInt8(ascii: "@")) { return nil }
        } else if !ScriptPlace.fill(&frame, from: place, .afterAt) {
            return nil
        }
        fillName(&frame, from: name)
        return frame
    }

    /// True for a line that only old versions of JavaScriptCore print, for a function in `eval`.
    static func isBareName(_ line: StackBytes) -> Bool {
        let name = line.trimmed
        return !name.isEmpty
            && name.allSatisfy {
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 >= 0x80 || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "#")
            }
    }

    /// The `@` between function and place: the first before what surely is a place, else the last.
    private static func divider(_ body: StackBytes) -> Int? {
        if PlaceStart.isURL(body) { return nil }
        var last: Int?
        for index in body.indices where body[index] == UInt8(ascii: "@") {
            if PlaceStart.isAfterAt(body[(index + 1)...]) { return index }
            last = index
        }
        return body.first == UInt8(ascii: "/") ? nil : last
    }

    private static func bareFrame(_ body: StackBytes) -> ParsedFrame? {
        var frame = ParsedFrame()
        if isCodeName(body) {
            fillName(&frame, from: body)
            return frame
        }
        if body.isText("<anonymous>") || body.isText("native") { return nil }
        return ScriptPlace.fill(&frame, from: body, .bare) ? frame : nil
    }

    private static func isCodeName(_ name: StackBytes) -> Bool {
        name.isText("eval code") || name.isText("global code") || name.isText("module code")
            || name.isText("Function code")
    }

    private static func fillName(_ frame: inout ParsedFrame, from text: StackBytes) {
        var name = text
        if let star = name.firstIndex(of: UInt8(ascii: "*")), isCause(name[..<star]) {
            frame.isAsync = true
            frame.asyncCause = name[..<star].text
            name = name[(star + 1)...]
        }
        if name.isText("eval code") { frame.isEval = true }
        if frame.isWasm, frame.wasmFunction == nil, let start = name.first("wasm-function[") {
            frame.wasmFunction = ScriptPlace.wasmIndex(name[start...])?.number
        }
        if frame.column == nil, frame.line != nil, name.last == UInt8(ascii: ")"),
            let open = name.firstIndex(of: UInt8(ascii: "("))
        {
            // Before version 14 Firefox printed the arguments, and no columns.
            name = name[..<open]
        }
        if !name.isEmpty, !name.isText("<anonymous>") { frame.function = name.text }
    }

    /// True for `async`, `setTimeout handler`, `EventListener.handleEvent`.
    private static func isCause(_ text: StackBytes) -> Bool {
        !text.isEmpty
            && text.allSatisfy {
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: " ")
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }
}
