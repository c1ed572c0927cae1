/// Puts the parameters into a message template: printf style, named, or in braces.
enum MessageFormat {
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
    static func expand(_ template: String, _ parameters: JSONValue) -> String {
        var output: [UInt8] = []
        let bytes = Array(template.utf8)
        var next = 0
        var index = 0
        while index < bytes.count, output.count < byteLimit {
            if let (end, value) = placeholder(bytes, at: index, parameters, &next) {
                output.append(contentsOf: value.utf8)
                index = end
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func placeholder(
        _ bytes: [UInt8], at index: Int, _ parameters: JSONValue, _ next: inout Int
    ) -> (Int, String)? {
        switch bytes[index] {
        case UInt8(ascii: "%"): percent(bytes, at: index + 1, parameters, &next)
        case UInt8(ascii: "{"): brace(bytes, at: index + 1, parameters, &next)
        default: nil
        }
    }

    /// What follows a `%`: another one, or `(name)`, flags and width, and a letter.
    private static func percent(
        _ bytes: [UInt8], at index: Int, _ parameters: JSONValue, _ next: inout Int
    ) -> (Int, String)? {
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
        while index < bytes.count, isFlag(bytes[index]) { index += 1 }
        guard index < bytes.count, ASCII.isLetter(bytes[index]) else { return nil }
        guard let value = value(name, parameters, &next) else { return nil }
        return (index + 1, value)
    }

    private static func isFlag(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func brace(
        _ bytes: [UInt8], at index: Int, _ parameters: JSONValue, _ next: inout Int
    ) -> (Int, String)? {
        guard let close = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let name = String(decoding: bytes[index..<close], as: UTF8.self)
        guard let value = value(name.isEmpty ? nil : name, parameters, &next) else { return nil }
        return (close + 1, value)
    }

    /// The parameter of that name or number, else the next in order.
    private static func value(
        _ name: String?, _ parameters: JSONValue, _ next: inout Int
    ) -> String? {
        if let name {
            if let index = Int(name), let list = parameters.array {
                return list.indices.contains(index) ? text(list[index]) : nil
            }
            return parameters[name].map(text)
        }
        guard let list = parameters.array, next < list.count else { return nil }
        next += 1
        return text(list[next - 1])
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? value.compactText
    }
}
