import ErrorModel

/// The functions of a script: where they begin and end, and what names them.
///
/// Found from tokens and brackets alone. It follows what engines print: the name of a function is
/// its own, else that of the variable or property that it is written to; methods have their class
/// before them, accessors `get` or `set`, constructors `new`.
struct ScriptFunctions {
    struct Function {
        /// The first byte of the function, of its parameters, or of its method's name.
        var start: Int
        /// The byte behind it.
        var end: Int
        /// Before the name: `get `, `set `, `new ` or nothing.
        var prefix: StaticString = ""
        /// The token that names it.
        var name: Int?
        /// The token that names its class.
        var className: Int?
        /// The keyword `function`, which some compilers give the name in the map.
        var keyword: Int?
    }

    var functions: [Function] = []
    let script: ScriptTokens
    /// Types may stand behind names and parameters; compiled scripts have none, and what looks like
    /// one there is a condition or a member of an object.
    let mayHaveTypes: Bool

    /// Tokens that are looked at for the end of a type, or of a class's head: longer ones are rare, and
    /// a hostile script may begin one at each token.
    static let typeTokenCount = 64
    /// Deepest nesting of `<` between a name and its parameters.
    static let genericDepth = 5

    init(_ script: ScriptTokens, mayHaveTypes: Bool) {
        self.script = script
        self.mayHaveTypes = mayHaveTypes
        guard script.isSound else { return }
        scan()
        functions.sort { ($0.start, $1.end) < ($1.start, $0.end) }
    }

    // MARK: The pass

    /// A bracket that is open.
    struct Level {
        enum Kind { case group, block, object, classBody }
        var kind: Kind
        var className: Int?
        /// Arrow functions whose body is an expression and may go on.
        var openArrows: [Int] = []
        /// Between the `<` and the `>` of markup, whose attributes may stand on lines of their own.
        var isInTag = false
    }

    var levels: [Level] = [Level(kind: .block)]
    /// What the class whose body begins at a token is named by.
    private var classBodies: [Int: Int?] = [:]
    /// Braces that begin the body of a function.
    var bodies: Set<Int> = []

    private mutating func scan() {
        for index in script.tokens.indices {
            if functions.count >= SourceMapLimits.functionCount { break }
            let token = script.tokens[index]
            switch token.kind {
            case .word: readWord(index)
            case .open: enter(index)
            case .close: leave(index)
            case .arrow: readArrow(index)
            case .mark:
                if script.isByte(index, UInt8(ascii: ","))
                    || script.isByte(index, UInt8(ascii: ";"))
                {
                    closeArrows(at: Int(token.start))
                }
            case .string, .number:
                noteTag(token)
                readMethod(index)
            case .regex:
                break
            }
        }
        let end = script.tokens.last.map { Int($0.end) } ?? 0
        while !levels.isEmpty {
            closeArrows(at: end)
            levels.removeLast()
        }
    }

    private mutating func enter(_ index: Int) {
        let byte = script.byte(script.tokens[index])
        if byte == UInt8(ascii: "{") {
            if let name = classBodies[index] {
                levels.append(Level(kind: .classBody, className: name))
            } else {
                levels.append(Level(kind: isObject(index) ? .object : .block))
            }
        } else {
            levels.append(Level(kind: .group))
        }
    }

    private mutating func leave(_ index: Int) {
        closeArrows(at: Int(script.tokens[index].start))
        if levels.count > 1 { levels.removeLast() }
        // A computed name: `[x]() {}`.
        if script.isByte(index, UInt8(ascii: "]")) { readMethod(index) }
    }

    private mutating func closeArrows(at end: Int) {
        for arrow in levels[levels.count - 1].openArrows { functions[arrow].end = end }
        levels[levels.count - 1].openArrows.removeAll()
    }

    /// True for the brace of an object: where a statement cannot begin.
    private func isObject(_ index: Int) -> Bool {
        guard index > 0, !bodies.contains(index) else { return false }
        let before = script.tokens[index - 1]
        switch before.kind {
        case .open: return script.byte(before) != UInt8(ascii: "{")
        case .close, .arrow, .string, .number, .regex: return false
        case .mark:
            return !script.isByte(index - 1, UInt8(ascii: ";"))
        case .word:
            return script.isWord(index - 1, "return") || script.isWord(index - 1, "default")
                || script.isWord(index - 1, "typeof") || script.isWord(index - 1, "in")
                || script.isWord(index - 1, "of") || script.isWord(index - 1, "yield")
                || script.isWord(index - 1, "await") || script.isWord(index - 1, "throw")
        }
    }

    // MARK: Words

