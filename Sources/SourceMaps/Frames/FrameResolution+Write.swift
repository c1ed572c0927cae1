package import ErrorModel

extension FrameResolution {
    /// The members that stand beside those of the minified frame: `original`, or `unresolved` with
    /// the reason in words.
    package var members: [(String, JSONValue)] {
        switch self {
        case .resolved(let frame): [("original", frame.json)]
        case .unresolved(let reason): [("unresolved", .string(reason.description))]
        }
    }
}

extension ResolvedFrame {
    /// The frame in the words of our own JSON.
    package var json: JSONValue {
        var members: [(String, JSONValue)] = []
        if let function { members.append(("function", .string(function))) }
        members.append(("file", source.map { .string($0) } ?? .null))
        members.append(("line", .integer(line)))
        members.append(("column", .integer(column)))
        if let name { members.append(("name", .string(name))) }
        if isIgnored { members.append(("ignored", true)) }
        if let context {
            members.append(("preContext", .array(context.before.map { .string($0) })))
            members.append(("contextLine", .string(context.line)))
            members.append(("postContext", .array(context.after.map { .string($0) })))
        }
        return .pairs(members)
    }
}

extension MinifiedFrame {
    /// From a parsed stack.
    package init(_ frame: ParsedFrame) {
        self.init(
            function: frame.function, file: frame.file, line: frame.line, column: frame.column,
            isNative: frame.isNative, isAddress: frame.isAddress)
    }

    /// From an object with `function`, `file` (or Sentry's `abs_path` and `filename`), `line` and
    /// `column` (or `lineno` and `colno`); nil for anything else.
    package init?(_ json: JSONValue) {
        guard json.members != nil else { return nil }
        self.init(
            function: json["function"]?.string,
            file: json["file"]?.string ?? json["abs_path"]?.string ?? json["filename"]?.string,
            line: json["line"]?.int64 ?? json["lineno"]?.int64,
            column: json["column"]?.int64 ?? json["colno"]?.int64,
            isNative: json["native"]?.bool ?? false, isAddress: json["address"]?.bool ?? false)
    }

    /// The members of the frame as it came.
    package var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("function", function.map { .string($0) } ?? .null),
            ("file", file.map { .string($0) } ?? .null),
            ("line", line.map { .integer($0) } ?? .null),
            ("column", column.map { .integer($0) } ?? .null),
        ]
        if isNative { members.append(("native", true)) }
        if isAddress { members.append(("address", true)) }
        return members
    }
}
