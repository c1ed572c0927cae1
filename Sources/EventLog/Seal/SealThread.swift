import Glibc

/// A thread that seals segments in the background, and what keeps it from being in the way.
///
/// A log has two: one that works as long as there is work, with the least priority and, while it
/// keeps up, long rests, and one that only helps while too much waits, in a hurry: otherwise a log
/// that is written without a pause, on processors that are busy without a pause, would never be
/// sealed.
final class SealThread: @unchecked Sendable {
    // Sendable: every `var` below is touched inside `monitor.withLock` only.
    private let worker: SealWorker
    private let pace: Pace
    private let monitor = Monitor()
    private let news: Monitor.Condition
    private let ended: Monitor.Condition
    private var isStopping = false
    private var isEnded = false
    private var hasNews = true

    /// How a thread goes about it.
    enum Pace {
        case calm
        case hurried

        var threadName: String {
            switch self {
            case .calm: "log-seal"
            case .hurried: "log-seal-quick"
            }
        }

        var style: FrameStyle {
            switch self {
            case .calm: .sealed
            case .hurried: .sealedQuickly
            }
        }

        var niceness: CInt {
            switch self {
            case .calm: 19
            // A third of the weight of a thread that serves: enough to keep up with full ingest.
            case .hurried: 5
            }
        }

        /// It works while at least so many segments wait.
        var backlogLimit: Int {
            switch self {
            case .calm: 1
            case .hurried: LogLimits.sealBacklogLimit
            }
        }
    }

    init(_ worker: SealWorker, _ pace: Pace) {
        self.worker = worker
        self.pace = pace
        news = Monitor.Condition(monitor)
        ended = Monitor.Condition(monitor)
    }

    func start() { BackgroundThread.start(pace.threadName) { self.run() } }

    /// A segment was closed.
    func wake() {
        monitor.withLock {
            hasNews = true
            news.signal()
        }
    }

    /// On return the thread does nothing any more; what it was at is left for the next time.
    func stop() {
        monitor.withLock {
            isStopping = true
            news.signal()
            while !isEnded { ended.wait() }
        }
    }

    private func run() {
        // This thread only: appends and reads come first wherever the processor is short.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, pace.niceness)
        while waitForWork() { sealBacklog() }
        monitor.withLock {
            isEnded = true
            ended.broadcast()
        }
    }

    private func sealBacklog() {
        guard worker.backlog >= pace.backlogLimit || hasToRepack else { return }
        // Some megabytes, held only while there is work.
        let sealer = SegmentSealer(store: worker.fileStore, pace.style)
        var began = Self.milliseconds()
        var step = SealWorker.Step.nothing
        repeat {
            step = worker.step(sealer) { rest(since: &began) }
            if step == .nothing, pace == .calm {
                step = worker.repackStep(sealer) { rest(since: &began) }
            }
            if pace == .calm { worker.mergeFilters() }
        } while step.isProgress && (worker.backlog >= pace.backlogLimit || hasToRepack)
    }

    private var hasToRepack: Bool { pace == .calm && worker.hasLooseSegments }

    /// False: stop.
    private func waitForWork() -> Bool {
        monitor.withLock {
            let deadline = Monitor.Condition.deadline(
                milliseconds: Int(LogLimits.sealRetryMilliseconds))
            while !hasNews && !isStopping {
                if !news.wait(until: deadline) { break }
            }
            hasNews = false
            return !isStopping
        }
    }

    /// Rests, when it is calm and keeps up, for as long as it has worked; false: stop.
    private func rest(since began: inout UInt64) -> Bool {
        let worked = Self.milliseconds() &- began
        defer { began = Self.milliseconds() }
        let rests = pace == .calm && worker.backlog < LogLimits.sealRestBacklogLimit
        return monitor.withLock {
            guard rests else { return !isStopping }
            let pause = min(worked * LogLimits.sealRestShare, LogLimits.sealRestMilliseconds)
            let deadline = Monitor.Condition.deadline(milliseconds: Int(pause))
            while !isStopping {
                if !news.wait(until: deadline) { break }
            }
            return !isStopping
        }
    }

    private static func milliseconds() -> UInt64 { LogClock.system.monotonicMilliseconds() }
}

extension SealWorker.Step {
    /// True when the next step may find something to do at once.
    fileprivate var isProgress: Bool {
        switch self {
        case .sealed, .refused, .left: true
        case .nothing, .failed, .stopped: false
        }
    }
}
