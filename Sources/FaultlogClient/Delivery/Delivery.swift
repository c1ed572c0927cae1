/// Decides what is sent when: a bounded queue, batches, pauses and what was lost.
///
/// A pure value: facts go in, with the time since the start as an argument, and actions come out.
/// `Sender` does the rest.
struct Delivery {
    enum Action: Equatable {
        /// Nothing to do for so long; nil: until something is queued.
        case rest(Duration?)
        /// Send it, then call `answered`.
        case send(Batch)
        /// Closed, and nothing is left to do.
        case stop
    }

    let limits: DeliveryLimits
    private(set) var losses = LossCounts()
    /// Events on the server's disk.
    private(set) var deliveredCount = 0
    /// Events that came in, and how many of them are no longer waiting, whatever became of them.
    private(set) var queuedCount = 0
    private(set) var settledCount = 0
    /// Of those, events that waited when it was closed and the server was away.
    private(set) var abandonedCount = 0

    private var waiting = LineQueue()
    private(set) var waitingBytes = 0
    /// When the oldest began to wait.
    private var waitingSince = Duration.zero
    /// Sent, and not yet answered for good.
    private var inFlight: Batch?
    /// Failures in a row.
    private var attempt = 0
    private var pausedUntil: Duration?
    /// When the last request failed.
    private var failedAt = Duration.zero
    /// A pause that the server asked for; a flush does not cut it short.
    private var pauseIsAsked = false
    /// Events up to this one are sent without waiting for others.
    private var hurryCount = 0
    private var nextReport: Duration?
    /// What the report that is under way tells.
    private var reporting: [DropReason: Int] = [:]
    /// The last report did not come through.
    private var hasReportFailed = false
    private var batchEvents: Int
    private var isClosed = false

    init(limits: DeliveryLimits) {
        self.limits = limits
        batchEvents = limits.batchEvents
    }

    /// Events that wait, those being sent among them.
    var waitingCount: Int { queuedCount - settledCount }

    /// Whether nothing more can be taken: then nothing needs to be encoded either.
    var isFull: Bool {
        waitingCount >= limits.queuedEvents || waitingBytes >= limits.queuedBytes
    }

    // MARK: facts from the host

    /// Takes an event, or drops it: the newest goes, since the first ones of a storm tell what
    /// began it, and since dropping must cost nothing.
    ///
    /// - Returns: whether the sender has to look again, and why the event was dropped.
    mutating func enqueue(
        _ line: [UInt8], at now: Duration
    ) -> (wakes: Bool, dropped: DropReason?) {
        guard !isClosed else { return (drop(.shutdown), .shutdown) }
        guard waitingCount < limits.queuedEvents,
            waitingBytes + line.count <= limits.queuedBytes
        else { return (drop(.queueFull), .queueFull) }
        if waiting.isEmpty { waitingSince = now }
        waiting.append(line)
        waitingBytes += line.count
        queuedCount += 1
        return (waiting.count == 1 || isBatchFull, nil)
    }

    /// Counts an event that never came to the queue.
    ///
    /// - Returns: whether the sender has to look again: it knew of nothing to report.
    mutating func drop(_ reason: DropReason) -> Bool {
        let isFirst = losses.unreported.isEmpty
        losses.add(reason)
        return isFirst && !losses.unreported.isEmpty
    }

    /// Sends what waits now, whatever the interval; a pause that nobody asked for becomes short.
    ///
    /// It does not end: a host that flushes after each request would storm a server that is away.
    mutating func hurry() {
        hurryCount = queuedCount
        guard !pauseIsAsked, let paused = pausedUntil else { return }
        pausedUntil = min(paused, failedAt + limits.shortestPause)
    }

    /// Takes nothing more; what waits is tried once.
    mutating func close() {
        isClosed = true
        hurryCount = queuedCount
        if !pauseIsAsked { pausedUntil = nil }
    }

    // MARK: decisions

    /// What to do now.
    ///
    /// After `.send` it is asked again only once `answered` was called.
    mutating func next(at now: Duration, microseconds: Int64) -> Action {
        if let pausedUntil, pausedUntil > now {
            return isClosed ? abandon() : .rest(pausedUntil - now)
        }
        pausedUntil = nil
        if let inFlight { return .send(inFlight) }
        if !waiting.isEmpty, isClosed || isBatchFull || hurryCount > settledCount {
            return send(takeBatch(at: now))
        }
        let batchDue = waiting.isEmpty ? nil : waitingSince + limits.batchInterval
        // Closed, it is tried once.
        let mayReport = !losses.unreported.isEmpty && !(isClosed && hasReportFailed)
        let reportDue = mayReport ? nextReport ?? now : nil
        if let batchDue, batchDue <= now { return send(takeBatch(at: now)) }
        if let reportDue, reportDue <= now || isClosed {
            nextReport = now + limits.reportInterval
            reporting = losses.takeUnreported()
            return send(.lossReport(reporting, microseconds: microseconds))
        }
        if isClosed { return .stop }
        return .rest([batchDue, reportDue].compactMap(\.self).min().map { $0 - now })
    }

