/// A project was created.
package struct ProjectCreated: StateRecord, Hashable {
    package static let kind = RecordKind.projectCreated

    package var id: UInt32
    package var slug: String
    package var name: String
    package var description: String?
    /// The key that opens the ingest routes, `pk_…`; it is no secret, browsers send it.
    package var key: String

    package init(id: UInt32, slug: String, name: String, description: String?, key: String) {
        self.id = id
        self.slug = slug
        self.name = name
        self.description = description
        self.key = key
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            id: try reader.unsigned("id"), slug: try reader.string("slug"),
            name: try reader.string("name"), description: data["description"]?.string,
            key: try reader.string("key"))
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .integer(id)), ("slug", .string(slug)), ("name", .string(name)),
        ]
        if let description { members.append(("description", .string(description))) }
        members.append(("key", .string(key)))
        return .pairs(members)
    }
}

/// How a project judges regressions and orders releases was set.
package struct ProjectPolicyChanged: StateRecord, Hashable {
    package static let kind = RecordKind.projectPolicyChanged

    package var project: UInt32
    package var regression: RegressionPolicy
    package var releases: ReleaseScheme
    package var actor: String

    package init(
        project: UInt32, regression: RegressionPolicy, releases: ReleaseScheme, actor: String
    ) {
        self.project = project
        self.regression = regression
        self.releases = releases
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"),
            regression: try reader.choice("regression", RegressionPolicy.self),
            releases: try reader.choice("releases", ReleaseScheme.self),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "regression": .string(regression.rawValue),
            "releases": .string(releases.rawValue), "actor": .string(actor),
        ]
    }
}

/// A project was given another key.
package struct ProjectKeyRotated: StateRecord, Hashable {
    package static let kind = RecordKind.projectKeyRotated

    package var project: UInt32
    /// The new one.
    package var key: String
    /// The keys before are taken up to here; in the past: no more.
    package var oldUntil: Timestamp
    package var actor: String

    package init(project: UInt32, key: String, oldUntil: Timestamp, actor: String) {
        (self.project, self.key, self.oldUntil, self.actor) = (project, key, oldUntil, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let until = Timestamp(text: try reader.string("oldUntil")) else {
            throw reader.fail("oldUntil")
        }
        self.init(
            project: try reader.unsigned("project"), key: try reader.string("key"),
            oldUntil: until, actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "key": .string(key),
            "oldUntil": .string(oldUntil.text), "actor": .string(actor),
        ]
    }
}

/// A project is called, or described, otherwise.
package struct ProjectRenamed: StateRecord, Hashable {
    package static let kind = RecordKind.projectRenamed

    package var project: UInt32
    package var name: String
    package var description: String?
    package var actor: String

    package init(project: UInt32, name: String, description: String?, actor: String) {
        self.project = project
        self.name = name
        self.description = description
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), name: try reader.string("name"),
            description: data["description"]?.string, actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("project", .integer(project)), ("name", .string(name)),
        ]
        if let description { members.append(("description", .string(description))) }
        members.append(("actor", .string(actor)))
        return .pairs(members)
    }
}
