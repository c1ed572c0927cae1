/// One line that says how far a piece of work is, how fast it goes and how long it will take.
///
/// Pure: the clock is handed in.
package struct ProgressText: Hashable, Sendable {
    private let verb: String
    private let start: UInt64

    /// `start` is in milliseconds, from any start.
    package init(_ verb: String, start: UInt64) {
        self.verb = verb
        self.start = start
    }

    /// Places of the bar.
    private static let width = 24

    /// `done` and `total` are bytes; `now` is in milliseconds, from the same start.
    package func text(done: UInt64, total: UInt64, now: UInt64) -> String {
        let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let filled = Int(share * Double(Self.width))
        let bar =
            String(repeating: "#", count: filled)
            + String(repeating: ".", count: Self.width - filled)
        var text =
            "\(verb) [\(bar)] \(Int(share * 100)) %, \(Self.bytes(done)) of "
            + Self.bytes(total)
        let seconds = Double(now &- start) / 1000
        // In the first moments a rate says nothing.
        guard seconds >= 0.5, done > 0 else { return text }
        let rate = Double(done) / seconds
        text += ", \(Self.bytes(UInt64(rate)))/s"
        if done < total { text += ", \(Self.time(Double(total - done) / rate)) left" }
        return text
    }

    /// Three digits and a unit of 1000.
    package static func bytes(_ count: UInt64) -> String {
        var value = Double(count)
        var units = ["B", "kB", "MB", "GB", "TB"][...]
        while value >= 1000, units.count > 1 {
            value /= 1000
            units = units.dropFirst()
        }
        let unit = units.first ?? "B"
        if unit == "B" || value >= 100 { return "\(Int(value)) \(unit)" }
        let tenths = Int(value * 10)
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// Seconds, minutes or hours.
    static func time(_ seconds: Double) -> String {
        // Rounded up, and bounded for a rate of next to nothing.
        let whole = Int(min(seconds.rounded(.up), 1e9))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
