/// One event, decoded in full: what an analyst reads.
///
/// The hot path never makes one; it is made from a stored record when somebody looks at it.
package struct ErrorEvent: Equatable, Sendable {
    /// Where the frames were found.
    package enum StackSource: String, Sendable {
        case exception
        case threads
        case stacktrace
    }

    package var kind = EventKind.error
    package var id: EventID?
    /// By the client's clock, as it came.
    package var timestamp: Timestamp?
    package var platform: String?
    package var level = Level.error
    package var action = Action.caught
    /// False where nothing told how the error was caught.
    package var saysHow = false
    package var logger: String?
    package var transaction: String?
    package var serverName: String?

    /// Outermost first: the first one surfaced, each further one is a cause.
    package var exceptions: [ExceptionInfo] = []
    /// The text of the event itself, expanded.
    package var message: String?
    /// The text with its parameters unexpanded.
    package var template: String?
    /// The chosen stack, nearest to the throw first.
    package var frames: [Frame] = []
    package var stackFrom: StackSource?
    /// Stack text that no SDK parsed.
    package var rawStack: String?
    package var mechanism: Mechanism?

    package var release: String?
    package var dist: String?
    package var environment: String?
    package var user: UserInfo?
    package var account: AccountInfo?
    package var traceID: String?
    package var sessionID: String?
    package var windowID: String?
    package var replayID: String?
    /// Sorted by key; each key once.
    package var tags: [EventDigest.Tag] = []
    package var clientFingerprint: [String] = []
    /// Oldest first.
    package var breadcrumbs: [Breadcrumb] = []
    package var logs: [LogLine] = []
    package var contexts: JSONValue?
    package var request: JSONValue?
    package var extra: JSONValue?
    package var sdk: JSONValue?
    package var debugIDs: [String] = []
    /// The files that ran and have such an id.
    package var debugImages: [DebugImage] = []
    /// Names of the fields that were dropped because their type was wrong.
    package var dropped: [String] = []
    /// Names of the fields out of which secrets were taken before anything was stored.
    package var scrubbed: [String] = []
    /// Why the payload is no longer in the log; nil: it is.
    package var redacted: RedactedEvent.Reason?

    package init() {}

    package var hasException: Bool { !exceptions.isEmpty }

    /// The exception's type as it came; nil without one.
    package var type: String? { exceptions.first?.type }

    /// The text that titles the event: the exception's, else the message.
    package var value: String? {
        if let value = exceptions.first?.value, !value.isEmpty { return value }
        return message
    }

    /// Stands for the type of an event that is no exception.
    static let messageType = "Message"

    /// The type under which the event is shown.
    package var shownType: String {
        guard hasException else { return Self.messageType }
        var type = type ?? ""
        let trimmed = type.withUTF8 {
            String(decoding: UnsafeRawBufferPointer($0).trimmedText, as: UTF8.self)
        }
        return trimmed.isEmpty ? "Error" : trimmed
    }

    /// The text whose hash is the default fingerprint.
    package var canonicalText: String { canonicalText(.standard) }

    /// The same by a version of the rules.
    package func canonicalText(_ version: FingerprintVersion) -> String {
        Fingerprint.canonicalText(
            platform: platform ?? "", type: hasException ? type ?? "" : nil,
            frames: framesAreOfCause ? [] : frames.map(\.fingerprintFrame), message: value,
            template: template, version: version)
    }

    /// The exception that surfaced has no stack: what is shown is that of a cause, which does not group.
    private var framesAreOfCause: Bool {
        stackFrom == .exception && exceptions.first?.frames.isEmpty ?? true
    }

    /// The fingerprint, the client's parts included.
    package var fingerprint: UInt64 { fingerprint(.standard) }

    /// The same by a version of the rules.
    package func fingerprint(_ version: FingerprintVersion) -> UInt64 {
        let text = canonicalText(version)
        return Fingerprint.hash(
            canonical: Fingerprint.clientText(parts: clientFingerprint, defaultText: text) ?? text)
    }

    /// Where it happened, in one line; empty where nothing tells.
    package var culprit: String {
        if let transaction, !transaction.isEmpty { return transaction }
        return frames.first?.place ?? ""
    }
}
