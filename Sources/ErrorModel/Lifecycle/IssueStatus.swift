/// Where an issue is in its life; the names are those of the API and the command line.
package enum IssueStatus: String, CaseIterable, Sendable {
    case open
    case resolved
    case ignored
    case muted
    case regressed
}

/// Who asks for a change of status.
package enum StatusActor: Hashable, Sendable {
    case person
    case system
}

/// The lifecycle table: which changes of status are legal, and by whom.
///
/// | from | to | by |
/// |---|---|---|
/// | open | resolved, ignored, muted | a person |
/// | resolved | open | a person |
/// | resolved | regressed | the system |
/// | regressed | resolved, open | a person |
/// | ignored, muted | open | a person, or the system when a condition is met |
///
/// Nothing else is legal, a change to the same status included.
package enum Lifecycle {
    /// The statuses that `actor` may give to an issue that is in `status`, in the table's order.
    package static func moves(from status: IssueStatus, by actor: StatusActor) -> [IssueStatus] {
        switch (status, actor) {
        case (.open, .person): [.resolved, .ignored, .muted]
        case (.open, .system): []
        case (.resolved, .person): [.open]
        case (.resolved, .system): [.regressed]
        case (.regressed, .person): [.resolved, .open]
        case (.regressed, .system): []
        case (.ignored, _), (.muted, _): [.open]
        }
    }

    package static func isLegal(
        from: IssueStatus, to: IssueStatus, by actor: StatusActor
    ) -> Bool {
        moves(from: from, by: actor).contains(to)
    }
}
