extension ParsedStack {
    /// The stack as `logctl stacks parse` shows it.
    ///
    /// A JavaScript stack has `header`, `source_location` and `frames`; a traceback is one
    /// exception with `cause` or `context` and `exceptions` in it.
    package var json: JSONValue {
        if language == .python { return exception.tracebackJSON }
        var members: [(String, JSONValue)] = []
        if exception.type != nil || exception.message != nil {
            members.append(
                (
                    "header",
                    ["type": .text(exception.type), "message": .text(exception.message)]
                ))
        }
        if let place = sourceLocation {
            members.append(
                (
                    "source_location",
                    [
                        "file": .string(place.file), "line": .number(place.line),
                        "column": .number(place.column),
                    ]
                ))
        }
        members.append(("frames", .array(frames.map(\.scriptJSON))))
        return .pairs(members)
    }
}

extension ParsedException {
    /// Recursion is bounded by `StackLimits`.
    fileprivate var tracebackJSON: JSONValue {
        var json: [(String, JSONValue)] = [
            ("type", .text(type)), ("module", .text(module)), ("message", .text(message)),
            ("frames", .array(frames.map(\.tracebackJSON))),
        ]
        if let syntax {
            json.append(
                (
                    "syntax",
                    [
                        "file": .string(syntax.file), "line": .number(syntax.line),
                        "code": .text(syntax.code),
                    ]
                ))
        }
        switch origin {
        case .cause(let exception)?: json.append(("cause", exception.tracebackJSON))
        case .context(let exception)?: json.append(("context", exception.tracebackJSON))
        case nil: break
        }
        if !members.isEmpty { json.append(("exceptions", .array(members.map(\.tracebackJSON)))) }
        return .pairs(json)
    }
}

extension ParsedFrame {
    fileprivate var tracebackJSON: JSONValue {
        var json: [(String, JSONValue)] = [
            ("function", .text(function)), ("file", .text(file)), ("line", .number(line)),
            ("code", .text(code)),
        ]
        if let repeatCount { json.append(("repeat", .integer(repeatCount))) }
        return .pairs(json)
    }

    fileprivate var scriptJSON: JSONValue {
        var json: [(String, JSONValue)] = [
            ("function", .text(function)), ("file", .text(file)), ("line", .number(line)),
            ("column", .number(column)),
        ]
        if isAsync { json.append(("async", true)) }
        if let asyncCause { json.append(("async_cause", .string(asyncCause))) }
        if isConstructor { json.append(("constructor", true)) }
        if let alias { json.append(("alias", .string(alias))) }
        if isNative { json.append(("native", true)) }
        if let promiseIndex { json.append(("promise_index", .integer(promiseIndex))) }
        if isEval { json.append(("eval", true)) }
        if let evalLine { json.append(("eval_line", .integer(evalLine))) }
        if let evalColumn { json.append(("eval_column", .integer(evalColumn))) }
        if isWasm { json.append(("wasm", true)) }
        if let wasmFunction { json.append(("wasm_function", .integer(wasmFunction))) }
        if let wasmOffset { json.append(("wasm_offset", .integer(wasmOffset))) }
        if isAddress { json.append(("address", true)) }
        return .pairs(json)
    }
}

extension JSONValue {
    fileprivate static func text(_ value: String?) -> JSONValue {
        value.map { .string($0) } ?? .null
    }
    fileprivate static func number(_ value: Int64?) -> JSONValue {
        value.map { .integer($0) } ?? .null
    }
}
