import ErrorModel
import Logging
import Synchronization
import FaultlogClientTestSupport
import Testing

@testable import FaultlogClient

/// A reporter as its host sees it.
struct ReporterTests {
    struct Failure: Error {}

    @Test func `an error arrives with all that is known`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport) {
            $0.variables = ["GITHUB_SHA": "abc", "NODE_ENV": "staging"]
        }
        reporter.scope.update { $0.tags["all"] = "yes" }
        reporter.addBreadcrumb("started", category: "main")
        var line: Int64 = 0
        let id = reporter.withScope { scope in
            scope.update { values in
                values.user = .init(id: "u1")
                values.account = .init(id: "acme")
                values.transaction = "POST /pay"
                values.tags["mine"] = "scope"
            }
            line = #line + 1
            return reporter.capture(error: Failure(), action: .httpError, level: .fatal) {
                $0.tags["mine"] = "call"
                $0.fingerprint = ["pay"]
            }
        }
        #expect(await reporter.flush())
        let event = try #require(transport.events.first)
        #expect(transport.events.count == 1 && event.id?.text == id)
        #expect(event.type == "FaultlogClientTests.ReporterTests.Failure")
        #expect(event.action == .httpError && event.level == .fatal)
        #expect(event.release == "abc" && event.environment == "staging")
        #expect(event.user?.id == "u1" && event.account?.id == "acme")
        #expect(event.transaction == "POST /pay" && event.clientFingerprint == ["pay"])
        #expect(event.tags.map(\.key) == ["all", "mine"])
        #expect(event.tags.map(\.value) == ["yes", "call"])
        #expect(event.breadcrumbs.map(\.message) == ["started"])
        #expect(event.sessionID?.count == 32 && event.traceID?.count == 32)
        let frame = try #require(event.frames.first)
        #expect(frame.file == "FaultlogClientTests/ReporterTests.swift" && frame.line == line)
        #expect(frame.module == "FaultlogClientTests" && event.frames.count == 1)
        #expect(reporter.statistics == .init(waiting: 0, delivered: 1, dropped: [:]))
    }

    @Test func `requests at the same time do not mix`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        await withTaskGroup { group in
            for number in 0..<50 {
                group.addTask {
                    await reporter.withScope { scope in
                        scope.update { $0.user = .init(id: "u\(number)") }
                        reporter.addBreadcrumb("of \(number)")
                        await Task.yield()
                        async let child: Void = {
                            reporter.addBreadcrumb("child of \(number)")
                            await Task.yield()
                        }()
                        await child
                        reporter.capture(message: "\(number)")
                    }
                }
            }
        }
        #expect(await reporter.flush())
        #expect(transport.events.count == 50)
        #expect(Set(transport.events.map(\.traceID)).count == 50)
        for event in transport.events {
            let number = event.value ?? ""
            #expect(event.user?.id == "u\(number)")
            #expect(event.breadcrumbs.map(\.message) == ["of \(number)", "child of \(number)"])
        }
        #expect(reporter.scope.values.breadcrumbs.isEmpty)
    }

    @Test func `a scope within a scope begins as its copy and keeps the trace`() throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        let whole = reporter.scope.values.traceID
        reporter.withScope(traceID: "t1") { outer in
            outer.update { $0.tags["a"] = "1" }
            reporter.withScope { inner in
                #expect(inner.values.traceID == "t1" && inner.values.tags == ["a": "1"])
                inner.update { $0.tags["b"] = "2" }
            }
            #expect(outer.values.tags == ["a": "1"])
        }
        reporter.withScope { #expect($0.values.traceID != whole) }
        #expect(reporter.scope.values.traceID == whole)
    }

    @Test func `a change of a scope may use the scope`() throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        reporter.scope.update { values in
            values.tags["outer"] = "\(reporter.scope.values.tags.count)"
            reporter.scope.update { $0.tags["inner"] = "1" }
            reporter.addBreadcrumb("within")
        }
        #expect(reporter.scope.values.tags["outer"] == "1")
    }

    @Test func `changes of a scope from many threads are all kept`() async throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0..<20 {
                        reporter.addBreadcrumb("\(task)-\(number)")
                    }
                }
            }
        }
        #expect(Set(reporter.scope.values.breadcrumbs.map(\.message)).count == 80)
    }

    @Test func `an id that the server would replace is replaced here`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport) {
            $0.beforeSend = { event in
                var event = event
                event.id = "mine"
                return event
            }
        }
        let id = reporter.capture(message: "m")
        #expect(await reporter.flush())
        #expect(id?.count == 32 && transport.events.first?.id?.text == id)
    }

    @Test func `only the last breadcrumbs stay`() throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        for number in 1...150 { reporter.addBreadcrumb("\(number)") }
        let messages = reporter.scope.values.breadcrumbs.map(\.message)
        #expect(messages == (51...150).map(String.init))
    }

    @Test func `a breadcrumb keeps no more than is sent of it`() throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        let large = String(repeating: "x", count: 1 << 20)
        let deep = (0..<50).reduce(AttributeValue.integer(1)) { value, _ in ["a": value] }
        reporter.addBreadcrumb(
            large, category: large,
            data: [
                "a": 1, "b": .string(large), "c": .array(Array(repeating: 1, count: 100_000)),
                "d": deep, large: 2,
            ])
        let crumb = try #require(reporter.scope.values.breadcrumbs.first)
        #expect(crumb.message.utf8.count < 5_000 && crumb.category?.utf8.count ?? 0 < 300)
        #expect(crumb.data["a"] == 1)
        #expect("\(crumb.data)".utf8.count < 100_000)
        reporter.addBreadcrumb("small", data: ["a": [1, "b", ["c": 1.5]]])
        #expect(reporter.scope.values.breadcrumbs[1].data == ["a": [1, "b", ["c": 1.5]]])
    }

    @Test func `beforeSend changes and drops, and cannot call itself`() async throws {
        let transport = ScriptedTransport()
        let holder = Mutex<ErrorReporter?>(nil)
        let reporter = try ErrorReporter.scripted(transport) {
            $0.beforeSend = { event in
                holder.withLock { $0 }?.capture(message: "from within")
                if event.message == "secret" { return nil }
                var event = event
                event.tags["seen"] = "yes"
                event.user = nil
                return event
            }
        }
        holder.withLock { $0 = reporter }
        reporter.scope.update { $0.user = .init(id: "u1") }
        #expect(reporter.capture(message: "secret") == nil)
        #expect(reporter.capture(message: "open") != nil)
        #expect(await reporter.flush())
        #expect(transport.events.map(\.value) == ["open"])
        #expect(transport.events.first?.tags.first?.key == "seen")
        #expect(transport.events.first?.user == nil)
        #expect(reporter.statistics.dropped == [.beforeSend: 1, .ignored: 2])
        holder.withLock { $0 = nil }
    }

    @Test func `a task that beforeSend starts reports as any other`() async throws {
        let transport = ScriptedTransport()
        final class Host: Sendable {
            let reporter = Mutex<ErrorReporter?>(nil)
            let started = Mutex<Task<String?, Never>?>(nil)
        }
        let host = Host()
        let reporter = try ErrorReporter.scripted(transport) {
            $0.beforeSend = { event in
                if event.message == "first" {
                    let task = Task { host.reporter.withLock { $0 }?.capture(message: "second") }
                    host.started.withLock { $0 = task }
                }
                return event
            }
        }
        host.reporter.withLock { $0 = reporter }
        reporter.capture(message: "first")
        let task = try #require(host.started.withLock { $0 })
        #expect(await task.value != nil)
        host.reporter.withLock { $0 = nil }
        #expect(await reporter.flush())
        #expect(transport.events.map(\.value) == ["first", "second"])
    }

    @Test func `two reporters have scopes of their own`() async throws {
        let (mine, other) = (ScriptedTransport(), ScriptedTransport())
        let reporter = try ErrorReporter.scripted(mine)
        let library = try ErrorReporter.scripted(other)
        reporter.withScope { scope in
            scope.update { $0.user = .init(id: "u1") }
            library.addBreadcrumb("of the library")
            library.capture(message: "a")
            library.withScope { inner in
                inner.update { $0.user = .init(id: "u2") }
                reporter.capture(message: "b")
                library.capture(message: "c")
            }
        }
        #expect(await reporter.flush())
        #expect(await library.flush())
        #expect(mine.events.map { $0.user?.id } == ["u1"])
        #expect(mine.events.allSatisfy { $0.breadcrumbs.isEmpty })
        #expect(other.events.map { $0.user?.id } == [nil, "u2"])
    }

    @Test(arguments: [(0.0, 0), (-1, 0), (1, 10), (7, 10), (.nan, 10), (0.5, 0)])
    func `a part of the events is captured`(rate: Double, count: Int) async throws {
        let transport = ScriptedTransport()
        // The chance of `ManualTime` is always 1.
        let reporter = try ErrorReporter.scripted(transport) { $0.sampleRate = rate }
        for _ in 0..<10 { reporter.capture(message: "m") }
        _ = await reporter.flush()
        #expect(transport.events.count == count)
        #expect(reporter.statistics.dropped[.sampleRate] ?? 0 == 10 - count)
    }

    @Test func `an event that a host has emptied is dropped and counted`() async throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        let id = reporter.capture(message: "m") {
            $0.type = nil
            $0.message = ""
        }
        #expect(id == nil && reporter.statistics.dropped == [.unsendable: 1])
    }

    @Test func `what leaves a program is unhandled, sent and thrown on`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        await #expect(throws: Failure.self) {
            try await reporter.reporting { throw Failure() }
        }
        #expect(transport.events.map(\.action) == [.unhandled])
        await #expect(throws: CancellationError.self) {
            try await reporter.reporting { throw CancellationError() }
        }
        #expect(try await reporter.reporting { 7 } == 7)
        #expect(transport.events.count == 1)
    }

    @Test func `it is sent even when the program was cancelled`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await reporter.reporting { throw Failure() }
        }
        await #expect(throws: Failure.self) { try await task.value }
        #expect(transport.events.count == 1)
    }

    @Test func `a disabled reporter takes everything and says so once`() async throws {
        let lines = LogLines()
        var options = ErrorReporter.Options()
        options.logger = lines.logger
        options.variables = [:]
        let missing = ErrorReporter.fromEnvironment(options: options)
        options.variables = ["FAULTLOG_DSN": "nonsense"]
        let wrong = ErrorReporter.fromEnvironment(options: options)
        #expect(lines.texts.count == 2)
        for reporter in [missing, wrong] {
            #expect(!reporter.isEnabled)
            #expect(reporter.capture(error: Failure()) == nil)
            reporter.addBreadcrumb("b")
            reporter.withScope { $0.update { $0.tags["a"] = "b" } }
            #expect(await reporter.flush())
            #expect(await reporter.shutdown())
            #expect(reporter.statistics.dropped == [.ignored: 1])
        }
        options.variables = ["FAULTLOG_DSN": "http://pk_a@localhost:1/1"]
        #expect(ErrorReporter.fromEnvironment(options: options).isEnabled)
        #expect(lines.texts.count == 2)
    }

    @Test func `after shutdown nothing is taken, and the transport is closed`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        reporter.capture(message: "before")
        #expect(await reporter.shutdown())
        await transport.untilClosed()
        #expect(reporter.capture(message: "after") == nil)
        #expect(await reporter.shutdown())
        #expect(transport.events.map(\.value) == ["before"])
        #expect(reporter.statistics.dropped == [.shutdown: 1])
    }

    @Test func `a reporter that nobody holds sends what it has and ends`() async throws {
        let transport = ScriptedTransport()
        try ErrorReporter.scripted(transport).capture(message: "last words")
        await transport.untilClosed()
        #expect(transport.events.map(\.value) == ["last words"])
    }

    @Test func `a thread that cannot wait as a task can flush`() throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        reporter.capture(message: "m")
        #expect(reporter.flushBlocking(timeout: .seconds(30)))
        #expect(transport.events.count == 1)
        #expect(reporter.flushBlocking(timeout: .zero))
    }

    #if os(Linux)
    @Test func `the calls are in the extras when asked for`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport) { $0.capturesCallStack = true }
        reporter.capture(message: "m")
        #expect(await reporter.flush())
        let event = try #require(transport.events.first)
        #expect(event.extra?["callStack"]?.array?.isEmpty == false && event.frames.count == 1)
    }
    #endif
}

/// Keeps what is logged.
final class LogLines: Sendable {
    private struct State {
        var texts: [String] = []
        var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let lines = Mutex(State())

    var texts: [String] { lines.withLock { $0.texts } }

    /// Returns when so many lines have come.
    func untilLines(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = lines.withLock { state in
                if state.texts.count >= count { return true }
                state.watcher = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func add(_ text: String) {
        let watcher = lines.withLock { state in
            state.texts.append(text)
            guard let watcher = state.watcher, watcher.count <= state.texts.count else {
                return nil as CheckedContinuation<Void, Never>?
            }
            state.watcher = nil
            return watcher.continuation
        }
        watcher?.resume()
    }

    var logger: Logger { Logger(label: ErrorReporter.loggerLabel) { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.message)")
        }
    }
}
