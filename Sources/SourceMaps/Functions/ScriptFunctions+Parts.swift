import ErrorModel

/// What stands around a function: its body, its types, and what it is written to.
extension ScriptFunctions {
    mutating func add(_ function: Function) {
        functions.append(function)
    }

    func end(ofBody body: Int) -> Int {
        let partner = Int(script.tokens[body].partner)
        return partner >= 0 ? Int(script.tokens[partner].end) : Int(script.tokens[body].end)
    }

    /// The opening brace behind `(…)` and, where it may be there, a return type; noted as a body.
    mutating func body(afterParametersAt index: Int, mayHaveType: Bool) -> Int? {
        guard script.isByte(index, UInt8(ascii: "(")) else { return nil }
        let partner = Int(script.tokens[index].partner)
        guard partner >= 0 else { return nil }
        var next = partner + 1
        if mayHaveType, mayHaveTypes, script.isByte(next, UInt8(ascii: ":")) {
            guard let end = passType(next + 1) else { return nil }
            next = end
        }
        guard script.isByte(next, UInt8(ascii: "{")),
            script.tokens[next].kind == .open
        else { return nil }
        bodies.insert(next)
        return next
    }

    /// The token behind a type; nil where no body follows.
    func passType(_ start: Int) -> Int? {
        var place = start
        let limit = min(start + Self.typeTokenCount, script.tokens.count)
        var mayBeObject = true
        // Commas stand between the types in `<…>` alone.
        var depth = 0
        while place < limit {
            let token = script.tokens[place]
            switch token.kind {
            case .open:
                if script.byte(token) == UInt8(ascii: "{"), !mayBeObject { return place }
                guard token.partner >= 0 else { return nil }
                place = Int(token.partner) + 1
                mayBeObject = false
                continue
            case .close: return nil
            case .arrow: mayBeObject = true
            case .mark:
                if script.isByte(place, UInt8(ascii: ";"))
                    || script.isByte(place, UInt8(ascii: "="))
                    || depth <= 0 && script.isByte(place, UInt8(ascii: ","))
                {
                    return nil
                }
                if script.isByte(place, UInt8(ascii: "<")) { depth += 1 }
                if script.isByte(place, UInt8(ascii: ">")) { depth -= 1 }
                mayBeObject = !script.isByte(place, UInt8(ascii: ">"))
            case .word:
                mayBeObject = script.isWord(place, "is") || script.isWord(place, "keyof")
            case .string, .number, .regex: mayBeObject = false
            }
            place += 1
        }
        return nil
    }

    /// The token behind `<…>`, where it stands between a name and its parameters.
    func passGenerics(_ start: Int) -> Int {
        guard mayHaveTypes, script.isByte(start, UInt8(ascii: "<")) else { return start }
        var depth = 0
        var place = start
        let limit = min(start + Self.typeTokenCount, script.tokens.count)
        while place < limit {
            let token = script.tokens[place]
            if token.kind == .open {
                guard token.partner >= 0 else { return start }
                place = Int(token.partner) + 1
                continue
            }
            if script.isByte(place, UInt8(ascii: "<")) {
                depth += 1
                // Comparisons, not types.
                if depth > Self.genericDepth { return start }
            }
            if script.isByte(place, UInt8(ascii: ">")) {
                depth -= 1
                if depth == 0 { return place + 1 }
            }
            if script.isByte(place, UInt8(ascii: ";")) || token.kind == .close { return start }
            place += 1
        }
        return start
    }

    /// The `<` of `<T>(…) =>`, the parenthesis without one.
    func startOfGenerics(before index: Int) -> Int {
        guard mayHaveTypes, script.isByte(index - 1, UInt8(ascii: ">")) else { return index }
        var depth = 0
        var place = index - 1
        let limit = max(0, index - Self.typeTokenCount)
        while place > limit {
            if script.isByte(place, UInt8(ascii: ">")) { depth += 1 }
            if script.isByte(place, UInt8(ascii: "<")) { depth -= 1 }
            if depth == 0 { return place }
            if depth > Self.genericDepth || script.isByte(place, UInt8(ascii: ";")) { break }
            place -= 1
        }
        return index
    }

    /// The token that names what the expression at `index` is written to.
    func assignedName(before index: Int) -> Int? {
        var before = index - 1
        // Brackets around the function alone: `x = (function () {})`.
        while script.isByte(before, UInt8(ascii: "(")), before > 0,
            script.isEquals(before - 1)
        {
            before -= 1
        }
        guard before > 0 else { return nil }
        if script.isEquals(before) {
            return nameOfTarget(endingAt: before - 1)
        }
        // An attribute of JSX: `onClick={() => …}`.
        if script.isByte(before, UInt8(ascii: "{")), script.isEquals(before - 1) {
            return script.isWord(before - 2) ? before - 2 : nil
        }
        if script.isByte(before, UInt8(ascii: ":")), levels[levels.count - 1].kind == .object {
            let key = before - 1
            let isKey =
                script.tokens[key].kind == .word || script.tokens[key].kind == .string
                || script.tokens[key].kind == .number
            let opens =
                script.isByte(key - 1, UInt8(ascii: "{"))
                || script.isByte(key - 1, UInt8(ascii: ","))
            return isKey && opens ? key : nil
        }
        return nil
    }

    /// The last name of a variable, property or typed variable that ends at the token.
    func nameOfTarget(endingAt end: Int) -> Int? {
        guard end >= 0 else { return nil }
        // Operators such as `+=` and `==` write no function.
        if script.tokens[end].kind == .word {
            guard mayHaveTypes else { return end }
            // `const name: Type = …`: the name is before the colon.
            var place = end
            let limit = max(0, end - 20)
            while place > limit,
                script.tokens[place].kind == .word
                    || script.isByte(place, UInt8(ascii: "."))
            {
                place -= 1
            }
            if script.isByte(place, UInt8(ascii: ":")), script.isWord(place - 1),
                script.isWord(place - 2, "const") || script.isWord(place - 2, "let")
                    || script.isWord(place - 2, "var")
                    || levels[levels.count - 1].kind == .classBody
            {
                return place - 1
            }
            return end
        }
        return nil
    }
}
