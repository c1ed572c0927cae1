/// How Python prints a value that came as JSON: as its SDKs of before 2.0, which send a message's template and
/// parameters only, would have printed it in their logs.
enum PythonText {
    /// As `str` does.
    static func text(_ value: JSONValue) -> String { value.string ?? representation(value) }

    /// As `repr` does; numbers are printed as they came.
    static func representation(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let isTrue): isTrue ? "True" : "False"
        case .number(let text): text
        case .string(let text): quoted(text)
        case .array(let list): "[" + list.map(representation).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { quoted($0.key) + ": " + representation($0.value) }
                .joined(separator: ", ") + "}"
        }
    }

    /// In single quotes, or in double ones where that saves escapes.
    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var output = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": output.append(contentsOf: "\\n".unicodeScalars)
            case "\r": output.append(contentsOf: "\\r".unicodeScalars)
            case "\t": output.append(contentsOf: "\\t".unicodeScalars)
            case "\\", quote: output.append(contentsOf: ["\\", scalar])
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A1}", "\u{AD}":
                let digits = String(scalar.value, radix: 16)
                let code = "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
                output.append(contentsOf: code.unicodeScalars)
            default: output.append(scalar)
            }
        }
        output.append(quote)
        return String(output)
    }
}