    /// What became of the batch.
    ///
    /// - Parameter chance: 0 to 1, of a wait that is drawn.
    mutating func answered(_ verdict: AnswerVerdict, at now: Duration, chance: Double) {
        guard let batch = inFlight else { return }
        if batch.kind == .lossReport { return reported(verdict, at: now) }
        switch verdict {
        case .delivered(let refused):
            let refused = min(max(refused, 0), batch.eventCount)
            deliveredCount += batch.eventCount - refused
            losses.add(.refused, refused)
            batchEvents = min(batchEvents * 2, limits.batchEvents)
            settle(batch)
        case .refused(_, let pausing):
            losses.add(.refused, batch.eventCount)
            settle(batch)
            if pausing { pause(limits.refusalPause, at: now, asked: true) }
        case .tooLarge where batch.eventCount > 1:
            // Both halves, in their order; the second one goes back to the front.
            let half = batch.lines.count / 2
            waiting.putBack(batch.lines[half...])
            batchEvents = max(half, 1)
            inFlight = Batch(kind: .events, lines: Array(batch.lines[..<half]))
        case .tooLarge:
            losses.add(.refused, batch.eventCount)
            settle(batch)
        case .rateLimited(let wait):
            // The server has counted them as dropped: sent again they would be counted twice.
            losses.add(.rateLimited, batch.eventCount)
            batchEvents = max(batchEvents / 2, 1)
            settle(batch)
            pause(wait, at: now, asked: true)
        case .unavailable(let retryAfter):
            attempt += 1
            failedAt = now
            let drawn = Backoff.wait(attempt: attempt, chance: chance)
            pause(max(drawn, retryAfter ?? .zero), at: now, asked: retryAfter != nil)
        }
    }

    /// A report never holds events back: one that did not come through is told again later, with what was
    /// lost meanwhile.
    private mutating func reported(_ verdict: AnswerVerdict, at now: Duration) {
        inFlight = nil
        if case .delivered = verdict {
            hasReportFailed = false
        } else {
            hasReportFailed = true
            losses.putBack(reporting)
            nextReport = now + limits.reportInterval
        }
        reporting = [:]
    }

    // MARK: parts

    private var isBatchFull: Bool {
        waiting.count >= batchEvents || waitingBytes >= limits.batchBytes
    }

    private mutating func send(_ batch: Batch) -> Action {
        inFlight = batch
        return .send(batch)
    }

    private mutating func takeBatch(at now: Duration) -> Batch {
        var lines: [[UInt8]] = []
        var bytes = 0
        while let line = waiting.first, lines.count < batchEvents {
            if !lines.isEmpty, bytes + line.count > limits.batchBytes { break }
            lines.append(waiting.removeFirst())
            bytes += line.count
        }
        waitingSince = now
        return Batch(kind: .events, lines: lines)
    }

    private mutating func settle(_ batch: Batch) {
        inFlight = nil
        attempt = 0
        settledCount += batch.lines.count
        waitingBytes -= batch.lines.reduce(0) { $0 + $1.count }
    }

    private mutating func pause(_ wait: Duration, at now: Duration, asked: Bool) {
        pausedUntil = now + min(wait, limits.longestPause)
        pauseIsAsked = asked
    }

    /// Closed, and the server is away: what waits is lost, and counted.
    private mutating func abandon() -> Action {
        losses.add(.shutdown, waitingCount)
        abandonedCount += waitingCount
        settledCount = queuedCount
        waitingBytes = 0
        waiting = LineQueue()
        inFlight = nil
        return .stop
    }

    /// Whether the counts agree with what is held.
    func checkInvariants() -> Bool {
        let held = (inFlight.map { $0.kind == .events ? $0.lines : [] } ?? []) + waiting.lines
        return held.count == waitingCount
            && held.reduce(0) { $0 + $1.count } == waitingBytes
            && waitingCount <= limits.queuedEvents && waitingBytes <= limits.queuedBytes
            && settledCount <= queuedCount && batchEvents >= 1
    }
}
