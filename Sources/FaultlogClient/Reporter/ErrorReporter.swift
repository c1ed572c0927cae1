import BuildEnvironment
import Foundation
import Logging
import Synchronization

/// Captures errors and sends them to a Faultlog server in the background.
///
/// Make one at the start of the program and hand it to whoever needs it; all of it may be called
/// from any thread and any task. A capture never waits for the network and never throws: what goes
/// wrong within is counted (`statistics`) and told to the logger once.
///
/// Without `shutdown` or `flush` before the end of the process, the events of the last second are
/// lost.
public final class ErrorReporter: Sendable {
    /// The label of the reporter's own log lines; `FaultlogLogHandler` passes them over.
    public static let loggerLabel = "faultlog.client"
    /// The variable that `fromEnvironment` reads.
    public static let dsnVariable = "FAULTLOG_DSN"

    /// Nil: disabled.
    let sender: Sender?
    let time: TimeSource
    private let options: Options
    private let release: String?
    private let environment: String?
    let baseScope: ReportingScope
    private let ignoredCount = Mutex(0)

    /// Makes a reporter for a project.
    ///
    /// - Parameters:
    ///   - dsn: as `logctl projects create` prints it: `http://pk_…@127.0.0.1:7400/1`.
    ///   - options: what you want otherwise.
    /// - Throws: `ReporterSetupError` where the DSN cannot be used. Whether a server is there is
    ///   not asked.
    public convenience init(dsn: String, options: Options = Options()) throws(ReporterSetupError) {
        let address = try ServerAddress(dsn: dsn)
        self.init(address: address, options: options, limits: options.limits, time: .system)
    }

    /// The same with a time of the caller's.
    package convenience init(
        dsn: String, options: Options, time: TimeSource
    ) throws(ReporterSetupError) {
        let address = try ServerAddress(dsn: dsn)
        self.init(address: address, options: options, limits: options.limits, time: time)
    }

    /// Makes a reporter for the DSN in the variable `FAULTLOG_DSN`.
    ///
    /// Where there is none, or one that cannot be used, the reporter is disabled: it takes every
    /// call and does nothing, and says so in one line of log.
    public static func fromEnvironment(options: Options = Options()) -> ErrorReporter {
        guard let dsn = options.variables[dsnVariable], !dsn.isEmpty else {
            complain(to: options.logger)("\(dsnVariable) is not set: no errors are reported")
            return disabled(options: options)
        }
        do {
            return try ErrorReporter(dsn: dsn, options: options)
        } catch {
            complain(to: options.logger)("\(dsnVariable): \(error); no errors are reported")
            return disabled(options: options)
        }
    }

    /// A reporter that takes every call and sends nothing.
    public static func disabled(options: Options = Options()) -> ErrorReporter {
        ErrorReporter(address: nil, options: options, limits: options.limits, time: .system)
    }

    init(address: ServerAddress?, options: Options, limits: DeliveryLimits, time: TimeSource) {
        self.options = options
        self.time = time
        let detected = DetectedEnvironment(variables: options.variables)
        release = options.release ?? detected.release
        environment = options.environment ?? detected.environment
        var values = ScopeValues()
        values.sessionID = RandomID.text()
        values.traceID = RandomID.text()
        baseScope = ReportingScope(values)
        sender = address.map { address in
            Sender(
                address: address, transport: options.transport ?? URLSessionTransport(),
                limits: limits, time: time, complain: Self.complain(to: options.logger))
        }
        sender?.start()
    }

    deinit { sender?.close() }

    /// Whether events are sent at all.
    public var isEnabled: Bool { sender != nil }

    /// What became of the events so far.
    public var statistics: Statistics {
        var statistics = sender?.statistics ?? Statistics()
        let ignored = ignoredCount.withLock { $0 }
        if ignored > 0 { statistics.dropped[.ignored] = ignored }
        return statistics
    }

    /// The scope of the task that runs, else that of the whole program.
    public var scope: ReportingScope { CurrentScope.scope(of: baseScope) ?? baseScope }

    // MARK: capture, the part that all captures share

    /// Completes an event, lets the host have a look at it, and queues it.
    ///
    /// - Returns: its id; nil where it was dropped.
    func submit(_ make: () -> OutgoingEvent) -> String? {
        guard let sender, !Reporting.isInside else {
            ignoredCount.withLock { $0 += 1 }
            return nil
        }
        if options.sampleRate < 1, time.chance() >= options.sampleRate {
            return drop(.sampleRate, sender)
        }
        // In a storm without a server nothing is described, encoded or copied.
        if sender.isFull { return drop(.queueFull, sender) }
        // Descriptions of errors and `beforeSend` are code of the host, and may capture and log.
        return Reporting.inside {
            var event = make()
            if options.capturesCallStack {
                event.extra["callStack"] = .array(CallStack.lines().map { .string($0) })
            }
            if let beforeSend = options.beforeSend {
                guard let changed = beforeSend(event) else { return drop(.beforeSend, sender) }
                event = changed
            }
            if !RandomID.isID(event.id) { event.id = RandomID.text() }
            guard let line = EventEncoding.line(event) else { return drop(.unsendable, sender) }
            return sender.enqueue(line) ? event.id : nil
        }
    }

    private func drop(_ reason: DropReason, _ sender: Sender) -> String? {
        sender.drop(reason)
        return nil
    }

    /// An event with all that is known without the error.
    func newEvent(_ adjust: (inout OutgoingEvent) -> Void) -> OutgoingEvent {
        var event = OutgoingEvent(id: RandomID.text(), timestampMicroseconds: time.microseconds())
        event.release = release
        event.environment = environment
        adjust(&event)
        scope.values.fill(&event)
        if event.contexts["runtime"] == nil { event.contexts["runtime"] = Self.runtime }
        return event
    }

    private static let runtime: AttributeValue = [
        "name": "swift", "os": .string(ProcessInfo.processInfo.operatingSystemVersionString),
    ]

    private static func complain(to logger: Logger?) -> @Sendable (String) -> Void {
        { sentence in
            Reporting.inside {
                let logger = logger ?? Logger(label: loggerLabel)
                logger.warning("\(sentence)")
            }
        }
    }
}
