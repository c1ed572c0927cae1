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

    /// The newest of `releases`, or nil where there is none.
    package static func newest(
        of releases: some Sequence<ReleasePoint>, scheme: ReleaseScheme
    ) -> ReleasePoint? {
        var newest: ReleasePoint?
        for release in releases {
            guard let best = newest else {
                newest = release
                continue
            }
            if compare(release, best, scheme: scheme).order > 0 { newest = release }
        }
        return newest
    }
}
