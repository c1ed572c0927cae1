package import ErrorModel
package import Projections
import Synchronization

/// A project as ingest needs it.
package final class Project: Sendable {
    package let row: ProjectRow
    /// Keys the hashes of its users and accounts.
    package let salt: [UInt8]
    /// What every payload goes through before anything else.
    let scrubber: Scrubber

    init(row: ProjectRow, salt: [UInt8]) {
        self.row = row
        self.salt = salt
        scrubber = Scrubber(row.scrubbing)
    }

    package var id: UInt32 { row.id }
    package var slug: String { row.slug }
    /// By which version of the fingerprint its events are grouped from when they are taken in.
    package var grouping: FingerprintVersion { row.grouping }
}

/// The projects by number, slug and key, in memory: looked up for each request.
///
/// Safe from any thread; a look-up takes a short lock.
package final class ProjectRegistry: Sendable {
    private struct Index {
        var all: [Project] = []
        var byID: [UInt32: Project] = [:]
        var bySlug: [String: Project] = [:]
        var byKey: [String: (project: Project, until: Timestamp?)] = [:]
    }

    private let directory: DataDirectory
    private let index = Mutex(Index())

    init(directory: DataDirectory) {
        self.directory = directory
    }

    /// Takes what the projects view has.
    func replace(with rows: [ProjectRow]) throws {
        let known = index.withLock { $0.byID }
        let projects = try rows.map { row in
            Project(
                row: row,
                salt: try known[row.id]?.salt ?? SaltStore.load(project: row.id, directory))
        }
        var new = Index(all: projects)
        for project in projects {
            new.byID[project.id] = project
            new.bySlug[project.slug] = project
            for old in project.row.oldKeys { new.byKey[old.key] = (project, old.until) }
        }
        // A key in use is never one that was replaced, whoever had it.
        for project in projects { new.byKey[project.row.key] = (project, nil) }
        index.withLock { $0 = new }
    }

    /// All projects, by number.
    package var all: [Project] { index.withLock { $0.all } }

    /// The project that a key opens; `now` is asked only where it has been replaced.
    package func project(key: String, at now: @autoclosure () -> Timestamp) -> Project? {
        guard let found = index.withLock({ $0.byKey[key] }) else { return nil }
        if let until = found.until, now() >= until { return nil }
        return found.project
    }

    /// The project of a number.
    package func project(id: UInt32) -> Project? { index.withLock { $0.byID[id] } }

    /// A project by its number or its slug.
    package func project(named name: String) -> Project? {
        index.withLock { index in
            UInt32(name).flatMap { index.byID[$0] } ?? index.bySlug[name]
        }
    }
}

/// The salts of the projects: 16 random bytes each, in a file that can be destroyed.
enum SaltStore {
    private static let byteCount = 16

    /// Reads a project's salt, or makes one, durable on return.
    static func load(project: UInt32, _ directory: DataDirectory) throws -> [UInt8] {
        let path = "\(directory.salts)/\(project)"
        if let text = try DataDirectory.readSecret(path) {
            guard text.utf8.count == byteCount * 2,
                let high = HexText.value(String(text.prefix(byteCount))),
                let low = HexText.value(String(text.suffix(byteCount)))
            else {
                throw StartError(
                    "\(path) does not hold a salt (32 hexadecimal digits); put it back from a "
                        + "copy, or delete it to count this project's users anew from now on")
            }
            return bytes(high, low)
        }
        var generator = SystemRandomNumberGenerator()
        let (high, low) = (generator.next(), generator.next())
        try DataDirectory.writeSecret(HexText.text(high) + HexText.text(low), to: path)
        return bytes(high, low)
    }

    private static func bytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
        [high.bigEndian, low.bigEndian].withUnsafeBytes { Array($0) }
    }
}
