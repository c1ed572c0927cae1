import ErrorModel
import HTTPTypes
import Projections

extension Faultlog {
    /// A slug is lower-case letters, digits, `-` and `_`, begins with a letter, and has at most 50
    /// characters: it stands in URLs and shell commands as it is.
    static let slugLimit = 50

    static func isSlug(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            text.utf8.count <= slugLimit
        else { return false }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }

    /// Creates a project with a key; on return it takes events.
    ///
    /// 409 where the slug is taken.
    func createProject(slug: String, name: String?, description: String?) async throws -> Project {
        guard Self.isSlug(slug) else {
            throw Problem(
                .badRequest,
                "a slug begins with a letter and has lower-case letters, digits, '-' and '_', "
                    + "at most \(Self.slugLimit)")
        }
        return try await projectChanges.run { [self] in
            if projects.project(named: slug) != nil {
                throw Problem(.conflict, "there is a project '\(slug)' already")
            }
            let id = (projects.all.map(\.id).max() ?? 0) + 1
            try makeSalt(project: id)
            let record = ProjectCreated(
                id: id, slug: slug, name: name ?? slug, description: description,
                key: Self.newKey())
            let offset = try await append(record, project: id)
            try await projectsView.waitUntil(offset: offset + 1)
            try await reloadProjects()
            guard let project = projects.project(id: id), project.slug == slug else {
                throw Problem(.internalServerError, "the project was not made; see the log")
            }
            return project
        }
    }

    private static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return "pk_" + HexText.text(generator.next()) + HexText.text(generator.next())
    }

    /// Gives a project another key; the old ones are taken for so many seconds more.
    ///
    /// Holds on return, for open streams too.
    func rotateKey(_ id: UInt32, keepOldSeconds seconds: UInt64, actor: String) async throws {
        let until = now.shifted(byMicroseconds: Int64(seconds) * Timestamp.microsecondsPerSecond)
        try await change(id) { _ in
            ProjectKeyRotated(project: id, key: Self.newKey(), oldUntil: until, actor: actor)
        }
    }

    /// Calls and describes a project otherwise; a nil name leaves it as it is.
    func rename(
        _ id: UInt32, name: String?, description: String??, actor: String
    ) async throws {
        try await change(id) {
            ProjectRenamed(
                project: id, name: name ?? $0.row.name,
                description: description ?? $0.row.description, actor: actor)
        }
    }

    /// The salt is on disk before the project is: no event is ever hashed without it.
    private func makeSalt(project: UInt32) throws {
        do {
            _ = try SaltStore.load(project: project, directory)
        } catch let error as StartError {
            throw Problem.unavailable(error.description)
        }
    }

    /// Sets what is given and leaves the rest as it is.
    func setPolicy(
        _ id: UInt32, regression: RegressionPolicy?, releases: ReleaseScheme?, actor: String
    ) async throws {
        try await change(id) {
            ProjectPolicyChanged(
                project: id, regression: regression ?? $0.row.regression,
                releases: releases ?? $0.row.releases, actor: actor)
        }
    }

    /// Sets for how long a project keeps payloads; nil: as long as the log.
    func setRetention(_ id: UInt32, keepDays: UInt64?, actor: String) async throws {
        try await change(id) { _ in
            ProjectRetentionChanged(project: id, keepDays: keepDays, actor: actor)
        }
    }

    /// Changes how much a project may send from now on; holds on return.
    func setLimits(
        _ id: UInt32, actor: String, _ limits: @escaping @Sendable (ProjectLimits) -> ProjectLimits
    ) async throws {
        try await change(id) {
            ProjectLimitsChanged(project: id, limits: limits($0.row.limits), actor: actor)
        }
        // In turn as well: of two first quotas at once one begins to count.
        try await projectChanges.run { [self] in
            let hasQuota = projects.project(id: id)?.row.limits.eventsPerMonth != nil
            if hasQuota, !gate.quota.isCounting { try await beginQuota() }
        }
    }

    /// Sets what is taken out of the events of a project from now on; holds on return.
    func setScrubbing(_ id: UInt32, _ rules: ScrubbingRules, actor: String) async throws {
        try await change(id) { _ in
            ProjectScrubbingChanged(project: id, rules: rules, actor: actor)
        }
    }

    /// Appends a change of a project and lets ingest know it; nothing where the project is gone.
    ///
    /// In turn with creations: of two changes at once each keeps what the other one sets, and an
    /// older list of projects never takes the place of a newer one.
    private func change(
        _ id: UInt32, _ record: @escaping @Sendable (Project) -> some StateRecord
    ) async throws {
        try await projectChanges.run { [self] in
            guard let project = projects.project(id: id) else { return }
            let offset = try await append(record(project), project: id)
            try await projectsView.waitUntil(offset: offset + 1)
            try await reloadProjects()
        }
    }
}
