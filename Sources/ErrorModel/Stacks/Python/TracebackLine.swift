/// What a line of a traceback is, by itself.
enum TracebackLine {
    /// `Traceback (most recent call last):`, of a group or not.
    static func isHeader(_ line: StackBytes) -> Bool {
        let line = line.trimmedEnd
        return line.isText("Traceback (most recent call last):")
            || line.isText("Exception Group Traceback (most recent call last):")
            || line.isText("Traceback (innermost last):")
    }

    /// What stands before the header on its line; nil where the line does not end with one.
    static func headerMargin(_ line: StackBytes) -> StackBytes? {
        let line = line.trimmedEnd
        let header: StaticString = "Traceback (most recent call last):"
        guard line.hasSuffix(header) else { return nil }
        let front = line.dropLast(header.utf8CodeUnitCount)
        let group: StaticString = "Exception Group "
        return front.hasSuffix(group) ? front.dropLast(group.utf8CodeUnitCount) : front
    }

    /// What links the exception above such a line to the one below it.
    enum Link {
        case cause
        case context
    }

    static func link(_ line: StackBytes) -> Link? {
        let line = line.trimmedEnd
        if line.isText("The above exception was the direct cause of the following exception:") {
            return .cause
        }
        return line.isText("During handling of the above exception, another exception occurred:")
            ? .context : nil
    }

    /// `File "path", line 12, in function`; without a function the place of a SyntaxError.
    struct Place {
        var file: StackBytes
        var line: Int64?
        var function: StackBytes?
    }

    /// - Parameter isTrimmed: the white space in front may be missing: the text was cut there.
    static func place(_ line: StackBytes, isTrimmed: Bool = false) -> Place? {
        let body = line.trimmedFront
        guard body.startIndex > line.startIndex || isTrimmed, let rest = body.after("File \""),
            let end = rest.last("\", line ")
        else { return nil }
        let numbers = rest[(end + 8)...]
        let digits = numbers.prefix { ASCII.isDigit($0) }
        let tail = numbers[digits.endIndex...].trimmedEnd
        guard !digits.isEmpty else { return nil }
        if tail.isEmpty { return Place(file: rest[..<end], line: digits.number) }
        guard let function = tail.after(", in ") else { return nil }
        return Place(file: rest[..<end], line: digits.number, function: function)
    }

    /// How often more the line before stood there.
    static func repeatCount(_ line: StackBytes) -> Int64? {
        guard let rest = line.trimmedFront.after("[Previous line repeated ") else { return nil }
        let digits = rest.prefix { ASCII.isDigit($0) }
        return rest[digits.endIndex...].hasPrefix(" more time") ? digits.number : nil
    }

    /// A line of `^` and `~`, which mark a part of the line above.
    static func isMarks(_ line: StackBytes) -> Bool {
        line.allSatisfy {
            ASCII.isSpace($0) || $0 == UInt8(ascii: "^") || $0 == UInt8(ascii: "~")
        }
    }

    /// `module.Type: message`, or the type alone.
    struct ExceptionLine {
        var module: StackBytes?
        var type: StackBytes
        var message: StackBytes
    }

    static func exception(_ line: StackBytes) -> ExceptionLine? {
        var end = line.startIndex
        var dot: Int?
        var isOdd = false
        while end < line.endIndex, isNameByte(line[end]) || isOddNameByte(line[end]) {
            if isOddNameByte(line[end]) { isOdd = true }
            if line[end] == UInt8(ascii: ".") { dot = end }
            end += 1
        }
        let name = line[..<end]
        guard let first = name.first, !ASCII.isDigit(first), name.last != UInt8(ascii: ".") else {
            return nil
        }
        var message = line[end...]
        if let colon = message.after(":") {
            guard colon.isEmpty || colon.first == UInt8(ascii: " ") else { return nil }
            message = colon.dropFirst()
        } else if !message.isBlank {
            return nil
        } else {
            message = line[line.endIndex...]
        }
        let type = dot.map { name[($0 + 1)...] } ?? name
        if isOdd {
            // `my-package.Failed`, `Failed[int]`; a header of HTTP or the mark of another log is none.
            guard type.first.map(ASCII.isUpper) ?? false, !type.contains(UInt8(ascii: "-")) else {
                return nil
            }
        }
        return ExceptionLine(module: dot.map { name[..<$0] }, type: type, message: message)
    }

    /// True where the type is written as types are: not `future: <Task …>`.
    static func isClearException(_ line: StackBytes) -> Bool {
        guard let type = exception(line)?.type, let first = type.first else { return false }
        return ASCII.isUpper(first) || first == UInt8(ascii: "_") || first >= 0x80
    }

    /// In names that are made while the program runs.
    private static func isOddNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
    }
}
