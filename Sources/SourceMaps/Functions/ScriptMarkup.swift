/// How far a script is inside of markup (JSX): elements within expressions within elements.
struct ScriptMarkup {
    enum Mode {
        case script
        /// Between `<` and `>`.
        case tag
        /// Between two tags.
        case children
    }

    /// What it takes to read the script again from its first element on.
    struct Start {
        var place: Int
        var tokenCount: Int
        var open: [Int32]
        var isSound: Bool
    }

    /// False where a `<` always compares.
    let isOn: Bool
    private(set) var mode = Mode.script
    private(set) var firstStart: Start?
    private var isClosingTag = false
    /// Elements that are open, of each expression that has begun with one.
    private var depths: [Int] = []
    /// Braces that have an expression inside of markup, and what goes on behind it.
    private var suspended: [(opener: Int32, mode: Mode)] = []

    init(isOn: Bool) { self.isOn = isOn }

    /// True at the end of a script whose markup does not end.
    var isUnfinished: Bool { mode != .script || !depths.isEmpty }

    /// An expression begins with a tag.
    mutating func begin(_ start: @autoclosure () -> Start) {
        if firstStart == nil { firstStart = start() }
        depths.append(0)
        mode = .tag
        isClosingTag = false
    }

    /// A tag within an element begins.
    mutating func beginTag(isClosing: Bool) {
        mode = .tag
        isClosingTag = isClosing
    }

    /// A tag ends, with its element where it is empty.
    mutating func endTag(isEmptyElement: Bool) {
        guard var depth = depths.popLast() else {
            mode = .script
            return
        }
        if isClosingTag { depth -= 1 } else if !isEmptyElement { depth += 1 }
        mode = depth > 0 ? .children : .script
        if depth > 0 { depths.append(depth) }
    }

    /// The brace that is token number `opener` begins an expression.
    mutating func suspend(opener: Int32) {
        suspended.append((opener, mode))
        mode = .script
    }

    /// The bracket that `opener` opened was closed.
    mutating func resume(closing opener: Int32) {
        guard let last = suspended.last, last.opener == opener else { return }
        suspended.removeLast()
        mode = last.mode
        isClosingTag = false
    }
}
