import ArgumentParser
import ErrorModel
import Glibc

struct StacksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stacks",
        abstract: "See what is read from the text of a stack.",
        subcommands: [StacksParse.self])
}

/// The platforms whose stacks are read.
enum StackPlatform: String, CaseIterable, ExpressibleByArgument {
    case javascript
    case python

    var language: FrameLanguage {
        switch self {
        case .javascript: .javascript
        case .python: .python
        }
    }
}

struct StacksParse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Show the frames in a raw stack: text on standard input, JSON out.",
        discussion: """
            EXAMPLE: python3 broken.py 2>&1 | logctl stacks parse --format json

            Stacks of V8 (Node, Chrome, Edge), SpiderMonkey (Firefox), JavaScriptCore (Safari), \
            Chakra, React Native and Hermes, and Python tracebacks. Frames stand nearest to the \
            throw first. It is the parser that the server uses for events whose stack is text. No \
            server is needed. A text without a stack gives no frames and is no error.
            """)

    @OptionGroup var format: FormatOptions
    @Option(help: "javascript or python (default: found out from the text).")
    var platform: StackPlatform?
    @OptionGroup var input: StackInput

    func run() async throws {
        try await report {
            let bytes = try input.bytes()
            try Self.refuseForeignText(bytes)
            let stack = StackText.parse(
                bytes, language: platform?.language, type: input.type,
                message: input.message)
            if stack.language == nil { Terminal.note("there is no stack in this text") }
            switch format.chosen {
            case .json, .ndjson: Terminal.write(line: stack.json.compactText)
            case .table, .csv:
                Output(format: format.chosen).list(
                    stack.json["frames"]?.array ?? [], columns: StackInput.columns)
            }
        }
    }

    private static func refuseForeignText(_ bytes: [UInt8]) throws {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw CommandFailure(.data, "the input is UTF-16; UTF-8 is read")
        }
        if !bytes.withUnsafeBytes(UTF8Check.isValid) {
            Terminal.note("the input is not all UTF-8: the rest is shown as U+FFFD")
        }
    }
}
