import ErrorModel
import Testing

struct TracebackTests {
    private static func parse(_ text: String) -> ParsedException {
        StackText.parse(text).exception
    }

    private static let block = """
        Traceback (most recent call last):
          File "/srv/it's "here", line 3/a.py", line 1, in <module>
            f(
            ~^
              1)
          File "b.py", line 2, in f
          [Previous line repeated 12 more times]
        shop.cart.OutOfStock: sku 42: none
        """

    private static func expectBlock(_ exception: ParsedException) {
        #expect(exception.type == "OutOfStock" && exception.module == "shop.cart")
        #expect(exception.message == "sku 42: none")
        #expect(exception.frames.map(\.function) == ["f", "<module>"])
        #expect(exception.frames.map(\.file) == ["b.py", "/srv/it's \"here\", line 3/a.py"])
        #expect(exception.frames.map(\.line) == [2, 1])
        #expect(exception.frames.map(\.code) == [nil, "f("])
        #expect(exception.frames.map(\.repeatCount) == [12, nil])
    }

    @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
    func `frames, marks and repeats`(end: String, mark: String) {
        let text = Self.block.split(separator: "\n").joined(separator: end)
        Self.expectBlock(Self.parse(mark + text))
        Self.expectBlock(Self.parse(mark + text + end + end))
    }

    @Test(arguments: ["    ", "\t", "web_1  | ", "2026-11-21 ERROR "])
    func `what stands before every line is no part of it`(prefix: String) {
        let lines = Self.block.split(separator: "\n").map { prefix + $0 }
        Self.expectBlock(Self.parse(lines.joined(separator: "\n")))
    }

    @Test func `prose before a traceback is ignored`() {
        let prose = "Exception in thread A:\nERROR: it failed\nfuture: <Task>\n\n"
        Self.expectBlock(Self.parse(prose + Self.block))
        Self.expectBlock(Self.parse("ERROR:root:no " + Self.block))
    }

    @Test func `a chain links each exception to the one before`() {
        let cause = "\n\nThe above exception was the direct cause of the following exception:\n\n"
        let context =
            "\n\nDuring handling of the above exception, another exception occurred:\n\n"
        let exception = Self.parse(
            "a.First: 1\nmore\n" + cause + Self.block + context + "Traceback "
                + "(most recent call last):\n  File \"c.py\", line 1, in g\nLast\nnote\n")
        #expect(exception.type == "Last" && exception.message == "\nnote")
        guard case .context(let middle)? = exception.origin, case .cause(let first)? = middle.origin
        else {
            Issue.record("no chain")
            return
        }
        Self.expectBlock(middle)
        #expect(first.type == "First" && first.message == "1\nmore\n" && first.frames.isEmpty)
        #expect(first.origin == nil)
    }

    @Test func `a group has members, each with its own chain and members`() {
        let text = """
              + Exception Group Traceback (most recent call last):
              |   File "a.py", line 1, in f
              | ExceptionGroup: outer (3 sub-exceptions)
              +-+---------------- 1 ----------------
                | ValueError: a
                |
                | During handling of the above exception, another exception occurred:
                |
                | Traceback (most recent call last):
                |   File "b.py", line 2, in g
                | KeyError: 'b'
                | note
                +---------------- 2 ----------------
                | Exception Group Traceback (most recent call last):
                |   File "c.py", line 3, in h
                | ExceptionGroup: inner (17 sub-exceptions)
                +-+---------------- 1 ----------------
                  | OSError: c
                  +---------------- ... ----------------
                  | and 16 more exceptions
                  +------------------------------------
                +---------------- 3 ----------------
                | OSError: d
                +------------------------------------

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "d.py", line 4, in i
            RuntimeError: end
            """
        let surfaced = Self.parse(text)
        #expect(surfaced.type == "RuntimeError" && surfaced.members.isEmpty)
        let group = surfaced.origin?.exception
        #expect(group?.message == "outer (3 sub-exceptions)")
        let members = group?.members ?? []
        #expect(members.map(\.type) == ["KeyError", "ExceptionGroup", "OSError"])
        #expect(members[0].message == "'b'\nnote")
        #expect(members[0].origin?.exception.type == "ValueError")
        #expect(members[1].members.map(\.message) == ["c"])
        // The same with the white space cut off that the text begins with.
        let cut = String(text.drop { $0 == " " })
        #expect(Self.parse(cut) == surfaced)
    }

