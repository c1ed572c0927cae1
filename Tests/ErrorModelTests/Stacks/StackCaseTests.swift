import ErrorModel
import Testing

@Suite(.enabled(if: StackCases.isPresent))
struct StackCaseTests {
    @Test(arguments: ["v8", "spidermonkey", "jsc", "chakra", "react-native"])
    func `every stack of an engine gives its frames`(engine: String) {
        let cases = StackCases.cases(engine)
        #expect(!cases.isEmpty)
        for test in cases {
            let mismatch = StackCases.scriptMismatch(test)
            #expect(mismatch == nil, "\(test["id"]?.string ?? "")")
        }
    }

    @Test func `every traceback gives its exceptions`() {
        let cases = StackCases.cases("python")
        #expect(!cases.isEmpty)
        for test in cases {
            let mismatch = StackCases.tracebackMismatch(test)
            #expect(mismatch == nil, "\(test["id"]?.string ?? "")")
        }
    }

    @Test func `generated texts stay within their bounds`() {
        for test in StackCases.cases("robustness") {
            let stack = StackText.parse(Self.text(test))
            let expected = test["expect"] ?? .null
            let id = test["id"]?.string ?? ""
            if let frames = expected["frames"] { #expect(stack.json["frames"] == frames, "\(id)") }
            if let most = expected["max_frames"]?.int64 {
                #expect(stack.frames.count <= most, "\(id)")
            }
            if let least = expected["min_frame"]?.int64 {
                #expect(stack.frames.count >= least, "\(id)")
            }
            if let last = expected["last_frame"] {
                #expect(stack.json["frames"]?.array?.last == last, "\(id)")
            }
        }
    }

    private static func text(_ test: JSONValue) -> String {
        if let stack = test["stack"]?.string { return stack }
        guard let generator = test["generator"] else { return "" }
        let unit = generator["repeat"]?.string ?? ""
        return (generator["prefix"]?.string ?? "")
            + String(repeating: unit, count: Int(generator["count"]?.int64 ?? 0))
            + (generator["suffix"]?.string ?? "")
    }
}
