import ErrorModel
import Testing

/// Hostile texts: nothing traps, and what is made of them stays within its bounds.
struct StackLimitTests {
    private static let script =
        "Error: x\n    at f (eval at g (/a.js:1:2), <anonymous>:3:4)\nh@/b.js line 5 > eval:6:7\n"
        + "    at async Promise.all (index 1)\n    at w (m.wasm:wasm-function[7]:0x1a3)\n"
    private static let traceback = """
          + Exception Group Traceback (most recent call last):
          |   File "a.py", line 1, in f
          |     f()
          |     ~^^
          | ExceptionGroup: outer (1 sub-exception)
          +-+---------------- 1 ----------------
            | ValueError: a
            +------------------------------------

        The above exception was the direct cause of the following exception:

        KeyError: 1
        """

    /// Counts what may grow with a text.
    private static func count(_ exception: ParsedException) -> (exceptions: Int, depth: Int) {
        var exceptions = 1
        var depth = 0
        for inner in exception.members + [exception.origin?.exception].compactMap({ $0 }) {
            let found = count(inner)
            exceptions += found.exceptions
            depth = max(depth, found.depth)
        }
        return (exceptions, depth + 1)
    }

    @Test(arguments: [script, traceback])
    func `every cut and every broken byte is read`(text: String) {
        let bytes = Array(text.utf8)
        for end in 0...bytes.count {
            _ = StackText.parse(Array(bytes[..<end])).json
            _ = StackText.parse(Array(bytes[end...])).json
        }
        for index in bytes.indices {
            for byte: UInt8 in [0, 0x0A, 0x0D, 0x20, 0x28, 0x29, 0x3A, 0x40, 0x7C, 0x80, 0xFF] {
                var broken = bytes
                broken[index] = byte
                _ = StackText.parse(broken).json
            }
        }
    }

    @Test(arguments: [
        "(", ")", "@", ":", "1:", " at ", "at ", "async ", "eval at ", "(eval at g ", "), ",
        " [as ",
        " line 1 > ", "wasm-function[", "*", "/", "\u{1B}[", "\\", "\"", "File \"", "\", line 1",
        "  | ", "  ", "+-+-", "| ", "Uncaught ", "^", "'", "\r", "a.", "@a:", "(a:", " (",
    ])
    func `a long line of one part is read`(part: String) {
        let long = String(repeating: part, count: 2_000)
        for front in ["", "Error: x\n    at ", "    at f (", "f@", "  File \"", "  + "] {
            for end in ["", ")", ":1:2", ":1:2)", "\", line 1, in f", "\n    at /a.js:1:2"] {
                let stack = StackText.parse(front + long + end)
                #expect(stack.frames.count <= 2)
                _ = StackText.parse(front + long + end, language: .python)
            }
        }
    }

    @Test func `of many frames those nearest to the throw are kept`() {
        let lines = (0..<100_000).map { "    at f (/a.js:\($0 + 1):1)" }
        let script = StackText.parse("Error: x\n" + lines.joined(separator: "\n"))
        #expect(script.frames.count == StackLimits.frames)
        #expect(script.frames.first?.line == 1)
        let calls = (0..<100_000).map { "  File \"a.py\", line \($0 + 1), in f" }
        let python = StackText.parse(
            "Traceback (most recent call last):\n" + calls.joined(separator: "\n") + "\nE: x")
        #expect(python.frames.count == StackLimits.frames)
        #expect(python.frames.first?.line == 100_000)
        #expect(python.frames.last?.line == Int64(100_000 - StackLimits.frames + 1))
    }

    @Test func `of a long chain its end is kept`() {
        let link = "\n\nThe above exception was the direct cause of the following exception:\n\n"
        let parts = (0..<5_000).map { "Traceback (most recent call last):\nE: \($0)" }
        let exception = StackText.parse(parts.joined(separator: link)).exception
        #expect(exception.message == "4999")
        #expect(exception.origin?.exception.message == "4998")
        #expect(Self.count(exception).depth == StackLimits.chain + 1)
    }

    @Test func `groups are bounded in width and depth`() {
        var text = "  + Exception Group Traceback (most recent call last):\n  | G: x\n"
        text += "  +-+---------------- 0 ----------------\n    | E: 0\n"
        for index in 1..<5_000 {
            text += "    +---------------- \(index) ----------------\n    | E: \(index)\n"
        }
        #expect(StackText.parse(text).exception.members.count == StackLimits.exceptions - 1)
        var deep = "  + Exception Group Traceback (most recent call last):\n"
        for depth in 1..<500 {
            let space = String(repeating: "  ", count: depth)
            deep += "\(space)| G: x\n\(space)+-+---------------- 1 ----------------\n"
        }
        #expect(Self.count(StackText.parse(deep).exception).depth <= StackLimits.groupDepth + 1)
    }

    @Test func `numbers that are too large are no numbers`() {
        let huge = "99999999999999999999"
        let script = StackText.parse("    at f (/a.js:\(huge):\(huge))")
        #expect(script.frames.first?.file == "/a.js" && script.frames.first?.line == nil)
        let python = StackText.parse("  File \"a.py\", line \(huge), in f")
        #expect(python.frames.first?.file == "a.py" && python.frames.first?.line == nil)
    }

    @Test func `what is not UTF-8 is shown as U+FFFD`() {
        let bytes = Array("    at f".utf8) + [0xFF] + Array(" (/a.js:1:2)".utf8)
        #expect(StackText.parse(bytes).frames.first?.function == "f\u{FFFD}")
    }
}