    @Test func `a group that was never raised has no traceback`() {
        let group = """
              | ExceptionGroup: g (1 sub-exception)
              +-+---------------- 1 ----------------
                | ValueError: a
                +------------------------------------
            """
        #expect(Self.parse(group).members.map(\.message) == ["a"])
        let link = "\n\nThe above exception was the direct cause of the following exception:\n\n"
        let surfaced = Self.parse("OSError: 1" + link + group + link + Self.block)
        Self.expectBlock(surfaced)
        let cause = surfaced.origin?.exception
        #expect(cause?.type == "ExceptionGroup" && cause?.members.count == 1)
        #expect(cause?.origin?.exception.type == "OSError")
        #expect(Self.parse(Self.block + link + group).type == "ExceptionGroup")
        // Prose between bars is no group.
        #expect(StackText.parse("  | Note: a\n  | b\n", language: .python).frames.isEmpty)
    }

    @Test func `white space in a message stays, empty lines behind it do not`() {
        let type = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nE: "
        #expect(Self.parse(type + "a\n   \nb").message == "a\n   \nb")
        #expect(Self.parse(type + "a\n\n   \n\n\n").message == "a\n\n   ")
    }

    @Test func `what logging adds to an error of its own is no message`() {
        let text =
            "--- Logging error ---\n" + Self.block
            + "\nCall stack:\n  File \"a.py\", line 1, in f\nMessage: 'x'\nArguments: (1,)\n"
        Self.expectBlock(Self.parse(text))
        #expect(Self.parse(Self.block + "\nCall stack:").message?.hasSuffix("Call stack:") == true)
    }

    @Test(arguments: [
        ("my-package.mod.Failed: x", "my-package.mod", "Failed"),
        ("mod.Failed[int]: x", "mod", "Failed[int]"),
        ("Content-Type: x", nil, nil), ("INFO[0001]", nil, "INFO[0001]"),
    ])
    func `types with unusual names`(line: String, module: String?, type: String?) {
        let exception = Self.parse(
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n" + line)
        #expect(exception.type == type && exception.module == module)
    }

    @Test func `a traceback of another process is text of a message`() {
        let text = """
            multiprocessing.pool.RemoteTraceback: \n\"\"\"
            Traceback (most recent call last):
              File "a.py", line 1, in f
            KeyError: 1

            The above exception was the direct cause of the following exception:

            Traceback (most recent call last):
              File "a.py", line 2, in f
            ValueError: 2
            \"\"\"

            The above exception was the direct cause of the following exception:

            Traceback (most recent call last):
              File "b.py", line 1, in g
            ValueError: 2
            """
        let exception = Self.parse(text)
        #expect(exception.frames.map(\.file) == ["b.py"])
        let remote = exception.origin?.exception
        #expect(remote?.type == "RemoteTraceback" && remote?.frames.isEmpty == true)
        #expect(remote?.message?.hasPrefix("\n\"\"\"\nTraceback") == true)
        #expect(remote?.message?.hasSuffix("ValueError: 2\n\"\"\"") == true)
        #expect(remote?.origin == nil)
    }

    @Test func `a syntax error has a place and its code`() {
        for start in ["Traceback (most recent call last):\n  ", "  ", ""] {
            let exception = Self.parse(
                start + "File \"a.py\", line 3\n    def f(:\n          ^\nSyntaxError: no\n")
            #expect(exception.type == "SyntaxError" && exception.frames.isEmpty)
            #expect(exception.syntax?.file == "a.py" && exception.syntax?.line == 3)
            #expect(exception.syntax?.code == "def f(:")
        }
    }

    @Test func `lines of a message that look like frames are text`() {
        let exception = Self.parse(Self.block + "\n  File \"fake.py\", line 9, in fake\n    x")
        #expect(exception.frames.count == 2)
        #expect(exception.message == "sku 42: none\n  File \"fake.py\", line 9, in fake\n    x")
    }

    @Test func `two tracebacks are not mixed`() {
        let exception = Self.parse(Self.block + "\n\n" + Self.block)
        Self.expectBlock(exception)
        #expect(exception.origin == nil)
    }

    @Test func `colours are cut out`() {
        let text =
            "Traceback (most recent call last):\n  File \u{1B}[35m\"a.py\"\u{1B}[0m, line "
            + "\u{1B}[35m6\u{1B}[0m, in \u{1B}[35mf\u{1B}[0m\n    \u{1B}[31mg\u{1B}[1;31m()\u{1B}[0m\n"
            + "    \u{1B}[31m~\u{1B}[1;31m^^\u{1B}[0m\n\u{1B}[1;35mKeyError\u{1B}[0m: 'x'"
        let exception = Self.parse(text)
        #expect(exception.type == "KeyError" && exception.message == "'x'")
        #expect(exception.frames.map(\.code) == ["g()"])
    }
}
