import ErrorModel
import Projections

extension OpenAPIParameter {
    static let project = Self(name: "project", kind: .text, description: "Slug or number.")
    static let ofProject = Self(
        name: "project", kind: .text, description: "Slug or number.", isRequired: true)
    static let environment = Self(
        name: "environment", kind: .text, description: "Only of this environment.")
    static let release = Self(name: "release", kind: .text, description: "Only of this release.")
    static let level = Self(
        name: "level", kind: .choice(Level.allCases.map(\.name)),
        description: "Only of this level.")
    static let status = Self(
        name: "status", kind: .text,
        description: "Some of \(IssueStatus.allCases.map(\.rawValue).joined(separator: ", ")), "
            + "divided by commas.")
    static let user = Self(
        name: "user", kind: .text, description: "Only what this user has met; needs a project.")
    static let account = Self(
        name: "account", kind: .text,
        description: "Only what this account has met; needs a project.")
    static let search = Self(
        name: "query", kind: .text,
        description: "A search, such as 'is:unresolved level:>=error lastSeen:-24h timeout'.")
    static let cursor = Self(
        name: "cursor", kind: .text, description: "The 'next' of the page before.")
    static let atLeast = Self(
        name: "at_least", kind: .offset,
        description: "Wait until the record of this offset is in the answer.")
    static let asOf = Self(
        name: "as_of", kind: .moment,
        description: "As it was at this offset of the log, or at this time.")
    static let limit = Self.limit(IssueQuery.limitRange)
    static let summary = Self(
        name: "summary", kind: .flag, description: "Only what a list shows of each event.")
    static let from = Self(name: "from", kind: .time, description: "Not before.")
    static let to = Self(name: "to", kind: .time, description: "Before.")
    static let fromOffset = Self(
        name: "from", kind: .offset, description: "The first offset.")
    static let recordType = Self(
        name: "type", kind: .text, description: "Only records of this type.")

    static func limit(_ range: ClosedRange<Int>?) -> Self {
        Self(name: "limit", kind: .integer(range), description: "How many at most.")
    }

    /// What nearly all reads of views take.
    static let read = [atLeast, asOf]
    static let page = [limit, cursor]
    /// What tells one event from another.
    static let ofEvents = [environment, release, level, user, account, search]
}

extension OpenAPIOperation {
    static let all =
        ingest + issues + triage + events + releases + projects + sourceMaps + log + views + health

    private static let ingest: [OpenAPIOperation] = [
        .init(
            method: .post, path: "/api/{project}/envelope/", summary: "A Sentry envelope.",
            body: .bytes, answer: .object(["id"]), name: "sendEnvelope", tag: "ingest",
            takesKey: true),
        .init(
            method: .post, path: "/api/{project}/store/",
            summary: "One event of an older Sentry SDK.",
            body: .schema("Event"), answer: .object(["id"]), name: "storeEvent", tag: "ingest",
            takesKey: true),
        .init(
            method: .post, path: "/api/{project}/security/",
            summary: "A security report of a browser.",
            body: .object([]), answer: .object([]), name: "reportSecurity", tag: "ingest",
            takesKey: true),
        .init(
            method: .post, path: "/api/{project}/csp-report/", summary: "The same.",
            body: .object([]), answer: .object([]), name: "reportCSP", tag: "ingest",
            takesKey: true),
        .init(
            method: .post, path: "/api/events",
            summary: "Events in our own JSON: one, an array, or one a line.",
            body: .schema("Event"), answer: .schema("Batch"), name: "sendEvents", tag: "ingest",
            takesKey: true),
    ]

