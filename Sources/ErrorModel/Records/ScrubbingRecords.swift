/// What is taken out of a project's events before they are stored was set.
package struct ProjectScrubbingChanged: StateRecord, Hashable {
    package static let kind = RecordKind.projectScrubbingChanged

    package var project: UInt32
    package var rules: ScrubbingRules
    package var actor: String

    package init(project: UInt32, rules: ScrubbingRules, actor: String) {
        (self.project, self.rules, self.actor) = (project, rules, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let rules = try? ScrubbingRules(data["scrubbing"] ?? .null) else {
            throw reader.fail("scrubbing")
        }
        self.init(
            project: try reader.unsigned("project"), rules: rules,
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "scrubbing": rules.json, "actor": .string(actor),
        ]
    }
}
