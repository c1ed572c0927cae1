/// What is known of the work at hand, apart from the error itself.
public struct ScopeValues: Equatable, Sendable {
    /// Who is served.
    public var user: OutgoingEvent.User?
    /// The organisation that the user belongs to.
    public var account: OutgoingEvent.Account?
    /// What is being done: `POST /pay`, the name of a job.
    public var transaction: String?
    /// One request: joins events to the logs of the same id.
    public var traceID: String?
    /// One run of the program, or the session that a client told you of.
    public var sessionID: String?
    /// Short texts to filter by.
    public var tags: [String: String] = [:]
    /// Groups of facts about where it runs.
    public var contexts: [String: AttributeValue] = [:]
    /// Anything else that helps.
    public var extra: [String: AttributeValue] = [:]
    /// What groups events of this scope instead of type and frames.
    public var fingerprint: [String] = []
    /// What happened so far, oldest first; at most 100, the oldest go.
    public private(set) var breadcrumbs: [OutgoingEvent.Breadcrumb] = []

    init() {}

    /// Adds a breadcrumb; the oldest goes where there are 100.
    ///
    /// Long texts are cut at once, since they may lie here for as long as the program runs.
    public mutating func add(_ breadcrumb: OutgoingEvent.Breadcrumb) {
        if breadcrumbs.count >= TextLimits.breadcrumbs { breadcrumbs.removeFirst() }
        breadcrumbs.append(breadcrumb.bounded)
    }

    /// Fills an event's empty fields; its own tags and extras win.
    func fill(_ event: inout OutgoingEvent) {
        event.user = event.user ?? user
        event.account = event.account ?? account
        event.transaction = event.transaction ?? transaction
        event.traceID = event.traceID ?? traceID
        event.sessionID = event.sessionID ?? sessionID
        event.tags.merge(tags) { own, _ in own }
        event.contexts.merge(contexts) { own, _ in own }
        event.extra.merge(extra) { own, _ in own }
        if event.fingerprint.isEmpty { event.fingerprint = fingerprint }
        if event.breadcrumbs.isEmpty { event.breadcrumbs = breadcrumbs }
    }
}
