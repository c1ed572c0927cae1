extension ErrorReporter {
    /// Captures an error: its type, its message, its causes, and the place of this call.
    ///
    /// An enum's case is part of the type, so that each case is an issue of its own. Causes are
    /// found in `NSUnderlyingErrorKey`, in errors of coding, and among what the error holds.
    ///
    /// - Parameters:
    ///   - error: what was caught.
    ///   - action: how it was caught.
    ///   - level: how bad it is.
    ///   - fileID: the place; leave it.
    ///   - function: the place; leave it.
    ///   - line: the place; leave it.
    ///   - adjust: changes the event, for example `{ $0.tags["region"] = "eu" }`; called now, and
    ///     not at all where the event is dropped before.
    /// - Returns: the event's id, by which the server finds it; nil where it was dropped.
    @discardableResult
    public func capture(
        error: any Error, action: OutgoingEvent.Action = .caught,
        level: OutgoingEvent.Level = .error, fileID: String = #fileID,
        function: String = #function, line: Int = #line,
        _ adjust: (inout OutgoingEvent) -> Void = { _ in }
    ) -> String? {
        submit {
            newEvent { event in
                let described = DescribedError(error)
                event.type = described.type
                event.message = described.message
                event.extra = described.extra
                event.causes = described.causes
                event.action = action
                event.level = level
                event.frames = [Self.place(fileID, function, line)]
                adjust(&event)
            }
        }
    }

    /// Captures a message; events of one place are one issue, whatever they say.
    ///
    /// - Parameters:
    ///   - message: what happened.
    ///   - level: how bad it is.
    ///   - type: what stands before the message in lists.
    ///   - fileID: the place; leave it.
    ///   - function: the place; leave it.
    ///   - line: the place; leave it.
    ///   - adjust: changes the event; as above.
    /// - Returns: the event's id, by which the server finds it; nil where it was dropped.
    @discardableResult
    public func capture(
        message: String, level: OutgoingEvent.Level = .info, type: String = "Message",
        fileID: String = #fileID, function: String = #function, line: Int = #line,
        _ adjust: (inout OutgoingEvent) -> Void = { _ in }
    ) -> String? {
        submit {
            newEvent { event in
                event.type = type
                event.message = message
                event.level = level
                event.frames = [Self.place(fileID, function, line)]
                adjust(&event)
            }
        }
    }

    /// Remembers something that happened, for the events of the current scope.
    public func addBreadcrumb(
        _ message: String, category: String? = nil, level: OutgoingEvent.Level = .info,
        data: [String: AttributeValue] = [:]
    ) {
        guard isEnabled else { return }
        let crumb = OutgoingEvent.Breadcrumb(
            timestampMicroseconds: time.microseconds(), category: category,
            message: message, level: level, data: data)
        scope.add(crumb)
    }

    private static func place(
        _ fileID: String, _ function: String, _ line: Int
    ) -> OutgoingEvent.Frame {
        OutgoingEvent.Frame(
            function: function, file: fileID,
            module: fileID.split(separator: "/").first.map(String.init), line: line)
    }
}
