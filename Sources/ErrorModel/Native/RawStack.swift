/// What the raw stack of an event says where the event brings no frames.
///
/// The digest and the event in full are both made from it, so that they agree. A class, because
/// few events have one, and the facts of all others shall not grow by it.
final class RawStack: Sendable {
    /// The exception that surfaced, and those before it.
    private let exception: ParsedException
    /// Nearest to the throw first.
    let frames: [Frame]
    private let language: FrameLanguage

    /// Nil where the text is no stack.
    ///
    /// - Parameters:
    ///   - platform: what the event says; the form of the text decides where it says neither of
    ///     those whose stacks are read.
    ///   - type: the event's, empty where it says none.
    ///   - message: the event's, empty where it says none.
    init?(_ text: String, platform: String, type: String, message: String) {
        let stack = StackText.parse(
            text, language: FrameLanguage(platform: platform),
            type: type.isEmpty ? nil : type, message: message.isEmpty ? nil : message)
        guard let language = stack.language else { return nil }
        exception = stack.exception
        frames = stack.frames.map(Frame.init)
        self.language = language
    }

    /// Stands in where the event names no platform.
    var platform: String { language == .python ? "python" : "javascript" }

    /// Stands in where the event has no type.
    var type: String? { exception.type }

    /// Stands in where the event has no message.
    var message: String? { exception.message }

    /// Stand in where the event has no causes: those of the chain, then the members of a group.
    var causes: [ExceptionInfo] {
        var causes: [ExceptionInfo] = []
        var next = exception.origin?.exception
        while let cause = next {
            causes.append(ExceptionInfo(cause))
            next = cause.origin?.exception
        }
        return causes + exception.members.map(ExceptionInfo.init)
    }
}

extension Frame {
    package init(_ parsed: ParsedFrame) {
        self.init(function: parsed.function, file: parsed.file)
        line = Self.counted(parsed.line)
        column = Self.counted(parsed.column)
        isNative = parsed.isNative
        isAddress = parsed.isAddress
        contextLine = parsed.code
    }

    /// Our own JSON counts from 1 on; bytecode may stand at 0.
    private static func counted(_ number: Int64?) -> Int64? {
        number.flatMap { $0 > 0 ? $0 : nil }
    }
}

extension ExceptionInfo {
    fileprivate init(_ parsed: ParsedException) {
        self.init(type: parsed.type, value: parsed.message)
        module = parsed.module
        frames = parsed.frames.map(Frame.init)
    }
}
