import ErrorModel
import EventLog
import GRDB
import Projections

/// In which issues the issues view has the events of the log.
///
/// The log finds events by the fingerprints that they were taken in with; where a project was
/// regrouped, the view shows some of them elsewhere.
struct EventGroups: Sendable {
    /// How the view groups; nil: everything is as the log has it.
    private var shown: Groupings?
    /// For the issues that were asked for: further fingerprints under which the log has events of
    /// theirs.
    private var sources: [IssueID: [IssueID]] = [:]
    /// And where events with those go that can no longer say it themselves.
    private var heirs: [IssueID: IssueID] = [:]

    init() {}

    /// - Parameter parts: fingerprints whose events are to be found.
    init(_ db: Database, parts: [IssueID]) throws {
        let shown = try Groupings.shown(db)
        if try shown.isEmpty && Groupings.current(db).isEmpty { return }
        self.shown = shown
        for part in parts {
            let found = try GroupingNames.sources(of: part, db)
            if found.isEmpty { continue }
            sources[part] = found
            for source in found { heirs[source] = try GroupingNames.issue(of: source, db) }
        }
    }

    var isTrivial: Bool { shown == nil }

    /// Fingerprints under which the log may have events of a part.
    func stored(_ part: IssueID) -> [IssueID] { [part] + (sources[part] ?? []) }

    /// The fingerprint that an event has in the view.
    ///
    /// - Parameter fingerprints: what its payload says; asked for where that is needed.
    func fingerprint(
        of digest: EventDigestView, at offset: UInt64, of project: UInt32,
        _ fingerprints: () throws -> Fingerprints
    ) rethrows -> UInt64 {
        guard let grouping = shown?[project], !grouping.isAsStored(digest, at: offset) else {
            return digest.fingerprint
        }
        if let known = try fingerprints()[grouping.version] { return known }
        let stored = IssueID(project: project, fingerprint: digest.fingerprint)
        return heirs[stored]?.fingerprint ?? digest.fingerprint
    }
}
