import ErrorModel
import Foundation

/// Stacks with what is in them, where the environment variable `FAULTLOG_STACKS` says they are.
enum StackCases {
    static let directory = ProcessInfo.processInfo.environment["FAULTLOG_STACKS"]
    static var isPresent: Bool { directory != nil }

    static func cases(_ name: String) -> [JSONValue] {
        let path = (directory ?? "") + "/" + name + ".json"
        let bytes = Array(FileManager.default.contents(atPath: path) ?? Data())
        return (try? JSONValue(parsing: bytes))?.array ?? []
    }

    /// What differs from the expectation of a JavaScript stack; nil for nothing.
    static func scriptMismatch(_ test: JSONValue) -> String? {
        guard let input = test["input"], let expected = test["expect"] else { return "no case" }
        let stack = StackText.parse(
            input["stack"]?.string ?? "", type: input["type"]?.string,
            message: input["message"]?.string)
        return mismatch(stack.json, expected)
            ?? headerMismatch(input["stack"]?.string ?? "", expected)
    }

    /// The header is read from the text alone.
    private static func headerMismatch(_ text: String, _ expected: JSONValue) -> String? {
        guard let header = expected["header"] else { return nil }
        let found = StackText.parse(text).json["header"] ?? .null
        return found == header ? nil : "header: \(found.compactText)"
    }

    static func tracebackMismatch(_ test: JSONValue) -> String? {
        let text = test["input"]?["text"]?.string ?? ""
        let stack = StackText.parse(text)
        if let expected = test["expect"] { return mismatch(stack.json, expected) }
        // Either: never the frames of two exceptions in one list.
        return stack.frames.count > 1 ? "\(stack.json.compactText)" : nil
    }

    /// Every member expected is there and the same, and no frame has another.
    private static func mismatch(_ found: JSONValue, _ expected: JSONValue) -> String? {
        for member in expected.members ?? [] where member.key != "header" {
            let ours = found[member.key] ?? .null
            if member.key == "cause" || member.key == "context" {
                if let difference = mismatch(ours, member.value) { return difference }
            } else if member.key == "exceptions" {
                let members = ours.array ?? []
                let theirs = member.value.array ?? []
                if members.count != theirs.count { return "\(members.count) members" }
                for (our, their) in zip(members, theirs) {
                    if let difference = mismatch(our, their) { return difference }
                }
            } else if ours != member.value {
                return "\(member.key): \(ours.compactText) ≠ \(member.value.compactText)"
            }
        }
        for key in ["cause", "context", "exceptions", "syntax"] {
            if found[key] != nil, expected[key] == nil { return "\(key) is not expected" }
        }
        return nil
    }
}
