import EventLog

/// Shows on a terminal how far a piece of work is; says nothing elsewhere.
final class ProgressBar {
    private let text: ProgressText
    private let verb: String
    private var shown: UInt64

    /// Milliseconds between two pictures: more often nobody reads it.
    private static let pause: UInt64 = 100

    init(_ verb: String) {
        self.verb = verb
        shown = 0
        text = ProgressText(verb, start: LogClock.system.monotonicMilliseconds())
    }

    /// Bytes, rate and time left.
    func show(done: UInt64, total: UInt64) {
        guard let now = due(isEnd: done >= total) else { return }
        Terminal.progress(text.text(done: done, total: total, now: now))
    }

    /// How many of so many things.
    func showCount(done: UInt64, total: UInt64, _ things: String) {
        guard due(isEnd: done >= total) != nil else { return }
        Terminal.progress("\(verb) \(done) of \(total) \(things)")
    }

    private func due(isEnd: Bool) -> UInt64? {
        let now = LogClock.system.monotonicMilliseconds()
        guard Terminal.errorIsTerminal, isEnd || now >= shown + Self.pause else { return nil }
        shown = now
        return now
    }
}
