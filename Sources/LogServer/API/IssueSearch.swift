import ErrorModel
import HTTPTypes
import Projections

extension API {
    /// Reads the search of a request and looks up what it needs to know.
    func addSearch(
        _ reader: RequestReader, to query: inout IssueQuery, in moment: Moment
    ) async throws {
        guard let text = reader.text("query") else { return }
        do {
            let search = try Search(text)
            query.facts = try await facts(for: search, project: query.project, reader, moment)
            query.search = search
        } catch let error as SearchError {
            throw Problem(error)
        }
    }

    /// Reads the filters of a request for events of one project.
    func eventFilter(
        _ reader: RequestReader, of project: Project, in moment: Moment
    ) async throws -> (filter: EventFilter, reflects: UInt64?) {
        var filter = EventFilter(
            environment: reader.text("environment"), release: reader.text("release"),
            level: try level(reader))
        filter.user = reader.text("user").map { EventKeys.user($0, salt: project.salt) }
        filter.account = reader.text("account").map { EventKeys.account($0, salt: project.salt) }
        guard let text = reader.text("query") else { return (filter, nil) }
        do {
            let search = try Search(text)
            let questions = try SearchQuestions(search)
            var facts = SearchFacts()
            facts.projects = try projects(questions, search, moment)
            if let found = try await releases(questions, of: [project], reader, moment) {
                facts.releases = found.value
                facts.reflects(found.offset)
            }
            filter.search = try SearchedEvents(
                search,
                SearchedEvents.Scope(project: project.id, salt: project.salt, facts: facts))
            return (filter, facts.offset)
        } catch let error as SearchError {
            throw Problem(error)
        }
    }

    private func projects(
        _ questions: SearchQuestions, _ search: Search, _ moment: Moment
    ) throws -> [String: UInt32] {
        var projects: [String: UInt32] = [:]
        for (name, term) in questions.projects {
            guard let project = moment.project(named: name) else {
                throw search.error(at: term, expected: "a project that there is")
            }
            projects[name] = project.id
        }
        return projects
    }

    private func releases(
        _ questions: SearchQuestions, of projects: [Project], _ reader: RequestReader,
        _ moment: Moment
    ) async throws -> (value: [SearchRange<String>: [ProjectRelease]], offset: UInt64)? {
        if questions.releases.isEmpty { return nil }
        if moment.end == nil { try await catchUp(app.releases, to: reader) }
        let schemes = projects.map { (id: $0.id, scheme: $0.row.releases) }
        return try await moment.releases.read {
            try SearchReleases.fetch(questions.releases, projects: schemes, $0)
        }
    }

    /// - Parameter number: the project whose issues alone are listed, whatever the search says.
    private func facts(
        for search: Search, project number: UInt32?, _ reader: RequestReader, _ moment: Moment
    ) async throws -> SearchFacts {
        let questions = try SearchQuestions(search)
        var facts = SearchFacts()
        facts.projects = try projects(questions, search, moment)
        let only = (number ?? questions.onlyProject.flatMap { facts.projects[$0] })
            .flatMap { moment.project(id: $0) }
        let end = knownEnd(moment)
        if !questions.people.isEmpty { facts.reflects(end) }
        for (person, term) in questions.people {
            guard let only else {
                throw search.error(
                    at: term,
                    expected: "'project' too: users and accounts are hashed per project")
            }
            facts.people[person] = try await issues(of: person, in: only, moment, below: end)
        }
        if !questions.tags.isEmpty {
            if moment.end == nil { try await catchUp(app.facets, to: reader) }
            for (tag, term) in questions.tags {
                let found = try await issues(with: tag, in: only?.id, term, search, moment)
                facts.tags[tag] = found.issues
                facts.reflects(found.offset)
                if !found.isComplete { facts.incompleteTags.insert(tag.key) }
            }
        }
        let releases = try await releases(
            questions, of: only.map { [$0] } ?? moment.projects, reader, moment)
        if let releases {
            facts.releases = releases.value
            facts.reflects(releases.offset)
        }
        return facts
    }

    private func issues(
        with tag: SearchTag, in project: UInt32?, _ term: SearchTerm, _ search: Search,
        _ moment: Moment
    ) async throws -> (issues: [IssueID], isComplete: Bool, offset: UInt64) {
        let (answer, offset) = try await moment.facets.read {
            try TaggedIssues.fetch(tag.key, tag.pattern, project: project, $0)
        }
        guard let issues = answer.issues else {
            throw search.error(
                at: term,
                expected: "a tag that at most \(TaggedIssues.limit) issues have; name a project")
        }
        return (issues, !answer.isCut, offset)
    }

    /// How far the log is looked through for people: no further than the view that shows their issues is.
    func knownEnd(_ moment: Moment) -> UInt64 { moment.end ?? app.issues.status.offset }

    private func issues(
        of person: SearchPerson, in project: Project, _ moment: Moment, below end: UInt64
    ) async throws -> [IssueID] {
        let reader = EventReader(app: app, view: moment.issuesOfPast)
        return switch person {
        case .user(let name):
            try await reader.issues(of: project, user: name, account: nil, below: end)
        case .account(let name):
            try await reader.issues(of: project, user: nil, account: name, below: end)
        }
    }
}

extension Problem {
    fileprivate init(_ error: SearchError) {
        self.init(
            .badRequest, "'query': \(error)",
            members: [
                ("column", .integer(error.column)), ("found", .string(error.found)),
                ("expected", .string(error.expected)),
            ])
    }
}
