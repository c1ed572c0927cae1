import ErrorModel
import EventLog
import HTTPTypes
import NIOPosix
import Projections

/// What a request is answered from: the views as they are, or as they were at an offset.
struct Moment: Sendable {
    /// Nothing at or above it is in the answer; nil: the present, as far as each view has come.
    let end: UInt64?
    /// What relative times count back from: now, or when the past ended.
    let now: Timestamp
    let issues: any ViewReading
    let releases: any ViewReading
    let reports: any ViewReading
    let facets: any ViewReading
    let artifacts: any ViewReading
    private let app: Faultlog
    /// The projects of the past; nil: those of the present.
    private let past: [Project]?

    /// The present.
    init(of app: Faultlog) {
        self.app = app
        end = nil
        now = app.now
        issues = app.issues
        releases = app.releases
        reports = app.reports
        facets = app.facets
        artifacts = app.artifacts
        past = nil
    }

    /// The past below `end`.
    init(of app: Faultlog, below end: UInt64, now: Timestamp) async throws {
        self.app = app
        self.end = end
        self.now = now
        let views = app.past
        issues = ViewAsOf(IssuesProjection.self, live: app.issues, past: views, offset: end)
        releases = ViewAsOf(ReleasesProjection.self, live: app.releases, past: views, offset: end)
        reports = ViewAsOf(ReportsProjection.self, live: app.reports, past: views, offset: end)
        facets = ViewAsOf(FacetsProjection.self, live: app.facets, past: views, offset: end)
        artifacts = ViewAsOf(
            ArtifactsProjection.self, live: app.artifacts, past: views, offset: end)
        let projects = ViewAsOf(
            ProjectsProjection.self, live: app.projectsView, past: views, offset: end)
        // A project never goes: the present knows the salt of each.
        past = try await projects.read(ProjectRow.fetchAll).value.compactMap { row in
            app.projects.project(id: row.id).map { Project(row: row, salt: $0.salt) }
        }
    }

    /// The issues view of the past; nil: that of the present.
    var issuesOfPast: (any ViewReading)? { end == nil ? nil : issues }

    /// All projects, by number.
    var projects: [Project] { past ?? app.projects.all }

    /// The project of a number.
    func project(id: UInt32) -> Project? {
        past == nil ? app.projects.project(id: id) : past?.first { $0.id == id }
    }

    /// A project by its number or its slug; nil where there was none.
    func project(named name: String) -> Project? {
        guard let past else { return app.projects.project(named: name) }
        return UInt32(name).flatMap { number in past.first { $0.id == number } }
            ?? past.first { $0.slug == name }
    }

    /// The same; throws a 404 that names it.
    func project(_ name: String?) throws -> Project {
        guard let name, let project = project(named: name) else {
            throw Problem(.notFound, "there is no project '\(name ?? "")'")
        }
        return project
    }
}

extension API {
    /// The moment that a request asks about: with `as_of` the past, else the present, when the
    /// views that answer have come as far as `at_least` says.
    func moment(_ reader: RequestReader, _ views: any LiveView...) async throws -> Moment {
        guard let text = reader.names("as_of") ? reader.timeText("as_of") ?? "" : nil else {
            try await catchUp(views, to: reader)
            return Moment(of: app)
        }
        if reader.text("at_least") != nil {
            throw Problem(.badRequest, "'as_of' and 'at_least' do not go together: take one")
        }
        guard let asOf = AsOf(text) else {
            throw Problem(
                .badRequest,
                "'as_of' must be an offset of the log or an RFC 3339 time, for example "
                    + "2026-11-20T10:11:12Z")
        }
        let present = app.log.durableOffset
        let asked = app.now
        let (end, now) = try await app.readers.runIfActive { [app] in
            let found = try asOf.resolve(app.log, present: present, now: asked)
            try app.requireReachable(found.end)
            return found
        }
        return try await Moment(of: app, below: end, now: now)
    }
}

extension Faultlog {
    /// Throws at once what folds would find out later, and for all views together.
    ///
    /// Blocks while a folder is listed.
    fileprivate func requireReachable(_ end: UInt64) throws {
        let views = [issues, releases, reports, facets, projectsView]
        let first = past.firstOffset(of: views.map(\.status.fileName))
        if let first, first <= end { return }
        // The present needs no fold.
        if end == log.durableOffset { return }
        throw PastError.gone(first: first ?? log.durableOffset)
    }
}

/// A moment of the past, as a request names it.
enum AsOf: Hashable, Sendable {
    /// Everything below it.
    case offset(UInt64)
    /// Everything received until then.
    case time(Timestamp)

    /// Reads digits as an offset and everything else as a time; nil where it is neither.
    init?(_ text: String) {
        if !text.isEmpty,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            guard let offset = UInt64(text) else { return nil }
            self = .offset(offset)
            return
        }
        guard let time = Timestamp(rfc3339: text) else { return nil }
        self = .time(time)
    }

    /// The first offset that is not in the answer, and what relative times count back from there.
    ///
    /// Blocks while a little of the log is read.
    func resolve(
        _ log: EventLog, present: UInt64, now: Timestamp
    ) throws -> (end: UInt64, now: Timestamp) {
        let reader = log.makeReader()
        switch self {
        case .offset(let end):
            guard end <= present else { throw Self.beyond(present) }
            // Until the next record came, this was the present.
            guard end < present, let time = try reader.time(at: end) else { return (end, now) }
            return (end, Timestamp(microseconds: time))
        case .time(let time):
            guard time <= now else { throw Self.beyond(present) }
            let end = try reader.firstOffset(receivedAfter: time.microseconds)
            return (min(end, present), time)
        }
    }

    private static func beyond(_ present: UInt64) -> Problem {
        Problem(
            .badRequest, "'as_of' is beyond the present, offset \(present)",
            members: [("presentOffset", .integer(Int64(clamping: present)))])
    }
}

extension Problem {
    init(_ error: PastError) {
        switch error {
        case .busy, .folding:
            self = .unavailable(error.description)
        case .gone(let first):
            self.init(
                .gone, error.description,
                members: first.map { [("firstOffset", .integer(Int64(clamping: $0)))] } ?? [])
        case .tooLarge:
            self.init(.init(code: 507, reasonPhrase: "Insufficient Storage"), error.description)
        }
    }
}
