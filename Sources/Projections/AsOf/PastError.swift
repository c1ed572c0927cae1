/// Why a view cannot be shown as it was at an offset.
package enum PastError: Error, Hashable, CustomStringConvertible {
    /// Too many others are asked for, or what is read changes under the reader: later it works.
    case busy
    /// It is being folded; later it is there.
    case folding(view: String, reached: UInt64, wanted: UInt64)
    /// The log no longer has what it takes; the first offset that can be had, where there is one.
    case gone(first: UInt64?)
    /// It would take more space than one past view may.
    case tooLarge(view: String)

    package var description: String {
        switch self {
        case .busy:
            "other past states are being folded; try again"
        case .folding(let view, let reached, let wanted):
            "the past state of \(view) is being folded: offset \(reached) of \(wanted); try again"
        case .gone(let first):
            "the log no longer has the records of that past"
                + (first.map { "; the first offset that can be asked for is \($0)" } ?? "")
        case .tooLarge(let view):
            "the past state of \(view) takes more than \(PastLimits.viewBytes) bytes; ask for the "
                + "present, or fold a copy of the data directory"
        }
    }
}

/// The bounds of past views.
enum PastLimits {
    /// Folds that wait or run: each may take seconds, and an answer needs up to five of them.
    static let jobs = 10
    /// Views kept for the next questions about the same past: those of a few moments.
    static let cachedViews = 15
    /// Bytes of theirs on the disk that the log lives on.
    static let cachedBytes: UInt64 = 2 << 30
    /// Bytes of one of them: about a million issues.
    static let viewBytes: UInt64 = 2 << 30
    /// How long a request waits for a fold before it is told to ask again; the fold goes on.
    static let wait = Duration.seconds(30)
}
