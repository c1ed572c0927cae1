import ErrorModel
import Testing

/// One line of a stack, and what is read from it.
struct ScriptLine: Sendable, CustomTestStringConvertible {
    var line: String
    /// The members that are not null or false.
    var frame: JSONValue

    init(_ line: String, _ frame: JSONValue) {
        self.line = line
        self.frame = frame
    }

    var testDescription: String { line }
}

struct ScriptStackTests {
    private static func members(_ stack: ParsedStack) -> [JSONValue] {
        (stack.json["frames"]?.array ?? []).map { frame in
            .object((frame.members ?? []).filter { !$0.value.isNull })
        }
    }

    @Test(arguments: [
        ScriptLine(
            "    at foo (https://shop.example/a.js:1:2)",
            ["function": "foo", "file": "https://shop.example/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "at async new Cart [as make] (\\\\server\\share\\a b.js:1:2)",
            [
                "function": "Cart", "file": "\\\\server\\share\\a b.js", "line": 1, "column": 2,
                "async": true, "constructor": true, "alias": "make",
            ]),
        ScriptLine(
            "    at x (y) (/app/(group)/[id] (1).js:1:2)",
            ["function": "x (y)", "file": "/app/(group)/[id] (1).js", "line": 1, "column": 2]),
        ScriptLine(
            "    at foo (/app/a).js:1:2)",
            ["function": "foo", "file": "/app/a).js", "line": 1, "column": 2]),
        ScriptLine(
            "    at foo(/app/a.js:1:2)",
            ["function": "foo", "file": "/app/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "    at async https://shop.example:8443/a.js:1:2",
            ["file": "https://shop.example:8443/a.js", "line": 1, "column": 2, "async": true]),
        ScriptLine(
            "    at async Promise.allSettled (index 12)",
            [
                "function": "Promise.allSettled", "async": true, "native": true,
                "promise_index": 12,
            ]),
        ScriptLine(
            "    at foo (eval at a (eval at b (C:\\x\\y.js:7:8)), <anonymous>:1:2)",
            [
                "function": "foo", "file": "C:\\x\\y.js", "line": 7, "column": 8, "eval": true,
                "eval_line": 1, "eval_column": 2,
            ]),
        ScriptLine(
            "    at q (eval at g (evalmachine.<anonymous>:1:14), <anonymous>:1:21)",
            [
                "function": "q", "file": "evalmachine.<anonymous>", "line": 1, "column": 14,
                "eval": true, "eval_line": 1, "eval_column": 21,
            ]),
        ScriptLine(
            "    at q (eval at g (/a(b/c d.js:1:14), <anonymous>:2:3)",
            [
                "function": "q", "file": "/a(b/c d.js", "line": 1, "column": 14, "eval": true,
                "eval_line": 2, "eval_column": 3,
            ]),
        ScriptLine(
            "   at eval (eval at a (http://a.example/x.js:26:5)).toBe(<anonymous>:1:26)",
            [
                "function": "eval", "file": "http://a.example/x.js", "line": 26, "column": 5,
                "eval": true, "eval_line": 1, "eval_column": 26,
            ]),
        ScriptLine(
            "    at foo (http://a.example:3:4)",
            ["function": "foo", "file": "http://a.example", "line": 3, "column": 4]),
        ScriptLine(
            "    at new <anonymous> (http://a.example/x.js:3:4",
            ["file": "http://a.example/x.js", "line": 3, "column": 4, "constructor": true]),
        ScriptLine(
            "the end of a message    at foo (/app/a.js:1:2)",
            ["function": "foo", "file": "/app/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "    at a::b(int) const (https://shop.example/m.wasm:wasm-function[7]:0x1a3)",
            [
                "function": "a::b(int) const", "file": "https://shop.example/m.wasm",
                "wasm": true, "wasm_function": 7, "wasm_offset": 419,
            ]),
        ScriptLine(
            "    at foo (data:text/javascript;base64,eHg=:1:2)",
            ["function": "foo", "file": "data:text/javascript", "line": 1, "column": 2]),
        ScriptLine(
            "    at foo (<anonymous>:1:2)",
            ["function": "foo", "file": "<anonymous>", "line": 1, "column": 2]),
        ScriptLine(
            "    at new Promise (<anonymous>)",
            ["function": "Promise", "constructor": true, "native": true]),
        ScriptLine(
            "    at foo (http://localhost:8080)",
            ["function": "foo", "file": "http://localhost:8080"]),
        ScriptLine(
            "   at Global code (http://a.example/x.js:3:4)",
            ["function": "Global code", "file": "http://a.example/x.js", "line": 3, "column": 4]),
        ScriptLine(
            "   at Anonymous function (Function code:2:3)",
            ["function": "Anonymous function", "line": 2, "column": 3, "eval": true]),
        ScriptLine(
            "   at Array.prototype.map (native code)",
            ["function": "Array.prototype.map", "native": true]),
        ScriptLine(
            "    at global (address at index.android.bundle:1:0)",
            [
                "function": "global", "file": "index.android.bundle", "line": 1, "column": 0,
                "address": true,
            ]),
        ScriptLine("    at next (native)", ["function": "next", "native": true]),
    ])
    func `a line in the form of V8 gives its frame`(test: ScriptLine) {
        let stack = StackText.parse("Error: x\n" + test.line)
        #expect(Self.members(stack) == [test.frame])
        #expect(stack.language == .javascript)
    }

    @Test(arguments: [
        ScriptLine(
            "foo@https://shop.example/a.js:1:2",
            ["function": "foo", "file": "https://shop.example/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "a|b@c@/app/@x/a.js:1:2",
            ["function": "a|b@c", "file": "/app/@x/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "@https://user@shop.example/a.js:1:2",
            ["file": "https://user@shop.example/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "https://user@shop.example/@x/a.js:1:2",
            ["file": "https://user@shop.example/@x/a.js", "line": 1, "column": 2]),
        ScriptLine(
            "setTimeout handler*tick@C:\\a.js:1:2",
            [
                "function": "tick", "file": "C:\\a.js", "line": 1, "column": 2, "async": true,
                "async_cause": "setTimeout handler",
            ]),
        ScriptLine(
            "f@/a.js line 3 > eval line 4 > Function:5:6",
            [
                "function": "f", "file": "/a.js", "line": 3, "eval": true, "eval_line": 5,
                "eval_column": 6,
            ]),
        ScriptLine(
            "f@/a.js line 4 > WebAssembly.Module:wasm-function[1]:0x32",
            [
                "function": "f", "file": "/a.js", "line": 4, "wasm": true, "wasm_function": 1,
                "wasm_offset": 50,
            ]),
        ScriptLine(
            "<?>.wasm-function[7]@[wasm code]",
            ["function": "<?>.wasm-function[7]", "wasm": true, "wasm_function": 7]),
        ScriptLine(
            "foo(1, \"a@b\")@file:///G:/a.js:13",
            ["function": "foo", "file": "file:///G:/a.js", "line": 13]),
        ScriptLine("map@[native code]", ["function": "map", "native": true]),
        ScriptLine("[native code]", ["native": true]),
        ScriptLine("Cart@", ["function": "Cart"]),
        ScriptLine("eval code@", ["function": "eval code", "eval": true]),
        ScriptLine("eval code", ["function": "eval code", "eval": true]),
        ScriptLine("102.js:1:2956", ["file": "102.js", "line": 1, "column": 2956]),
        ScriptLine(
            "mapper/<@index.android.bundle:1:2",
            ["function": "mapper/<", "file": "index.android.bundle", "line": 1, "column": 2]),
    ])
    func `a line with an at sign gives its frame`(test: ScriptLine) {
        #expect(Self.members(StackText.parse(test.line)) == [test.frame])
    }

    @Test(arguments: [
        "", "\n\n\n", "Error", "at noon", "    at the corner (not a frame)", "at 10:30",
        "ask somebody@example.org", "see https://docs.example/help:42", "Error: a:1", "(", ")",
        "at ", "at )", "at (", "@", " @ ", "at async ", "at async async (async (",
        "at eval at eval at", "at the time 12:30:45", "at 12:30:45",
        "at Error: Blocked a frame with origin \"(https://a.example\" from a frame.)",
        "at Error: it failed https://a.example/x.js:1:2", "@@@@", "a@b@",
        "it stood    at noon (sharp)",
    ])
    func `prose has no frames`(text: String) {
        let frames = StackText.parse(text).frames.filter { $0.file != nil }
        #expect(frames.isEmpty)
    }

    @Test func `a known message is cut first, the header is read from the text`() {
        let text =
            "TypeError [ERR_X]: one\r\n    at fake (nowhere.js:1:2)\r\n    at foo (/a.js:3:4)\r\n"
        let known = StackText.parse(
            text, type: "TypeError", message: "one\n    at fake (nowhere.js:1:2)")
        #expect(known.frames.map(\.function) == ["foo"])
        let unknown = StackText.parse(text)
        #expect(unknown.frames.map(\.function) == ["fake", "foo"])
        #expect(unknown.exception.type == "TypeError" && unknown.exception.message == "one")
        let uncaught = StackText.parse("Uncaught Error: a: b\nc\n    at /a.js:1:2")
        #expect(uncaught.exception.type == "Error" && uncaught.exception.message == "a: b\nc")
    }

    @Test func `beside the form of V8 the other form is text`() {
        let stack = StackText.parse("Error: x\nfoo@/b.js:1:2\n    at foo (/a.js:3:4)")
        #expect(stack.frames.map(\.file) == ["/a.js"])
    }

    @Test func `errors that Node prints inside an error are not its frames`() {
        let stack = StackText.parse(
            "Error: a\n    at f (/a.js:1:2) {\n  code: 'X',\n  [cause]: Error: b\n"
                + "      at g (/b.js:1:2)\n}")
        #expect(stack.frames.map(\.function) == ["f"])
    }

    @Test func `a place without parentheses may hold white space`() {
        let stack = StackText.parse("Error: a\n    at my script:1:2\n    at my file.js:3:4")
        #expect(stack.frames.map(\.file) == ["my script", "my file.js"])
    }

    @Test func `the block before a syntax error gives its place`() {
        let text =
            "/app/bad.js:22\n  let x = ;\n          ^\n\nSyntaxError: no\n    at f (/a.js:1:2)"
        let stack = StackText.parse(text, type: "SyntaxError", message: "no")
        #expect(stack.sourceLocation?.file == "/app/bad.js")
        #expect(stack.sourceLocation?.line == 22 && stack.sourceLocation?.column == nil)
        #expect(stack.frames.count == 1)
        #expect(
            StackText.parse("http://a.example:80\nx\n^\n    at /a.js:1:2").sourceLocation == nil)
    }

    @Test(arguments: [
        ("/app/bad.cjs:1:0\nSyntaxError: no\n    at f (/a.js:1:2)", "/app/bad.cjs"),
        ("file:///app/bad.js:7\n    at f (/a.js:1:2)", "file:///app/bad.js"),
        ("bad.js:7\n    at f (/a.js:1:2)", "bad.js"),
        ("http://a.example:3000\n    at f (/a.js:1:2)", nil),
        ("node:internal/x:1:2\n    at f (/a.js:1:2)", nil),
        ("Failed: status:404\n    at f (/a.js:1:2)", nil),
        ("the step:4\n    at f (/a.js:1:2)", nil),
        ("bad.js:7\nfoo bar", nil),
    ])
    func `a place alone stands right before the error`(text: String, file: String?) {
        #expect(StackText.parse(text).sourceLocation?.file == file)
    }

    @Test func `a message is no place`() {
        let stack = StackText.parse(
            "code:17\n    at f (/a.js:1:2)", type: "Error", message: "code:17")
        #expect(stack.sourceLocation == nil && stack.frames.count == 1)
    }

    @Test func `a traceback in the message of another language is text`() {
        let text = """
            Error: child failed
            Traceback (most recent call last):
              File "a.py", line 1, in f
            ValueError: x
                at run (/a.js:1:2)
            """
        #expect(StackText.parse(text).frames.map(\.function) == ["run"])
        #expect(StackText.parse(text, language: .python).frames.map(\.function) == ["f"])
    }
}
