/// Reads the place in a frame of a JavaScript engine: file, line and column, or what stands for them.
enum ScriptPlace {
    /// How sure it is that the text is meant as a place.
    enum Surroundings {
        /// In the parentheses of a frame.
        case parentheses
        /// Behind the `@` of a frame.
        case afterAt
        /// Behind the word `at`, where prose may stand as well.
        case afterWord
        /// With nothing around it.
        case bare
    }

    /// Fills file, line, column and what the place says of the call; false where it is no place.
    static func fill(
        _ frame: inout ParsedFrame, from text: StackBytes, _ surroundings: Surroundings
    ) -> Bool {
        var place = text
        if let awaited = text.after("async ") {
            frame.isAsync = true
            place = awaited
        }
        if let origin = place.after("eval at ") {
            EvalOrigin.fill(&frame, from: origin)
            return true
        }
        return fillPlain(&frame, from: place, surroundings)
    }

    /// The same for a place that is not another one's `eval at`; calls none of the above.
    static func fillPlain(
        _ frame: inout ParsedFrame, from text: StackBytes, _ surroundings: Surroundings
    ) -> Bool {
        if fillBuiltIn(&frame, from: text, surroundings) { return true }
        if let place = text.after("address at ") {
            frame.isAddress = true
            return fillFile(&frame, from: place, surroundings)
        }
        if let start = text.first("wasm-function[") {
            return fillWasm(&frame, file: text[..<start], text[start...])
        }
        if let mark = EvalOrigin.lineMark(text) {
            return EvalOrigin.fill(&frame, nested: mark)
        }
        return fillFile(&frame, from: text, surroundings)
    }

    /// Places that name no file.
    private static func fillBuiltIn(
        _ frame: inout ParsedFrame, from text: StackBytes, _ surroundings: Surroundings
    ) -> Bool {
        if text.isText("[native code]") || text.isText("<anonymous>") {
            frame.isNative = true
            return true
        }
        if surroundings == .bare || surroundings == .afterWord { return false }
        if text.isText("native") || text.isText("native code") {
            frame.isNative = true
            return true
        }
        if text.isText("[wasm code]") {
            frame.isWasm = true
            return true
        }
        if text.isText("unknown location") { return true }
        if let index = text.after("index "), let number = index.number {
            frame.isNative = true
            frame.promiseIndex = number
            return true
        }
        return false
    }

    private static func fillFile(
        _ frame: inout ParsedFrame, from text: StackBytes, _ surroundings: Surroundings
    ) -> Bool {
        let numbers = TrailingNumbers(text)
        guard isLikely(numbers, surroundings) else { return false }
        frame.line = numbers.line
        frame.column = numbers.column
        if isScriptless(numbers.file) {
            // Chakra's names for code that has no file.
            frame.isEval = true
        } else {
            frame.file = name(numbers.file)
        }
        return true
    }

    private static func isScriptless(_ file: StackBytes) -> Bool {
        file.isText("eval code") || file.isText("Function code")
            || file.isText("Unknown script code")
    }

    private static func isLikely(_ numbers: TrailingNumbers, _ place: Surroundings) -> Bool {
        let file = numbers.file
        if file.isEmpty { return false }
        if PlaceStart.isFirm(file) {
            return numbers.count > 0 || place == .parentheses || place == .afterAt
        }
        switch (numbers.count, place) {
        case (2, .parentheses), (2, .afterAt): return true
        case (2, .afterWord): return !endsInNumber(file)
        case (2, .bare): return !file.hasSpace && !endsInNumber(file)
        case (1, .afterAt): return true
        case (1, _):
            return !file.hasSpace
                && file.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }
        default: return isScriptless(file)
        }
    }

    /// True for `the time 12`, which a clock's minutes and seconds follow.
    private static func endsInNumber(_ file: StackBytes) -> Bool {
        let start = file.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? file.startIndex
        return file[start...].allSatisfy { ASCII.isDigit($0) }
    }

    /// The file's name; of `data:` only the type, since the rest is the code itself.
    static func name(_ file: StackBytes) -> String? {
        if file.isEmpty || file.isText("<?>") { return nil }
        guard file.hasPrefix("data:") else { return file.text }
        let end = file.firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
        return file[..<(end ?? file.endIndex)].text
    }

    /// `…wasm-function[7]:0x1a3`; the offset may be missing.
    private static func fillWasm(
        _ frame: inout ParsedFrame, file: StackBytes, _ function: StackBytes
    ) -> Bool {
        guard let index = wasmIndex(function) else { return false }
        frame.isWasm = true
        frame.wasmFunction = index.number
        let rest = function[index.end...]
        if let hex = rest.after(":0x") {
            frame.wasmOffset = hex.hexNumber
        } else if let offset = rest.after(":") {
            frame.wasmOffset = offset.number
        }
        let place = file.last == UInt8(ascii: ":") ? file.dropLast() : file
        if let mark = EvalOrigin.lineMark(place) {
            frame.file = name(mark.file)
            frame.line = mark.line
        } else if !place.isText("<anonymous>") {
            frame.file = name(place)
        }
        return true
    }

    /// The number in `wasm-function[7]`, and where the bracket ends.
    static func wasmIndex(_ text: StackBytes) -> (number: Int64?, end: Int)? {
        guard let digits = text.after("wasm-function["),
            let end = digits.firstIndex(of: UInt8(ascii: "]"))
        else { return nil }
        return (digits[..<end].number, end + 1)
    }
}

/// The one or two numbers at the end of a place: line and column.
struct TrailingNumbers {
    private(set) var file: StackBytes
    private(set) var line: Int64?
    private(set) var column: Int64?
    /// How many there are, those too large for a number included.
    private(set) var count = 0

    init(_ text: StackBytes) {
        file = text
        guard let last = Self.colon(text) else { return }
        let before = text[..<last]
        let lastNumber = text[(last + 1)...].number
        if let first = Self.colon(before) {
            file = before[..<first]
            line = before[(first + 1)...].number
            column = lastNumber
            count = 2
        } else if !Self.isHost(before) {
            file = before
            line = lastNumber
            count = 1
        }
    }

    /// The colon before the digits at the end; nil where the text does not end in them.
    private static func colon(_ text: StackBytes) -> Int? {
        var index = text.endIndex
        while index > text.startIndex, ASCII.isDigit(text[index - 1]) { index -= 1 }
        guard index < text.endIndex, index > text.startIndex,
            text[index - 1] == UInt8(ascii: ":")
        else { return nil }
        return index - 1
    }

    /// True for a URL that ends with its host, so that the number after it is a port.
    private static func isHost(_ text: StackBytes) -> Bool {
        guard let host = text.after("http://") ?? text.after("https://") else { return false }
        return !host.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
    }
}
