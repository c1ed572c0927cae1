import ErrorModel
import EventLog

/// Shows on a terminal how far the folds of the server are, while it works for this command.
struct FoldWatch {
    let client: Client
    /// The member of a view, or of the whole answer, in which the server tells of the fold.
    let member: String

    /// Between two looks: more often nobody reads it.
    private static let pause = Duration.milliseconds(300)

    func run(_ work: () async throws -> JSONValue) async throws -> JSONValue {
        guard Terminal.errorIsTerminal else { return try await work() }
        let watch = self
        let watcher = Task {
            while !Task.isCancelled {
                await watch.show()
                try? await Task.sleep(for: Self.pause)
            }
        }
        defer {
            watcher.cancel()
            Terminal.endProgress()
        }
        return try await work()
    }

    private func show() async {
        guard let answer = try? await client.json(.get, "/api/projections") else { return }
        if let fold = answer[member], !Task.isCancelled {
            return Terminal.progress(Self.text(member, fold))
        }
        let views = answer["projections"]?.array ?? []
        guard let view = views.first(where: { $0[member] != nil }), let fold = view[member],
            !Task.isCancelled
        else { return }
        Terminal.progress(Self.text(view["name"]?.string ?? "", fold))
    }

    /// How far a fold is, in one line that begins with `name`.
    static func text(_ name: String, _ fold: JSONValue) -> String {
        ProgressText.records(
            name, done: UInt64(clamping: fold["offset"]?.int64 ?? 0),
            end: UInt64(clamping: fold["end"]?.int64 ?? 0),
            perSecond: fold["recordsPerSecond"]?.double, secondsLeft: fold["secondsLeft"]?.double)
    }
}
