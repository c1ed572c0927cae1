import ArgumentParser

/// A stack as text, and what is known of its error.
struct StackInput: ParsableArguments {
    @Option(parsing: .unconditional, help: "The error's type, where it is known.")
    var type: String?
    @Option(
        parsing: .unconditional,
        help: "The error's message, which is cut from the front of a JavaScript stack first.")
    var message: String?
    @Argument(help: "A file; none or -: standard input.")
    var file: String?

    /// More than any event holds, and more than any engine prints.
    private static let byteLimit = 64 << 20

    /// Its columns in every table of frames.
    static let columns = [
        Column(title: "function", member: "function", isFlexible: true),
        Column(title: "file", member: "file", isFlexible: true),
        Column(title: "line", member: "line", isNumber: true),
        Column(title: "column", member: "column", isNumber: true),
    ]

    /// Reads the text; throws where it is too long or cannot be read.
    func bytes() throws -> [UInt8] { try WholeInput.bytes(path: file, limit: Self.byteLimit) }
}
