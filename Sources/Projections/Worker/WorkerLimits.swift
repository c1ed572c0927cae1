/// The bounds of the workers.
enum WorkerLimits {
    /// Records folded before they are committed while catching up: a second or two of work.
    static let batchRecords = 4_000_000
    /// Or so much memory for what they change: the larger the batch, the seldomer each issue's
    /// rows are written.
    static let batchBytes = 32 << 20
    /// The same for a fold into a file of its own, of which few go on at a time (`RebuildTurns`): with 100,000 issues
    /// each is written once or twice instead of ten times.
    static let rebuildBatchBytes = 96 << 20
    /// Live, a commit at most this often: an event is visible after 100 ms and the commit.
    static let flushNanoseconds: UInt64 = 100_000_000
    /// The same with few records: each then changes rows of its own, or nearly, so that waiting for more
    /// saves little.
    static let smallFlushNanoseconds: UInt64 = 50_000_000
    /// From so many on records share rows.
    static let smallBatchRecords: UInt64 = 1_000
    /// A worker under load rests at least as long as its last commit took, so that half of the time
    /// of one core, at most, goes into rows.
    static let restPerCommit: UInt64 = 1
    /// A view that rests many times as long as its commits is not seen to stand still.
    static let longestRest: UInt64 = 15_000_000_000
    /// How long an idle worker sleeps before it looks whether it is to stop, and at the clock.
    static let idleMilliseconds = 250
    /// The same beside a rebuild, whose end is to be seen soon.
    static let rebuildingMilliseconds = 20
    /// A rebuild is caught up when it lacks no more records: some ms of folding, for which the
    /// view stands still.
    static let switchDistance: UInt64 = 10_000
    /// Between attempts while the view cannot be written (a full disk).
    static let retrySeconds = 1.0
    /// How long a reader waits for an offset before it is told to try again.
    static let waitLimit = Duration.seconds(10)
    /// A swap of a rebuilt view takes a few ms; a reader tries again for a second.
    static let swapAttempts = 200
    static let swapPause = Duration.milliseconds(5)
}