    private mutating func readWord(_ index: Int) {
        if script.tokens[index].isFirstOfLine, !levels[levels.count - 1].openArrows.isEmpty,
            beginsStatement(index) || isBehindExpression(index)
        {
            closeArrows(at: Int(script.tokens[index].start))
        }
        let isProperty = script.isByte(index - 1, UInt8(ascii: "."))
        if !isProperty, script.isWord(index, "function"), readFunction(index) { return }
        if !isProperty, script.isWord(index, "class"), readClass(index) { return }
        readMethod(index)
    }

    /// Markup's own marks are strings of the tokens: `<name`, `>` and `/>`.
    private mutating func noteTag(_ token: ScriptTokens.Token) {
        switch script.byte(token) {
        case UInt8(ascii: "<"): levels[levels.count - 1].isInTag = true
        case UInt8(ascii: ">"), UInt8(ascii: "/"): levels[levels.count - 1].isInTag = false
        default: break
        }
    }

    /// True where the word cannot go on with what stands before it, so that a new statement begins where
    /// its line does, semicolon or not (ECMA-262, 12.10).
    private func isBehindExpression(_ index: Int) -> Bool {
        guard index > 0, !levels[levels.count - 1].isInTag,
            !Self.joiningWords.contains(where: { script.isWord(index, $0) })
        else { return false }
        switch script.tokens[index - 1].kind {
        case .close, .number, .regex: return true
        case .string:
            let byte = script.byte(script.tokens[index - 1])
            return byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
                && byte != UInt8(ascii: "/")
        case .word:
            return script.isByte(index - 2, UInt8(ascii: "."))
                || !Self.joiningWords.contains(where: { script.isWord(index - 1, $0) })
                    && !Self.openingWords.contains(where: { script.isWord(index - 1, $0) })
        case .open, .arrow, .mark: return false
        }
    }

    /// Between two operands.
    private static let joiningWords: [StaticString] = [
        "in", "of", "instanceof", "as", "satisfies", "is", "extends",
    ]
    /// Before an operand.
    private static let openingWords: [StaticString] = [
        "typeof", "new", "await", "return", "void", "delete", "yield", "throw", "case", "do",
        "else",
        "async", "function", "class", "get", "set", "static", "keyof", "infer", "readonly",
    ]

    /// Words with which a new statement begins, so that an arrow function's expression has ended
    /// although no semicolon says so.
    private func beginsStatement(_ index: Int) -> Bool {
        script.isWord(index, "const") || script.isWord(index, "let") || script.isWord(index, "var")
            || script.isWord(index, "function") || script.isWord(index, "return")
            || script.isWord(index, "if") || script.isWord(index, "for")
            || script.isWord(index, "class") || script.isWord(index, "export")
            || script.isWord(index, "import") || script.isWord(index, "throw")
            || script.isWord(index, "while") || script.isWord(index, "switch")
            || script.isWord(index, "try")
    }

    /// `function name(…) {…}`; false where that is not what follows.
    private mutating func readFunction(_ index: Int) -> Bool {
        var next = index + 1
        if script.isByte(next, UInt8(ascii: "*")) { next += 1 }
        var name: Int?
        if script.isWord(next) {
            name = next
            next += 1
        }
        next = passGenerics(next)
        guard let body = body(afterParametersAt: next, mayHaveType: true) else { return false }
        let isAsync = script.isWord(index - 1, "async")
        let first = isAsync ? index - 1 : index
        add(
            Function(
                start: Int(script.tokens[first].start), end: end(ofBody: body),
                name: name ?? assignedName(before: first), keyword: index))
        return true
    }

    /// Notes where the body of the class begins and what names it.
    private mutating func readClass(_ index: Int) -> Bool {
        var next = index + 1
        var name: Int?
        if script.isWord(next), !script.isWord(next, "extends") {
            name = next
            next += 1
        }
        let limit = min(next + Self.typeTokenCount, script.tokens.count)
        while next < limit {
            let token = script.tokens[next]
            switch token.kind {
            case .open:
                if script.byte(token) == UInt8(ascii: "{") {
                    classBodies[next] = name ?? assignedName(before: index)
                    return true
                }
                guard token.partner > 0 else { return false }
                next = Int(token.partner) + 1
            case .close: return false
            case .mark:
                if script.isByte(next, UInt8(ascii: ";")) || script.isByte(next, UInt8(ascii: "="))
                {
                    return false
                }
                next += 1
            default: next += 1
            }
        }
        return false
    }

