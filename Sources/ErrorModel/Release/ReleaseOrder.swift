/// How the releases of a project are put in order; recorded per project.
package enum ReleaseScheme: String, CaseIterable, Sendable {
    /// As versions where both are versions of one package, else by creation.
    case semver
    /// Always by creation.
    case time
}

/// The order that decided a comparison of two releases.
package enum ReleaseOrdering: String, Sendable {
    case same
    case semver
    case creation
}

/// A release as the order needs it: its name, and when it was first known.
package struct ReleasePoint: Hashable, Sendable {
    package var name: String
    /// Rises with creation: the log offset of the record that first named the release.
    package var created: UInt64

    package init(name: String, created: UInt64) {
        self.name = name
        self.created = created
    }
}

/// Compares releases under a scheme.
package enum ReleaseOrder {
    /// Whether `a` is older (-1) than, the same (0) as, or newer (1) than `b`, and by which order.
    package static func compare(
        _ a: ReleasePoint, _ b: ReleasePoint, scheme: ReleaseScheme
    ) -> (order: Int, by: ReleaseOrdering) {
        if CommitName.meet(a.name, b.name) { return (0, .same) }
        if scheme == .semver, let x = Version(a.name), let y = Version(b.name),
            let order = x.compare(to: y), order != 0
        {
            return (order, .semver)
        }
        if a.created == b.created { return (a.name < b.name ? -1 : 1, .creation) }
        return (a.created < b.created ? -1 : 1, .creation)
    }

    /// The newest of `releases`, or nil where there is none: the first of `newestFirst`.
    package static func newest(
        of releases: some Sequence<ReleasePoint>, scheme: ReleaseScheme
    ) -> ReleasePoint? {
        newestFirst(Array(releases), scheme: scheme) { $0 }.first
    }

    /// Puts releases in one order, the newest first.
    ///
    /// `compare` alone gives none where a project mixes names: of `2.0`, `main` and `1.0`, created one after
    /// the other, each is newer than the one before, and the first is newer than the last. So versions of one
    /// package keep their order, all others are ordered by creation, and these rows are merged by the creation
    /// of what comes next in each.
    package static func newestFirst<Release>(
        _ releases: [Release], scheme: ReleaseScheme, by point: (Release) -> ReleasePoint
    ) -> [Release] {
        // By package; all that are no versions are one row.
        var rows: [String: [Entry]] = [:]
        for (index, release) in releases.enumerated() {
            let point = point(release)
            let version = scheme == .semver ? Version(point.name) : nil
            rows[version.map { "@" + $0.package } ?? "", default: []].append(
                Entry(index: index, point: point, version: version, turn: point.created))
        }
        var merged: [Entry] = []
        for (_, row) in rows.sorted(by: { $0.key < $1.key }) {
            var turn = UInt64.max
            for var entry in row.sorted(by: Entry.isNewer) {
                // It waits for those of its row that are newer.
                turn = min(turn, entry.point.created)
                entry.turn = turn
                entry.place = merged.count
                merged.append(entry)
            }
        }
        merged.sort { ($1.turn, $0.place) < ($0.turn, $1.place) }
        return merged.map { releases[$0.index] }
    }

    private struct Entry {
        var index: Int
        var point: ReleasePoint
        var version: Version?
        /// The creation of the oldest of those that stand before it in its row, and of itself.
        var turn: UInt64
        var place = 0

        static func isNewer(_ a: Entry, _ b: Entry) -> Bool {
            if let x = a.version, let y = b.version, let order = x.compare(to: y), order != 0 {
                return order > 0
            }
            return (b.point.created, b.point.name) < (a.point.created, a.point.name)
        }
    }
}
