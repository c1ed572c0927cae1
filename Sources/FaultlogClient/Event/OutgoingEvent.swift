/// One occurrence of an error, on its way to the server.
///
/// What `beforeSend` and the closure of a capture see and may change. Texts may have any length:
/// what is too long is cut when the event is encoded, with a mark that says so (`TextLimits`).
public struct OutgoingEvent: Equatable, Sendable {
    /// 32 hexadecimal digits; made here, so that an event that is sent again is counted once.
    ///
    /// Anything else is replaced by a new one.
    public var id: String
    /// When it was captured: microseconds since 1970-01-01T00:00:00Z.
    public var timestampMicroseconds: Int64
    /// How bad it is.
    public var level = Level.error
    /// How the error was caught.
    public var action = Action.caught
    /// What went wrong, for a machine: part of what groups events.
    public var type: String?
    /// What went wrong, for a person.
    public var message: String?
    /// Nearest to the throw first; the place of capture, unless you know better.
    public var frames: [Frame] = []
    /// What caused it, the nearest cause first.
    public var causes: [Cause] = []
    /// The version of the code: a commit or a version number.
    public var release: String?
    /// Where the code runs: `production`, `staging`, ….
    public var environment: String?
    /// Who was hit.
    public var user: User?
    /// The organisation that the user belongs to.
    public var account: Account?
    /// One run of the program, or the session that a client told you of.
    public var sessionID: String?
    /// One request: joins the event to the logs of the same id.
    public var traceID: String?
    /// What was being done: `POST /pay`, the name of a job.
    public var transaction: String?
    /// What happened before, oldest first.
    public var breadcrumbs: [Breadcrumb] = []
    /// Short texts to filter by.
    public var tags: [String: String] = [:]
    /// Groups of facts about where it ran.
    public var contexts: [String: AttributeValue] = [:]
    /// Anything else that helps.
    public var extra: [String: AttributeValue] = [:]
    /// What groups the event instead of type and frames; `{{ default }}` stands for these.
    ///
    /// Empty: the server decides.
    public var fingerprint: [String] = []

    /// Makes an event with neither type nor message: give it one of them, else it is dropped.
    ///
    /// - Parameters:
    ///   - id: 32 hexadecimal digits.
    ///   - timestampMicroseconds: microseconds since 1970-01-01T00:00:00Z.
    public init(id: String, timestampMicroseconds: Int64) {
        self.id = id
        self.timestampMicroseconds = timestampMicroseconds
    }
}
