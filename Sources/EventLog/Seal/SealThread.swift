import Glibc

/// The thread that seals segments in the background, and what keeps it from being in the way.
final class SealThread: @unchecked Sendable {
    // Sendable: every `var` below is touched inside `monitor.withLock` only.
    private let worker: SealWorker
    private let monitor = Monitor()
    private let news: Monitor.Condition
    private let ended: Monitor.Condition
    private var isStopping = false
    private var isEnded = false
    private var hasNews = true

    init(_ worker: SealWorker) {
        self.worker = worker
        news = Monitor.Condition(monitor)
        ended = Monitor.Condition(monitor)
    }

    func start() { LogThread.start("log-seal") { self.run() } }

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
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        let sealer = SegmentSealer(store: worker.fileStore)
        var began = Self.milliseconds()
        while waitForWork() {
            began = Self.milliseconds()
            var step = SealWorker.Step.nothing
            repeat {
                step = worker.step(sealer) { rest(since: &began) }
            } while step.isProgress
        }
        monitor.withLock {
            isEnded = true
            ended.broadcast()
        }
    }

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

    /// Rests for as long as it has worked; false: stop.
    private func rest(since began: inout UInt64) -> Bool {
        let worked = Self.milliseconds() &- began
        defer { began = Self.milliseconds() }
        return monitor.withLock {
            let pause = min(worked * LogLimits.sealRestShare, LogLimits.sealRestMilliseconds)
            let deadline = Monitor.Condition.deadline(milliseconds: Int(pause))
            while !isStopping {
                if !news.wait(until: deadline) { break }
            }
            return !isStopping
        }
    }

    private static let niceness: CInt = 19

    private static func milliseconds() -> UInt64 { LogClock.system.monotonicMilliseconds() }
}

extension SealWorker.Step {
    /// True when the next step may find something to do at once.
    fileprivate var isProgress: Bool {
        switch self {
        case .sealed, .refused: true
        case .nothing, .failed, .stopped: false
        }
    }
}
