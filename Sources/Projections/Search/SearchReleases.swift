package import ErrorModel
package import GRDB

/// Which releases lie in a range.
///
/// A release is compared with a bound as a version, where the project orders its releases so and
/// both are versions; a bound without a package, `1.2`, stands for that of any. Else by creation,
/// where the bound is a release of the project. Where neither is so, the release is in no range.
package enum SearchReleases {
    /// The names of those of a project's releases that are in the range.
    package static func names(
        in range: SearchRange<String>, of points: [ReleasePoint], scheme: ReleaseScheme
    ) -> [String] {
        let range = range.map { bound in
            Bound(
                name: bound, version: scheme == .semver ? Version(bound) : nil,
                known: points.first { $0.name == bound })
        }
        return points.filter { point in
            range.contains { compare(point, $0, scheme) }
        }.map(\.name)
    }

    /// One end of a range, and what is known of it.
    private struct Bound: Hashable {
        var name: String
        /// Nil where it is none, or where releases are not compared so.
        var version: Version?
        /// The release of this name, where the project has it.
        var known: ReleasePoint?
    }

    /// All releases of some projects that are in each of some ranges, from the releases view.
    package static func fetch(
        _ ranges: Set<SearchRange<String>>, projects: [(id: UInt32, scheme: ReleaseScheme)],
        _ db: Database
    ) throws -> [SearchRange<String>: [ProjectRelease]] {
        var found = Dictionary(uniqueKeysWithValues: ranges.map { ($0, [ProjectRelease]()) })
        for (project, scheme) in projects {
            let points = try Row.fetchAll(
                db,
                sql: """
                    SELECT version, created_offset FROM release WHERE project = ?
                    ORDER BY created_offset DESC LIMIT ?
                    """, arguments: [project, ReleaseSummary.listLimit]
            ).map { ReleasePoint(name: $0[0], created: UInt64(bitPattern: $0[1])) }
            for range in ranges {
                found[range]? += names(in: range, of: points, scheme: scheme)
                    .map { ProjectRelease(project: project, release: $0) }
            }
        }
        return found
    }

    private static func compare(
        _ point: ReleasePoint, _ bound: Bound, _ scheme: ReleaseScheme
    ) -> Int? {
        if point.name == bound.name { return 0 }
        if let wanted = bound.version {
            let name = wanted.package.isEmpty ? withoutPackage(point.name) : point.name
            // Versions of equal rank are one: 1.2 and 1.2.0.
            if let order = Version(name)?.compare(to: wanted) { return order }
        }
        return bound.known.map { ReleaseOrder.compare(point, $0, scheme: scheme).order }
    }

    private static func withoutPackage(_ name: String) -> String {
        guard let at = name.lastIndex(of: "@") else { return name }
        return String(name[name.index(after: at)...])
    }
}
