extension ProgressText {
    /// One line about a fold of records, for example `issues: 1200 of 5000 records, 900/s, 5 s left`.
    package static func records(
        _ name: String, done: UInt64, end: UInt64, perSecond: Double?, secondsLeft: Double?
    ) -> String {
        var text = "\(name): \(done) of \(end) records"
        if let perSecond { text += ", \(Int(min(perSecond, 1e12)))/s" }
        if let secondsLeft, done < end { text += ", \(time(secondsLeft)) left" }
        return text
    }
}
