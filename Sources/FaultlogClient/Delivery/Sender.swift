import Foundation
import Synchronization

/// Does what `Delivery` decides: sends in the background, one request at a time.
///
/// Its lock is held for decisions only, never while something is sent, waited for or logged.
final class Sender: Sendable {
    private struct State {
        var delivery: Delivery
        var complaints = Complaints()
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var isStopped = false

        /// It has ended, and events that waited then were lost.
        var hasAbandoned: Bool { isStopped && delivery.abandonedCount > 0 }
    }

    /// Somebody who waits until all events up to `target` are settled.
    private struct Waiter {
        var target: Int
        var resume: @Sendable (Bool) -> Void
        var timer: Task<Void, Never>?
    }

    /// A request is given up after so long, whatever trickles in.
    static let requestDeadline = Duration.seconds(15)
    /// Nobody waits longer for a flush; a host's "for ever" is more than clocks can add.
    private static let longestFlush = Duration.seconds(86_400)

    private let address: ServerAddress
    private let transport: any ReportTransport
    private let time: TimeSource
    private let complain: @Sendable (String) -> Void
    private let state: Mutex<State>
    private let wakeup = Wakeup()

    init(
        address: ServerAddress, transport: any ReportTransport, limits: DeliveryLimits,
        time: TimeSource, complain: @escaping @Sendable (String) -> Void
    ) {
        self.address = address
        self.transport = transport
        self.time = time
        self.complain = complain
        state = Mutex(State(delivery: Delivery(limits: limits)))
    }

    /// Begins to send; called once.
    ///
    /// The task holds the sender until it is closed.
    func start() {
        Task.detached(priority: .utility) { [self] in await run() }
    }

    // MARK: from the host, from any thread

    var isFull: Bool { state.withLock { $0.delivery.isFull } }

    /// False where the event was dropped.
    func enqueue(_ line: [UInt8]) -> Bool {
        let now = time.now()
        let outcome = state.withLock { $0.delivery.enqueue(line, at: now) }
        if outcome.wakes { wakeup.raise() }
        if outcome.dropped == .queueFull { tellQueueIsFull() }
        return outcome.dropped == nil
    }

    func drop(_ reason: DropReason) {
        if state.withLock({ $0.delivery.drop(reason) }) { wakeup.raise() }
        if reason == .queueFull { tellQueueIsFull() }
    }

    private func tellQueueIsFull() {
        if let sentence = state.withLock({ $0.complaints.queueIsFull() }) { complain(sentence) }
    }

    var statistics: ErrorReporter.Statistics {
        state.withLock { state in
            ErrorReporter.Statistics(
                waiting: state.delivery.waitingCount, delivered: state.delivery.deliveredCount,
                dropped: state.delivery.losses.total)
        }
    }

    /// Takes nothing more; what waits is tried once, and the task ends.
    func close() {
        state.withLock { $0.delivery.close() }
        wakeup.raise()
    }

    // MARK: flush

    /// True when all that was queued before is settled, false after `timeout` or cancellation.
    func flush(timeout: Duration) async -> Bool {
        let id = newWaiter()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                register(id) { continuation.resume(returning: $0) }
                let timer = Task { [time] in
                    do { try await time.sleep(min(timeout, Self.longestFlush)) } catch { return }
                    self.giveUp(id)
                }
                if !attach(timer, to: id) { timer.cancel() }
                // The cancellation may have come before there was anybody to give up.
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    /// The same, and keeps the calling thread waiting; by the system's clock.
    func flushBlocking(timeout: Duration) -> Bool {
        let id = newWaiter()
        let done = DispatchSemaphore(value: 0)
        let isSettled = Mutex(false)
        register(id) { result in
            isSettled.withLock { $0 = result }
            done.signal()
        }
        _ = done.wait(timeout: .now() + min(timeout, Self.longestFlush).inSeconds)
        giveUp(id)
        return isSettled.withLock { $0 }
    }

    private func newWaiter() -> Int {
        state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
    }

    /// Calls `resume` once: true when all is settled, false when it was given up.
    private func register(_ id: Int, _ resume: @escaping @Sendable (Bool) -> Void) {
        let isSettled: Bool? = state.withLock { state in
            let target = state.delivery.queuedCount
            if state.delivery.settledCount >= target { return !state.hasAbandoned }
            if state.isStopped { return false }
            state.delivery.hurry()
            state.waiters[id] = Waiter(target: target, resume: resume)
            return nil
        }
        if let isSettled { resume(isSettled) } else { wakeup.raise() }
    }

    private func attach(_ timer: Task<Void, Never>, to id: Int) -> Bool {
        state.withLock { state in
            if state.waiters[id] == nil { return false }
            state.waiters[id]?.timer = timer
            return true
        }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        waiter?.timer?.cancel()
        waiter?.resume(false)
    }

    // MARK: the task

    private func run() async {
        while true {
            let now = time.now()
            let microseconds = time.microseconds()
            switch state.withLock({ $0.delivery.next(at: now, microseconds: microseconds) }) {
            case .send(let batch): await send(batch)
            case .rest(let wait): await wakeup.rest(atMost: wait, time)
            case .stop:
                resumeSettled(isStopped: true)
                transport.close()
                return
            }
        }
    }

    private func send(_ batch: Batch) async {
        let request = address.request(batch)
        var failure: String?
        let verdict: AnswerVerdict
        do {
            let answer = try await exchange(request)
            verdict = AnswerVerdict(
                status: answer.status, headers: answer.headers,
                refused: BatchAnswer.refusedCount(answer.body, of: batch))
            if answer.status >= 300 { failure = "status \(answer.status)" }
        } catch {
            verdict = .unavailable(retryAfter: nil)
            failure = TextLimits.cut(String(describing: error), to: TextLimits.name)
        }
        let now = time.now()
        let chance = time.chance()
        let sentence = state.withLock { state in
            state.delivery.answered(verdict, at: now, chance: chance)
            return state.complaints.sentence(
                verdict, on: batch.kind, failure: failure, base: address.base)
        }
        resumeSettled()
        if let sentence { complain(sentence) }
    }

    private func exchange(_ request: TransportRequest) async throws -> TransportAnswer {
        try await withThrowingTaskGroup(of: TransportAnswer?.self) { [transport, time] group in
            group.addTask { try await transport.send(request) }
            group.addTask {
                try await time.sleep(Self.requestDeadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw DeadlineError()
            }
            return answer
        }
    }

    private func resumeSettled(isStopped: Bool = false) {
        let done: [(Waiter, Bool)] = state.withLock { state in
            if isStopped { state.isStopped = true }
            let settled = state.delivery.settledCount
            let ids = state.waiters.filter { isStopped || $0.value.target <= settled }.keys
            return ids.compactMap { id in
                state.waiters.removeValue(forKey: id).map { waiter in
                    (waiter, waiter.target <= settled && !state.hasAbandoned)
                }
            }
        }
        for (waiter, isSettled) in done {
            waiter.timer?.cancel()
            waiter.resume(isSettled)
        }
    }
}

/// A request took longer than `Sender.requestDeadline`.
private struct DeadlineError: Error, CustomStringConvertible {
    var description: String { "no answer within \(Sender.requestDeadline)" }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