    /// `name(…) {…}` where no statement has that form: a method.
    private mutating func readMethod(_ index: Int) {
        let next = passGenerics(index + 1)
        guard script.isByte(next, UInt8(ascii: "(")) else { return }
        let kind = levels[levels.count - 1].kind
        // `catch(error) {…}` may be a member too.
        let beginsMember =
            kind == .classBody
            || kind == .object
                && (script.isByte(index - 1, UInt8(ascii: "{"))
                    || script.isByte(index - 1, UInt8(ascii: ",")))
        guard beginsMember || !isControl(index) else { return }
        // `a ? name(b) : c` in an object has no type either.
        let isMember =
            beginsMember
            || kind == .object
                && (script.isWord(index - 1, "get") || script.isWord(index - 1, "set")
                    || script.isWord(index - 1, "async")
                    || script.isByte(index - 1, UInt8(ascii: "*"))
                    || script.isByte(index, UInt8(ascii: "]")))
        guard let body = body(afterParametersAt: next, mayHaveType: isMember),
            // `class extends base() {…}` has no method `base`.
            classBodies[body] == nil
        else { return }
        // `function name(` and `function* name(` are read at their keyword; `new Name() {` is none.
        if script.isWord(index - 1, "function") || script.isWord(index - 2, "function")
            || script.isWord(index - 1, "new") || script.isByte(index - 1, UInt8(ascii: "."))
        {
            return
        }
        let className = kind == .classBody ? levels[levels.count - 1].className : nil
        var function = Function(
            start: Int(script.tokens[index].start), end: end(ofBody: body), name: index,
            className: className)
        if script.byte(script.tokens[index]) == UInt8(ascii: "]") {
            function.name = nil
            function.start = Int(script.tokens[Int(script.tokens[index].partner)].start)
        } else if kind == .classBody, script.isWord(index, "constructor") {
            function.prefix = "new "
            function.name = className
            function.className = nil
        } else if script.isWord(index - 1, "get") || script.isWord(index - 1, "set") {
            function.prefix = script.isWord(index - 1, "get") ? "get " : "set "
            function.className = nil
        } else if script.byte(script.tokens[index]) == UInt8(ascii: "#") {
            function.className = nil
        }
        add(function)
    }

    /// Words before a parenthesis and a brace that are no methods.
    private func isControl(_ index: Int) -> Bool {
        script.isWord(index, "if") || script.isWord(index, "for") || script.isWord(index, "while")
            || script.isWord(index, "switch") || script.isWord(index, "catch")
            || script.isWord(index, "with") || script.isWord(index, "function")
            || script.isWord(index, "await") || script.isWord(index, "return")
            || script.isWord(index, "super")
    }

    // MARK: Arrows

    private mutating func readArrow(_ index: Int) {
        guard var first = parametersStart(before: index) else { return }
        first = startOfGenerics(before: first)
        if script.isWord(first - 1, "async"), !script.tokens[first].isFirstOfLine { first -= 1 }
        let function = Function(
            start: Int(script.tokens[first].start), end: Int(script.tokens[index].end),
            name: assignedName(before: first))
        let body = index + 1
        guard body < script.tokens.count else { return }
        if script.isByte(body, UInt8(ascii: "{")) {
            var function = function
            function.end = end(ofBody: body)
            bodies.insert(body)
            functions.append(function)
        } else {
            levels[levels.count - 1].openArrows.append(functions.count)
            functions.append(function)
        }
    }

    /// The first token of `(…)`, `(…): Type` or `name` before an arrow.
    private func parametersStart(before index: Int) -> Int? {
        guard index > 0 else { return nil }
        if script.isByte(index - 1, UInt8(ascii: ")")) {
            let partner = Int(script.tokens[index - 1].partner)
            // `(…): (…) => …` would be a type; parameters are not behind a colon and a parenthesis.
            return partner >= 0 ? partner : nil
        }
        if script.isWord(index - 1),
            !mayHaveTypes || !script.isByte(index - 2, UInt8(ascii: ":"))
        {
            return index - 1
        }
        guard mayHaveTypes else { return nil }
        // A return type: back to the colon behind a parenthesis.
        var place = index - 1
        let limit = max(0, index - Self.typeTokenCount)
        while place > limit {
            let token = script.tokens[place]
            if token.kind == .close {
                guard token.partner >= 0 else { return nil }
                place = Int(token.partner) - 1
                continue
            }
            if token.kind == .open || token.kind == .arrow { break }
            if script.isByte(place, UInt8(ascii: ";")) || script.isByte(place, UInt8(ascii: "=")) {
                break
            }
            if script.isByte(place, UInt8(ascii: ":")), script.isByte(place - 1, UInt8(ascii: ")"))
            {
                let partner = Int(script.tokens[place - 1].partner)
                // `a ? f(b) : c => d` and `a ? (b) : c => d` are conditions.
                let isCondition =
                    script.isByte(partner - 1, UInt8(ascii: "?"))
                    || script.isWord(partner - 1) && !script.isWord(partner - 1, "async")
                if isCondition { break }
                return partner >= 0 ? partner : nil
            }
            place -= 1
        }
        return script.isWord(index - 1) ? index - 1 : nil
    }
}
