import ErrorModel

/// What events change, without a row being read.
extension IssueBoard {
    /// Makes the change of a batch of events as `IssueRowWriter` makes it; false: the board does not have
    /// the row that was changed.
    mutating func make(_ edit: IssueEdit) throws -> Bool {
        guard edit.row >= 0 else { return false }
        let place: Int
        if let known = self.place(of: edit.row) {
            place = known
        } else if edit.isNew {
            place = append(edit.row)
            columns[.project, place] = Int64(edit.project)
            columns[.status, place] = Self.number(of: .open)
        } else {
            return false
        }
        columns[.events, place] += Int64(edit.events)
        if let users = edit.users { columns[.users, place] = Int64(users) }
        if let accounts = edit.accounts { columns[.accounts, place] = Int64(accounts) }
        if let first = edit.first {
            columns[.firstSeen, place] = first.happened
            columns[.firstRelease, place] = first.release.map { releases.number($0) } ?? -1
        }
        if let last = edit.last { try set(last, place) }
        for environment in edit.environments { add(environment: environment, to: edit.row) }
        for release in edit.releases {
            let number = Int(releases.number(release))
            if insert(edit.row, ofRelease: number) { columns[.releaseCount, place] += 1 }
        }
        noteTrend(place)
        return true
    }

    /// What the last sighting says.
    private mutating func set(_ last: IssueEdit.Last, _ place: Int) throws {
        let digest = try EventDigestView(last.digest)
        let culprit = digest.culprit
        texts.set(place, type: digest.type, value: digest.value, culprit: culprit)
        columns[.lastSeen, place] = last.happened
        columns[.lastRelease, place] =
            digest.releaseRange.isEmpty ? -1 : releases.number(digest.release)
        columns[.type, place] = types.number(digest.type)
        columns[.platform, place] = platforms.number(digest.platform)
        columns[.level, place] = Int64(digest.level.rawValue)
        columns[.action, place] = Int64(digest.action.rawValue)
        let flag = BoardColumns.Flag.hasCulprit
        if culprit.isEmpty {
            columns[.flags, place] &= ~flag
        } else {
            columns[.flags, place] |= flag
        }
    }
}
