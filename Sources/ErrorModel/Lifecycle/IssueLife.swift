/// The life of one issue as far as folds need it: a pure state machine over its records.
///
/// Every fold that asks for an issue's status uses this one, so that two views never disagree.
package struct IssueLife: Hashable, Sendable {
    package private(set) var status = IssueStatus.open
    /// How many changes there were.
    package private(set) var version: UInt64 = 0
    /// The offset and time of the last change; 0 while there was none.
    package private(set) var changedOffset: UInt64 = 0
    package private(set) var changedAt: Int64 = 0
    /// Only while resolved.
    package private(set) var resolution: ResolutionName?
    /// Only while ignored or muted under a condition.
    package private(set) var until: UntilCondition?

    package init() {}

    /// Restores a life from the columns of a view.
    package init(
        status: IssueStatus, version: UInt64, changedOffset: UInt64, changedAt: Int64,
        resolution: ResolutionName?, until: UntilCondition?
    ) {
        self.status = status
        self.version = version
        self.changedOffset = changedOffset
        self.changedAt = changedAt
        self.resolution = resolution
        self.until = until
    }

    /// Takes a change of status; false, and nothing changes, where it does not fit: it was made
    /// from another status or version than the issue is in, or the table does not allow it.
    package mutating func apply(
        _ change: IssueStatusChanged, offset: UInt64, time: Int64
    ) -> Bool {
        guard change.from == status, change.version == version,
            Lifecycle.isLegal(from: status, to: change.to, by: change.actorKind)
        else { return false }
        move(to: change.to, offset: offset, time: time)
        if change.to == .resolved { resolution = change.resolution ?? .anyRelease }
        if change.to == .ignored || change.to == .muted { until = change.until }
        return true
    }

    /// Takes a regression; false, and nothing changes, where the issue is no longer resolved by
    /// the record that did not hold.
    package mutating func apply(
        _ regression: IssueRegressed, offset: UInt64, time: Int64
    ) -> Bool {
        guard status == .resolved, changedOffset == regression.resolvedOffset else { return false }
        move(to: .regressed, offset: offset, time: time)
        return true
    }

    /// Takes the undoing of a change of status; false, and nothing changes, where the issue has
    /// changed since.
    ///
    /// What was restored counts from when it first came to be: events are judged by the resolve
    /// that holds again, not by the undoing of what had ended it.
    package mutating func apply(_ undone: StatusRestored) -> Bool {
        guard undone.from == status, undone.version == version else { return false }
        move(to: undone.life.status, offset: undone.life.offset, time: undone.life.time)
        resolution = undone.life.resolution
        until = undone.life.until
        return true
    }

    private mutating func move(to status: IssueStatus, offset: UInt64, time: Int64) {
        self.status = status
        version += 1
        changedOffset = offset
        changedAt = time
        resolution = nil
        until = nil
    }

    /// Whether an event tells nothing about a fix because it names no release while the issue is
    /// resolved in one.
    package func isUnjudged(happened: Int64, hasRelease: Bool) -> Bool {
        guard status == .resolved, !hasRelease, happened >= changedAt else { return false }
        return resolution != .anyRelease
    }
}
