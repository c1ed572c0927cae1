/// Whether a group that could be written waits for company.
///
/// A pure value; times are nanoseconds of a clock that only goes forward.
///
/// A commit costs processor time however few events it holds. Producers that send again when they are
/// answered lose by a wait; those that send when something happens, as SDKs do, lose a millisecond.
/// The two are told apart by how many batches were lately unanswered at once. Where producers wait for
/// answers, that is no more than there are producers, and a group that holds half of them goes at once:
/// then one half is written while the other sends. Where they do not wait, each slow sync makes it more.
struct CommitPace {
    /// Commits of groups that wait for company begin this far apart, in nanoseconds.
    ///
    /// Far enough to save a tenth of the server's processor time at 6,000 requests a second; an answer takes
    /// about a millisecond longer, and never more than this.
    static let spacing: UInt64 = 2_000_000

    /// The most batches that were lately unanswered at once.
    private var peak = 0.0
    private var lastBegin: UInt64 = 0

    /// What is left of the peak after each commit: half of it after 34, which is 70 ms of commits that wait.
    private static let kept = 0.98

    /// Behind so long a pause, in nanoseconds, nobody knows who will come: the next goes at once.
    static let memory: UInt64 = 100_000_000

    /// Notes that a commit begins.
    mutating func begin(at time: UInt64) {
        if time &- lastBegin > Self.memory { peak = 0 }
        lastBegin = time
    }

    /// Notes how many batches were unanswered when a commit ended.
    mutating func note(unanswered: Int) { peak = max(Double(unanswered), peak * Self.kept) }

    /// A group of so many batches waits for no more.
    var company: Int { Int(peak / 2) }

    /// How long a group of so many batches is built, in nanoseconds, before it is sealed though more could
    /// join it.
    ///
    /// Another record costs less than another commit, until building has taken as long as one. A half of
    /// those who wait is sealed at half of that: where building all takes longer than a commit, one half
    /// is built while the other is written; on a slow disk all share one sync.
    func buildingLimit(batches: Int, commitNanoseconds: UInt64) -> UInt64 {
        company > 0 && batches >= company ? commitNanoseconds / 2 : commitNanoseconds
    }

    /// Until when a group of so many batches waits; nil: it goes now.
    func restEnd(batches: Int, now: UInt64) -> UInt64? {
        let end = lastBegin + Self.spacing
        return batches > 0 && batches < company && now < end ? end : nil
    }
}
