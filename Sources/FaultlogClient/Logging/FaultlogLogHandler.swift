public import Logging

/// A swift-log handler: records of `eventLevel` and above become events, others breadcrumbs.
///
/// It prints nothing: put it beside a handler that does.
///
/// ```swift
/// LoggingSystem.bootstrap { label in
///     MultiplexLogHandler([
///         StreamLogHandler.standardError(label: label),
///         FaultlogLogHandler(label: label, reporter: reporter),
///     ])
/// }
/// ```
///
/// Metadata becomes tags where it is a short text, else `extra.metadata`. An error is taken from
/// the record's `error`, else from metadata that holds one (`.stringConvertible`).
public struct FaultlogLogHandler: LogHandler {
    /// Records below are passed over altogether.
    public var logLevel: Logger.Level
    /// Records of this level and above become events.
    public var eventLevel: Logger.Level
    /// Metadata of each record; that of the provider and of the record itself win, in this order.
    public var metadata: Logger.Metadata = [:]
    /// Gives metadata of the task that logs.
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let reporter: ErrorReporter

    /// Makes a handler for a logger.
    ///
    /// - Parameters:
    ///   - label: the logger's; the type of events that bring no error.
    ///   - reporter: where events and breadcrumbs go.
    ///   - eventLevel: records of this level and above become events.
    ///   - logLevel: records below are passed over.
    ///   - metadataProvider: gives metadata of the task that logs.
    public init(
        label: String, reporter: ErrorReporter, eventLevel: Logger.Level = .error,
        logLevel: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.reporter = reporter
        self.eventLevel = eventLevel
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
    }

    /// One value of the handler's own metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Takes a record; called by `Logger`.
    public func log(event record: LogEvent) {
        // What the reporter says of itself, and what is logged while it captures, would lead to
        // more of the same.
        guard label != ErrorReporter.loggerLabel, !Reporting.isInside else { return }
        let facts = LogFacts(
            metadata, metadataProvider?.get() ?? [:], record.metadata ?? [:])
        if record.level < eventLevel {
            reporter.addBreadcrumb(
                "\(record.message)", category: label, level: record.level.eventLevel,
                data: facts.data)
            return
        }
        capture(record, facts)
    }

    private func capture(_ record: LogEvent, _ facts: LogFacts) {
        let adjust: (inout OutgoingEvent) -> Void = { event in
            event.tags["logger"] = label
            event.tags.merge(facts.tags) { _, new in new }
            if !facts.rest.isEmpty { event.extra["metadata"] = .object(facts.rest) }
            event.traceID = facts.traceID ?? event.traceID
        }
        let line = Int(clamping: record.line)
        guard let error = record.error ?? facts.error else {
            reporter.capture(
                message: "\(record.message)", level: record.level.eventLevel, type: label,
                fileID: record.file, function: record.function, line: line, adjust)
            return
        }
        reporter.capture(
            error: error, level: record.level.eventLevel, fileID: record.file,
            function: record.function, line: line
        ) { event in
            event.extra["logMessage"] = .string("\(record.message)")
            adjust(&event)
        }
    }
}

extension Logger.Level {
    fileprivate var eventLevel: OutgoingEvent.Level {
        switch self {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error: .error
        case .critical: .fatal
        }
    }
}
