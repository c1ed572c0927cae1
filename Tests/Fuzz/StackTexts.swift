import ErrorModel

/// The texts of stacks, which anybody may send.
enum StackTexts {
    /// A byte that chooses what is known beforehand, then the text.
    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let text = Array(input.dropFirst())
        let language: FrameLanguage? = [nil, .javascript, .python, .other][Int(first & 3)]
        // A message is known from elsewhere: here from the text's own first line.
        let line = text.prefix { $0 != 0x0A }
        let message = first & 4 == 0 ? nil : String(decoding: line, as: UTF8.self)
        let stack = StackText.parse(
            text, language: language, type: first & 8 == 0 ? nil : "Error", message: message)
        var count = 0
        check(stack.exception, depth: 0, count: &count)
        require(count <= 2 * StackLimits.exceptions * StackLimits.chain, "exceptions are bounded")
        require(
            (try? JSONValue(parsing: stack.json.compactBytes)) == stack.json,
            "what is shown is JSON that reads back")
    }

    private static func check(_ exception: ParsedException, depth: Int, count: inout Int) {
        count += 1
        require(exception.frames.count <= StackLimits.frames, "frames are bounded")
        require(
            depth <= (StackLimits.groupDepth + 1) * (StackLimits.chain + 1), "depth is bounded")
        if let origin = exception.origin?.exception {
            check(origin, depth: depth + 1, count: &count)
        }
        for member in exception.members { check(member, depth: depth + 1, count: &count) }
    }
}
