package import ErrorModel
package import GRDB

/// An uploaded script or source map as the view has it.
package struct ArtifactRow: Hashable, Sendable {
    package var place: ArtifactPlace
    package var blob: BlobReference
    /// Of a script: the name of its map.
    package var sourceMap: String?
    package var actor: String
    package var offset: UInt64
    package var addedAt: Timestamp

    /// Nil for a row that another version has written and this one cannot read.
    init?(row: Row) {
        guard let kind = ArtifactKind(rawValue: row["kind"]), let hash = BlobHash(row["blob"])
        else { return nil }
        place = ArtifactPlace(
            project: row["project"], release: row["release"], dist: row["dist"], url: row["url"],
            debugID: row["debug_id"], kind: kind)
        blob = BlobReference(hash: hash, byteCount: UInt64(clamping: row["bytes"] as Int64))
        sourceMap = row["sourcemap"]
        actor = row["actor"]
        offset = UInt64(clamping: row["added_offset"] as Int64)
        addedAt = Timestamp(microseconds: row["added_at"])
    }

    fileprivate static func fetch(
        _ db: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [ArtifactRow] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM artifact WHERE \(condition)"),
            arguments: arguments
        ).compactMap(ArtifactRow.init(row:))
    }

    /// The artifact that has exactly this place.
    package static func fetch(at place: ArtifactPlace, _ db: Database) throws -> ArtifactRow? {
        try fetch(
            db,
            where: """
                project = ? AND release = ? AND url = ? AND dist = ? AND debug_id = ? AND kind = ?
                """,
            [
                place.project, place.release, place.url, place.dist, place.debugID,
                place.kind.rawValue,
            ]
        ).first
    }

    /// The hashes of all contents, each once.
    package static func blobs(_ db: Database) throws -> Set<BlobHash> {
        Set(
            try String.fetchAll(db, sql: "SELECT DISTINCT blob FROM artifact")
                .compactMap { BlobHash($0) })
    }
}

/// Finds the artifacts of a project that a frame may mean, in one snapshot of the view.
package struct ArtifactLookup {
    private let project: UInt32
    private let db: Database

    package init(project: UInt32, _ db: Database) {
        (self.project, self.db) = (project, db)
    }

    /// The artifact of a release with a name: of its distribution before one of all, the newest of
    /// several builds.
    ///
    /// - Parameter debugID: of the build; where it is not empty, one with this id comes before one
    ///   without an id, and one of another build last.
    package func artifact(
        release: String, dist: String, url: String, kind: ArtifactKind, debugID: String = ""
    ) throws -> ArtifactRow? {
        try ArtifactRow.fetch(
            db,
            where: """
                project = ?1 AND release = ?2 AND url = ?3 AND dist IN (?4, '') AND kind = ?5
                ORDER BY ?6 = '' OR debug_id IN (?6, '') DESC, dist = ?4 DESC,
                    ?6 != '' AND debug_id = ?6 DESC, added_offset DESC
                LIMIT 1
                """,
            [project, release, url, dist, kind.rawValue, debugID]
        ).first
    }

    /// The newest artifact with a debug id, of whatever release.
    package func artifact(debugID: String, kind: ArtifactKind) throws -> ArtifactRow? {
        if debugID.isEmpty { return nil }
        return try ArtifactRow.fetch(
            db,
            where: """
                project = ? AND debug_id = ? AND debug_id != '' AND kind = ?
                ORDER BY added_offset DESC LIMIT 1
                """,
            [project, debugID, kind.rawValue]
        ).first
    }

    /// The release under which artifacts of this one were uploaded: itself, or for a commit its whole
    /// or its short form; itself, too, where several could be meant, or none is there.
    package func uploadedRelease(_ release: String) throws -> String {
        func first(_ condition: String, _ arguments: StatementArguments) throws -> String? {
            try String.fetchOne(
                db.cachedStatement(
                    sql: "SELECT release FROM artifact WHERE project = ? AND \(condition) LIMIT 1"),
                arguments: [project] + arguments)
        }
        if try first("release = ?", [release]) != nil { return release }
        if CommitName.isShort(release) {
            // What begins with it lies together in the key.
            let longer = try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT release FROM artifact
                    WHERE project = ? AND release > ? AND release < ? || 'g' LIMIT \(Self.formLimit)
                    """, arguments: [project, release, release]
            ).filter { CommitName.meet($0, release) }
            if longer.count == 1 { return longer[0] }
        }
        for form in CommitName.shortForms(of: release) {
            if let found = try first("release = ?", [form]) { return found }
        }
        return release
    }

    /// Releases that begin alike and are looked at: two whole commits are too many already.
    private static let formLimit = 100

    /// Some distributions for which one of these names is there.
    package func dists(release: String, urls: [String], limit: Int) throws -> [String] {
        let marks = Array(repeating: "?", count: urls.count).joined(separator: ", ")
        return try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT DISTINCT dist FROM artifact
                    WHERE project = ? AND release = ? AND url IN (\(marks)) ORDER BY dist LIMIT ?
                    """),
            arguments: [project, release] + StatementArguments(urls) + [limit])
    }

    /// Some names of the artifacts of a release, and how many there are.
    package func names(
        release: String, limit: Int
    ) throws -> (names: [String], count: Int) {
        let condition = "project = ? AND release = ? AND url != ''"
        let names = try String.fetchAll(
            db,
            sql: "SELECT DISTINCT url FROM artifact WHERE \(condition) ORDER BY url LIMIT ?",
            arguments: [project, release, limit])
        let count = try Int.fetchOne(
            db, sql: "SELECT count(DISTINCT url) FROM artifact WHERE \(condition)",
            arguments: [project, release])
        return (names, count ?? 0)
    }
}

/// Which artifacts of a release are listed or removed.
package struct ArtifactQuery: Sendable {
    package var project: UInt32
    /// Empty: those that have only a debug id.
    package var release: String
    /// Nil: of every distribution.
    package var dist: String?
    package var url: String?
    package var debugID: String?
    /// Only those whose record lies below it.
    package var addedBelow = UInt64.max

    package init(project: UInt32, release: String) {
        self.project = project
        self.release = release
    }

    /// The artifacts, the newest first, whose record lies below an offset.
    package func fetch(below offset: UInt64, limit: Int, _ db: Database) throws -> [ArtifactRow] {
        var condition = "project = ? AND release = ? AND added_offset < ?"
        var arguments: StatementArguments = [
            project, release, Int64(clamping: min(offset, addedBelow)),
        ]
        for (column, value) in [("dist", dist), ("url", url), ("debug_id", debugID)] {
            guard let value else { continue }
            condition += " AND \(column) = ?"
            arguments += [value]
        }
        arguments += [limit]
        return try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM artifact WHERE \(condition) ORDER BY added_offset DESC LIMIT ?
                """, arguments: arguments
        ).compactMap(ArtifactRow.init(row:))
    }

    /// The releases that have an artifact whose record lies below the offset.
    package static func releases(
        below offset: UInt64, _ db: Database
    ) throws -> [(project: UInt32, release: String)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT project, release FROM artifact WHERE added_offset < ?
                ORDER BY project, release
                """, arguments: [Int64(clamping: offset)]
        ).map { ($0["project"], $0["release"]) }
    }
}