    private static let issues: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/error-issues", summary: "List issues.",
            query: [.project, .status] + OpenAPIParameter.ofEvents + [
                OpenAPIParameter(
                    name: "sort", kind: .choice(IssueQuery.Sort.allCases.map(\.rawValue)),
                    description: "The order; lastSeen where none is named."),
                OpenAPIParameter(
                    name: "order", kind: .choice(["asc", "desc"]), description: "Its direction."),
            ] + OpenAPIParameter.page + OpenAPIParameter.read,
            answer: .schema("IssuePage"), name: "listIssues", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}",
            summary: "One issue, with its latest event, history, tags and trend.",
            query: OpenAPIParameter.read, answer: .schema("Issue"), name: "getIssue",
            tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/events",
            summary: "Events of an issue, newest first.",
            query: [.project, .status] + OpenAPIParameter.ofEvents + OpenAPIParameter.page
                + [.summary] + OpenAPIParameter.read,
            answer: .schema("EventPage"), name: "listIssueEvents", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/tags",
            summary: "Tags of an issue, with shares.", query: OpenAPIParameter.read,
            answer: .object(["tags", "tagsComplete"]), name: "listIssueTags", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/bisect",
            summary: "The release in which an issue began, and what else began there.",
            query: [.limit(nil)] + OpenAPIParameter.read,
            answer: .object(
                [
                    "issue", "project", "order", "firstSeen", "firstRelease", "before", "after",
                    "firstEvent", "newIssues", "issues",
                ]), name: "bisectIssue", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/feedback",
            summary: "What people wrote about an issue.",
            query: OpenAPIParameter.page + OpenAPIParameter.read,
            answer: .object(["feedback", "next"]), name: "listIssueFeedback", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/activity",
            summary: "All acts on an issue, oldest first.", query: OpenAPIParameter.read,
            answer: .object(["activity"]), name: "listIssueActivity", tag: "issues"),
        .init(
            method: .get, path: "/api/error-issues/{id}/explain",
            summary: "Why this status, why these events together, why (not) regressed.",
            query: [.atLeast],
            answer: .object(
                [
                    "statusBecause", "groupedBecause", "regressionBecause", "hashedText",
                    "eventsSince",
                ]
            ), name: "explainIssue", tag: "issues"),
        .init(
            method: .get, path: "/api/tail",
            summary: "Events and changes of issues, as they come.",
            query: [.project, .environment, .release, .level, .search, .recordType, .fromOffset] + [
                OpenAPIParameter(
                    name: "once", kind: .flag, description: "End at the present.")
            ], answer: .lines, name: "tailIssues", tag: "issues"),
    ]

    private static let triage: [OpenAPIOperation] = [
        .init(
            method: .patch, path: "/api/error-issues/{id}/status", summary: "Change the status.",
            body: .schema("StatusChange"), answer: .schema("Issue"), name: "setStatus",
            tag: "triage"),
        .init(
            method: .post, path: "/api/error-issues/{id}/merge",
            summary: "Show other issues as one with this one.",
            body: .object(["issues", "actor", "comment"]), answer: .schema("Issue"),
            name: "mergeIssues", tag: "triage"),
        .init(
            method: .post, path: "/api/error-issues/{id}/unmerge",
            summary: "Let merged issues stand alone again.",
            body: .object(["issues", "actor", "comment"]), answer: .schema("Issue"),
            name: "unmergeIssues", tag: "triage"),
        .init(
            method: .put, path: "/api/error-issues/{id}/assignee",
            summary: "Give an issue to somebody.",
            body: .object(["assignee", "actor"]), answer: .schema("Issue"), name: "assignIssue",
            tag: "triage"),
        .init(
            method: .post, path: "/api/error-issues/{id}/comments", summary: "Comment on an issue.",
            body: .object(["comment", "actor"]), answer: .schema("Issue"), name: "commentIssue",
            tag: "triage"),
        .init(
            method: .post, path: "/api/error-issues/{id}/undo", summary: "Take an act back.",
            body: .object(["offset", "actor", "comment"]), answer: .schema("Issue"),
            name: "undoAct", tag: "triage"),
    ]

    private static let events: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/events/{event}", summary: "One event.", query: [.project],
            answer: .schema("Event"), name: "getEvent", tag: "events"),
        .init(
            method: .get, path: "/api/events/{event}/logs",
            summary: "The lines of logs around an event, of its trace.",
            query: [.project, .limit(nil)], answer: .object(["logs", "complete"]),
            name: "listEventLogs", tag: "events"),
        .init(
            method: .get, path: "/api/events/{event}/attachments",
            summary: "Files that came with an event.", query: [.project],
            answer: .object(["attachments"]), name: "listAttachments", tag: "events"),
        .init(
            method: .get, path: "/api/logs", summary: "Lines of logs of a trace.",
            query: [
                .ofProject,
                OpenAPIParameter(
                    name: "trace", kind: .text, description: "Its id.", isRequired: true), .from,
                .to, .limit(nil),
            ], answer: .object(["logs", "complete"]), name: "listLogs", tag: "events"),
        .init(
            method: .get, path: "/api/files/{hash}", summary: "The content of a file.",
            query: [OpenAPIParameter(name: "name", kind: .text, description: "What to call it.")],
            answer: .bytes, name: "getFile", tag: "events"),
        .init(
            method: .get, path: "/api/replays/{replay}",
            summary: "The segments of a session replay.",
            query: [.ofProject], answer: .object(["segments"]), name: "getReplay", tag: "events"),
    ]

    private static let releases: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/origins/{origin}/releases",
            summary: "Releases, newest first, with new and regressed issues and health.",
            query: [.environment] + OpenAPIParameter.read, answer: .schema("ReleasePage"),
            name: "listReleases", tag: "releases"),
        .init(
            method: .post, path: "/api/origins/{origin}/releases", summary: "Create a release.",
            body: .object(["version", "actor"]), answer: .schema("Release"), status: 201,
            name: "createRelease", tag: "releases"),
        .init(
            method: .patch, path: "/api/origins/{origin}/releases/{release}",
            summary: "Finalize a release.", body: .object(["finalized", "actor"]),
            answer: .schema("Release"), name: "finalizeRelease", tag: "releases"),
        .init(
            method: .get, path: "/api/origins/{origin}/releases/{release}/health",
            summary: "Crash-free sessions and users, by day.", query: [.environment, .atLeast],
            answer: .object(["health", "days"]), name: "getReleaseHealth", tag: "releases"),
        .init(
            method: .get, path: "/api/origins/{origin}/environments",
            summary: "Environments beside each other.",
            query: [.from, .to] + OpenAPIParameter.read, answer: .object(["environments"]),
            name: "compareEnvironments", tag: "releases"),
    ]

    private static let projects: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/projects", summary: "List projects.", query: [.atLeast],
            answer: .object(["projects"]), name: "listProjects", tag: "projects"),
        .init(
            method: .post, path: "/api/projects", summary: "Create a project and its key.",
            body: .object(["slug", "name", "description"]), answer: .schema("Project"),
            status: 201, name: "createProject", tag: "projects"),
        .init(
            method: .get, path: "/api/projects/{project}", summary: "One project.",
            query: [.atLeast], answer: .schema("Project"), name: "getProject", tag: "projects"),
        .init(
            method: .patch, path: "/api/projects/{project}", summary: "Change a project.",
            body: .object(
                [
                    "name", "description", "regression", "releases", "keepDays", "scrubbing",
                    "limits", "actor",
                ]), answer: .schema("Project"), name: "changeProject", tag: "projects"),
        .init(
            method: .post, path: "/api/projects/{project}/rotate-key",
            summary: "Give a project another key.", body: .object(["keepOldSeconds", "actor"]),
            answer: .schema("Project"), name: "rotateKey", tag: "projects"),
        .init(
            method: .get, path: "/api/projects/{project}/client-reports",
            summary: "What SDKs have lost.", query: [.atLeast],
            answer: .object(["clientReports"]), name: "listClientReports", tag: "projects"),
        .init(
            method: .get, path: "/api/projects/{project}/feedback",
            summary: "What people wrote, newest first.",
            query: [
                OpenAPIParameter(
                    name: "unattached", kind: .flag,
                    description: "Only what is about no known issue.")
            ] + OpenAPIParameter.page + OpenAPIParameter.read,
            answer: .object(["feedback", "next"]), name: "listFeedback", tag: "projects"),
    ]

    private static let ofArtifacts = [
        OpenAPIParameter(name: "url", kind: .text, description: "Only of this URL."),
        OpenAPIParameter(name: "debugId", kind: .text, description: "Only of this debug id."),
        OpenAPIParameter(name: "dist", kind: .text, description: "Only of this distribution."),
    ]
    private static let artifactPath = "/api/origins/{origin}/releases/{release}/sourcemaps"

    private static let sourceMaps: [OpenAPIOperation] = [
        .init(
            method: .post, path: artifactPath, summary: "Upload scripts and source maps.",
            body: .form, answer: .object(["project", "release", "dist", "artifacts", "skipped"]),
            status: 201, name: "uploadSourceMaps", tag: "source maps"),
        .init(
            method: .get, path: artifactPath, summary: "Scripts and source maps of a release.",
            query: ofArtifacts + OpenAPIParameter.page + OpenAPIParameter.read,
            answer: .object(["artifacts", "next"]), name: "listSourceMaps", tag: "source maps"),
        .init(
            method: .delete, path: artifactPath, summary: "Take them away.", query: ofArtifacts,
            answer: .object(["removed", "more"]), name: "removeSourceMaps", tag: "source maps"),
        .init(
            method: .post, path: "/api/sourcemaps/resolve",
            summary: "Read frames, or the text of a stack, as the original.",
            body: .object(["project", "release", "dist", "frames", "stack", "type", "message"]),
            answer: .object(["frames"]), name: "resolveFrames", tag: "source maps"),
    ]

    private static let log: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/log", summary: "The records of the log, one a line.",
            query: [
                .fromOffset, .project, .recordType,
                OpenAPIParameter(
                    name: "follow", kind: .flag, description: "Go on as records come."),
                OpenAPIParameter(
                    name: "resolved", kind: .flag,
                    description: "Add the original frames to each event."),
            ], answer: .lines, name: "readLog", tag: "log"),
        .init(
            method: .post, path: "/api/log/retention", summary: "Drop the oldest segments.",
            body: .object(["keepDays", "keepBytes", "projects", "dryRun"]),
            answer: .object(["dryRun", "firstOffset", "segments", "bytes", "projects"]),
            name: "retainLog", tag: "log"),
        .init(
            method: .post, path: "/api/log/erase", summary: "Erase a person.",
            body: .object(["project", "user", "apply", "actor"]),
            answer: .object(["applied", "events", "segments", "bytes", "recordOffset"]),
            name: "erasePerson", tag: "log"),
        .init(
            method: .post, path: "/api/log/backup", summary: "Copy log and views, while it runs.",
            body: .object(["to", "copy"]),
            answer: .object(["to", "nextOffset", "segments", "linked", "copiedBytes", "gaps"]),
            name: "backUp", tag: "log"),
    ]

    private static let views: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/projections", summary: "The views, and how far they are.",
            answer: .object(["projections"]), name: "listProjections", tag: "views"),
        .init(
            method: .post, path: "/api/projections/{name}/rebuild", summary: "Fold a view anew.",
            answer: .object(["projections"]), name: "rebuildProjection", tag: "views"),
        .init(
            method: .post, path: "/api/projections/{name}/verify",
            summary: "Fold a view beside the serving one and compare.",
            query: [
                OpenAPIParameter(
                    name: "from", kind: .choice(["digests", "payloads"]),
                    description: "What is folded.")
            ], answer: .object(["equal", "views"]), name: "verifyProjection", tag: "views"),
        .init(
            method: .get, path: "/api/projections/{name}/parked",
            summary: "Records that a view could not fold.", query: OpenAPIParameter.page,
            answer: .object(["name", "parked", "next"]), name: "listParked", tag: "views"),
        .init(
            method: .post, path: "/api/projections/{name}/parked/retry",
            summary: "Try them again.", answer: .object(["name", "before", "parked"]),
            name: "retryParked", tag: "views"),
        .init(
            method: .post, path: "/api/projections/regroup",
            summary: "Group a project by another version of the fingerprint.",
            body: .object(["project", "to", "undo", "dryRun", "actor", "comment"]),
            answer: .object(["project", "version", "previous", "record"]), name: "regroup",
            tag: "views"),
    ]

    private static let health: [OpenAPIOperation] = [
        .init(
            method: .get, path: "/api/status", summary: "Offsets, views and counts.",
            answer: .object(
                [
                    "nextOffset", "durableOffset", "projections", "accepted", "duplicate",
                    "refused", "dropped",
                ]), name: "getStatus", tag: "health"),
        .init(
            method: .get, path: "/healthz", summary: "Whether the server answers.",
            answer: .nothing,
            name: "checkHealth", tag: "health"),
        .init(
            method: .get, path: "/readyz", summary: "Whether it is ready.",
            answer: .object(["status", "reasons"]), name: "checkReadiness", tag: "health"),
        .init(
            method: .get, path: "/metrics", summary: "Metrics for Prometheus.", answer: .text,
            name: "getMetrics", tag: "health"),
        .init(
            method: .get, path: "/openapi.json", summary: "This document.", answer: .object([]),
            name: "getDocument", tag: "health"),
    ]
}
