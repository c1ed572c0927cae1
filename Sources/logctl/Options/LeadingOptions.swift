/// Options of every command may stand in front of it: `logctl --socket PATH errors list`.
///
/// The parser takes them behind the command's name only, so they are moved there.
enum LeadingOptions {
    private static let names: Set<Substring> = [
        "--socket", "--server", "--token", "--format", "--data",
    ]

    static func moved(_ arguments: [String]) -> [String] {
        var end = 0
        while end < arguments.count {
            let parts = arguments[end].split(separator: "=", maxSplits: 1)
            guard let name = parts.first, names.contains(name) else { break }
            end += parts.count == 2 ? 1 : 2
        }
        // With nothing behind them they are left for the parser to complain about.
        guard end > 0, end < arguments.count else { return arguments }
        let command = arguments[end...]
        let terminator = command.firstIndex(of: "--") ?? command.endIndex
        return Array(command[..<terminator] + arguments[..<end] + command[terminator...])
    }
}
