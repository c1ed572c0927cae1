import ErrorModel
import FaultlogClientTestSupport
import Synchronization

@testable import FaultlogClient

/// Answers as told, and remembers what was sent; stands for servers that are out of order.
final class ScriptedTransport: ReportTransport {
    enum Step: Sendable {
        /// Takes all events.
        case accept
        case answer(TransportAnswer)
        case fail
        /// Answers nothing until the request is given up.
        case hang
    }

    struct Broken: Error {}

    private struct State {
        var steps: [Step]
        var requests: [TransportRequest] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var isClosed = false
        var closeWatcher: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    /// After the last step it accepts.
    init(_ steps: [Step] = []) { state = Mutex(State(steps: steps)) }

    var requests: [TransportRequest] { state.withLock { $0.requests } }

    /// The events of all requests, in their order.
    var events: [ErrorEvent] {
        requests.filter { $0.url.hasSuffix("/api/events") }.flatMap { Self.events($0.body) }
    }

    static func events(_ body: [UInt8]) -> [ErrorEvent] {
        body.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? ErrorEvent(payload: Array(line).span.bytes, protocol: .native)
        }
    }

    func send(_ request: TransportRequest) async throws -> TransportAnswer {
        let (step, seen) = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let seen = state.watchers.filter { $0.count <= count }
            state.watchers.removeAll { $0.count <= count }
            return (state.steps.isEmpty ? .accept : state.steps.removeFirst(), seen)
        }
        for watcher in seen { watcher.continuation.resume() }
        switch step {
        case .accept: return Self.accepted
        case .answer(let answer): return answer
        case .fail: throw Broken()
        case .hang:
            // Ends by cancellation only.
            try await Task.sleep(for: .seconds(3600))
            throw Broken()
        }
    }

    static let accepted = TransportAnswer(
        status: 200, body: Array(#"{"accepted":1,"duplicate":0,"refused":0,"offset":1}"#.utf8))

    func close() {
        let watcher = state.withLock { state in
            state.isClosed = true
            defer { state.closeWatcher = nil }
            return state.closeWatcher
        }
        watcher?.resume()
    }

    /// Returns when so many requests have come.
    func untilRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func untilClosed() async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.closeWatcher = continuation }
                return state.isClosed
            }
            if isClosed { continuation.resume() }
        }
    }
}

extension ErrorReporter {
    /// A reporter that sends to a script.
    static func scripted(
        _ transport: ScriptedTransport, time: ManualTime = ManualTime(),
        limits: DeliveryLimits = DeliveryLimits(), _ change: (inout Options) -> Void = { _ in }
    ) throws -> ErrorReporter {
        var options = Options()
        options.transport = transport
        options.variables = [:]
        change(&options)
        return ErrorReporter(
            address: try ServerAddress(dsn: "http://pk_test@localhost:7400/1"), options: options,
            limits: limits, time: time.source)
    }
}
