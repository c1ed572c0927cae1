import ErrorModel

/// The stack of an event for people to read on a terminal, nearest to the throw first.
///
/// A frame that a source map has resolved reads as its original, with the minified one below it.
struct StackLines {
    let event: JSONValue

    /// Frames that are shown; the rest is counted.
    private static let frameLimit = 12

    var lines: [String] {
        let frames = event["frames"]?.array ?? []
        if frames.isEmpty { return ["  (no frames)"] }
        var lines: [String] = []
        var reasons: [String] = []
        for frame in frames.prefix(Self.frameLimit) {
            lines.append("  at \(Self.place(frame))")
            if let minified = frame["minified"] {
                if let code = frame["contextLine"]?.string {
                    lines.append("     | \(Terminal.plain(Self.trimmed(code)))")
                }
                lines.append("     minified: \(Self.place(minified))")
            }
            if let reason = frame["unresolved"]?.string, !reasons.contains(reason) {
                reasons.append(reason)
            }
        }
        if frames.count > Self.frameLimit {
            lines.append("  … and \(frames.count - Self.frameLimit) more")
        }
        return lines + reasons.map { "  not resolved: \(Terminal.plain($0))" }
    }

    private static func place(_ frame: JSONValue) -> String {
        let place = [
            Cell.text(frame["file"]), Cell.text(frame["line"]), Cell.text(frame["column"]),
        ]
        .filter { !$0.isEmpty }.joined(separator: ":")
        let function = Cell.text(frame["function"])
        return "\(Terminal.plain(function.isEmpty ? "<anonymous>" : function)) "
            + "(\(Terminal.plain(place)))"
    }

    /// Without blanks at both ends.
    private static func trimmed(_ line: String) -> String {
        var line = line[...]
        while let first = line.first, first.isWhitespace { line.removeFirst() }
        while let last = line.last, last.isWhitespace { line.removeLast() }
        return String(line)
    }
}
