/// Puts the parameters into a message template: printf style, named, or in braces.
struct MessageFormat {
    private let parameters: JSONValue
    private let language: FrameLanguage
    /// The next parameter that has no name.
    private var next = 0

    /// Longest text that is made: what is beyond no one-line title shows, and repeated parameters
    /// must not make a small event large.
    static let byteLimit = 64 * 1024

    static func hasParameters(_ parameters: JSONValue) -> Bool {
        switch parameters {
        case .array(let list): !list.isEmpty
        case .object(let members): !members.isEmpty
        default: false
        }
    }

    /// Replaces `%s`, `%5.2f`, `%(name)s`, `{}`, `{0}` and `{name}`; what has no parameter stays.
    ///
    /// Values, widths and precisions as Python prints them where the event is from there; from elsewhere
    /// texts as they are and all else as JSON.
    static func expand(
        _ template: String, _ parameters: JSONValue, _ language: FrameLanguage
    ) -> String {
        var format = MessageFormat(parameters, language)
        return format.expanded(Array(template.utf8))
    }

    private init(_ parameters: JSONValue, _ language: FrameLanguage) {
        self.parameters = parameters
        self.language = language
    }

    private mutating func expanded(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count, output.count < Self.byteLimit {
            if let (end, value) = placeholder(bytes, at: index) {
                output.append(contentsOf: value.utf8)
                index = end
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func placeholder(_ bytes: [UInt8], at index: Int) -> (Int, String)? {
        switch bytes[index] {
        case UInt8(ascii: "%"): percent(bytes, at: index + 1)
        case UInt8(ascii: "{"): brace(bytes, at: index + 1)
        default: nil
        }
    }

    /// What follows a `%`: another one, or `(name)`, flags and width, and a letter.
    private mutating func percent(_ bytes: [UInt8], at index: Int) -> (Int, String)? {
        guard index < bytes.count else { return nil }
        if bytes[index] == UInt8(ascii: "%") { return (index + 1, "%") }
        var index = index
        var name: String?
        if bytes[index] == UInt8(ascii: "("),
            let close = bytes[index...].firstIndex(of: UInt8(ascii: ")"))
        {
            name = String(decoding: bytes[index + 1..<close], as: UTF8.self)
            index = close + 1
        }
        let start = index
        while index < bytes.count, Self.isFlag(bytes[index]) { index += 1 }
        guard index < bytes.count, ASCII.isLetter(bytes[index]) else { return nil }
        guard let value = value(name) else { return nil }
        guard language == .python else { return (index + 1, text(value)) }
        let form = PercentForm(bytes[start..<index])
        return (index + 1, form.text(value, as: bytes[index]))
    }

    private static func isFlag(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private mutating func brace(_ bytes: [UInt8], at index: Int) -> (Int, String)? {
        guard let close = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let name = String(decoding: bytes[index..<close], as: UTF8.self)
        guard let value = value(name.isEmpty ? nil : name) else { return nil }
        return (close + 1, text(value))
    }

    /// The parameter of that name or number, else the next in order.
    private mutating func value(_ name: String?) -> JSONValue? {
        if let name {
            if let index = Int(name), let list = parameters.array {
                return list.indices.contains(index) ? list[index] : nil
            }
            return parameters[name]
        }
        guard let list = parameters.array, next < list.count else { return nil }
        next += 1
        return list[next - 1]
    }

    private func text(_ value: JSONValue) -> String {
        language == .python ? PythonText.text(value) : value.string ?? value.compactText
    }
}
