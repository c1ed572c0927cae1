/// What the text of a stack says.
package struct ParsedStack: Equatable, Sendable {
    /// The language whose form the text has; nil: no form is known.
    package var language: FrameLanguage?
    /// The exception that surfaced, with its frames.
    package var exception: ParsedException
    /// Where the source is that could not be compiled: what Node prints before a SyntaxError.
    package var sourceLocation: SourceLocation?

    package struct SourceLocation: Equatable, Sendable {
        package var file: String
        package var line: Int64?
        package var column: Int64?
    }

    /// The frames, nearest to the throw first.
    package var frames: [ParsedFrame] { exception.frames }

    /// A text in which nothing was found.
    static var nothing: ParsedStack { ParsedStack(language: nil, exception: ParsedException()) }
}

/// One exception of a stack's text.
package struct ParsedException: Equatable, Sendable {
    /// Without the module; nil where the text does not say it.
    package var type: String?
    package var module: String?
    package var message: String?
    /// Nearest to the throw first.
    package var frames: [ParsedFrame] = []
    /// The code that could not be compiled, of a SyntaxError.
    package var syntax: Syntax?
    /// The exception before this one.
    package var origin: Origin?
    /// Of a group.
    package var members: [ParsedException] = []

    package struct Syntax: Equatable, Sendable {
        package var file: String
        package var line: Int64?
        package var code: String?
    }

    /// How an exception came after another one; at most `StackLimits.chain` deep.
    package indirect enum Origin: Equatable, Sendable {
        /// `raise … from …`.
        case cause(ParsedException)
        /// Raised while the other one was handled.
        case context(ParsedException)

        package var exception: ParsedException {
            switch self {
            case .cause(let exception), .context(let exception): exception
            }
        }
    }
}

/// One call, as the engine printed it.
package struct ParsedFrame: Equatable, Sendable {
    /// Without the marks that the members below stand for.
    package var function: String?
    package var file: String?
    /// As printed, from 1 on; with `isAddress` a segment.
    package var line: Int64?
    /// As printed, from 1 on; with `isAddress` an offset from 0 on.
    package var column: Int64?

    package var isAsync = false
    /// What the asynchronous call was, where the engine says so.
    package var asyncCause: String?
    package var isConstructor = false
    /// The name under which the function was called.
    package var alias: String?
    /// Part of the engine.
    package var isNative = false
    package var promiseIndex: Int64?
    /// Code made at run time: file, line and column are those of the outermost call of `eval`.
    package var isEval = false
    package var evalLine: Int64?
    package var evalColumn: Int64?
    package var isWasm = false
    package var wasmFunction: Int64?
    package var wasmOffset: Int64?
    /// Of Hermes bytecode.
    package var isAddress = false

    /// The line of source, of a Python frame.
    package var code: String?
    /// How often more the same call stood there than was printed.
    package var repeatCount: Int64?

    package init(function: String? = nil, file: String? = nil) {
        self.function = function
        self.file = file
    }
}
