import ErrorModel
import EventLog
package import Hummingbird
import Logging
import Projections

/// The HTTP API, by noun.
package struct API: Sendable {
    let app: Faultlog
    /// How the server is reached from outside, for DSNs; known once it listens.
    let publicURL: @Sendable () -> String

    package init(app: Faultlog, publicURL: @escaping @Sendable () -> String) {
        self.app = app
        self.publicURL = publicURL
    }

    /// Builds the routes.
    ///
    /// - Parameter token: asked for on every route; nil on the Unix socket, where the permissions
    ///   of the file are the authority.
    package func router(token: AdminToken?) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        if let token { router.add(middleware: TokenMiddleware(token: token)) }
        addIssueRoutes(router)
        addTriageRoutes(router)
        addExplainRoutes(router)
        addTagRoutes(router)
        addEnvironmentRoutes(router)
        addEventRoutes(router)
        addReleaseRoutes(router)
        addProjectRoutes(router)
        addArtifactRoutes(router)
        addSentryUploadRoutes(router)
        addSentryReleaseRoutes(router)
        addReportRoutes(router)
        addFeedbackRoutes(router)
        addTraceLogRoutes(router)
        addFileRoutes(router)
        addLogRoutes(router)
        addTailRoutes(router)
        addRetentionRoutes(router)
        addEraseRoutes(router)
        addBackupRoutes(router)
        addProjectionRoutes(router)
        addRegroupRoutes(router)
        addVerifyRoutes(router)
        addParkedRoutes(router)
        addBisectRoutes(router)
        addHealthRoutes(router)
        addOpenAPIRoute(router)
        return router
    }

    // MARK: what the routes share

    /// Waits until the views have the record that `at_least` names, and everything before it.
    ///
    /// So both an offset that an answer to a batch gave and an `X-Faultlog-Offset` may be handed
    /// back: after either the caller reads its own writes.
    func catchUp(_ views: any LiveView..., to reader: RequestReader) async throws {
        try await catchUp(views, to: reader)
    }

    func catchUp(_ views: [any LiveView], to reader: RequestReader) async throws {
        try reader.refusePast()
        guard let offset = try reader.offset("at_least") else { return }
        let end = app.log.durableOffset
        guard offset <= end else {
            throw Problem(.badRequest, "'at_least' is beyond the end of the log, offset \(end)")
        }
        for view in views { try await view.waitUntil(offset: min(offset + 1, end)) }
    }

    func project(_ name: String?) throws -> Project {
        guard let name, let project = app.projects.project(named: name) else {
            throw Problem(.notFound, "there is no project '\(name ?? "")'")
        }
        return project
    }

    /// Who acts, for the history: the body's `actor`, else `api`.
    func actor(_ body: JSONValue) throws -> String {
        try body.optionalText("actor", limit: APILimits.actorBytes) ?? "api"
    }
}

/// Refuses whoever does not carry the administrator's token.
struct TokenMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext
    let token: AdminToken

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard token.isCarried(by: request.headers[.authorization]) else {
            throw Problem(
                .unauthorized,
                "this route needs 'Authorization: Bearer <token>'; the token was written to the "
                    + "file that the server named at its first start",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        return try await next(request, context)
    }
}

/// Answers every error as a problem document.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(from: request, context: context)
        } catch let error as PastError {
            return Problem(error).response(from: request, context: context)
        } catch let timeout as ViewTimeout {
            return Problem.unavailable(timeout.description)
                .response(from: request, context: context)
        } catch let error as LogError where error.code == .overloaded {
            return Problem.unavailable(error.description)
                .response(from: request, context: context)
        } catch let error as HTTPError {
            let detail =
                error.status == .notFound
                ? "there is no route \(request.method) \(request.uri.path)"
                : error.body ?? error.status.reasonPhrase
            return Problem(error.status, detail).response(from: request, context: context)
        } catch is CancellationError {
            return Problem.unavailable("the server is stopping")
                .response(from: request, context: context)
        } catch {
            context.logger.error(
                "request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(.internalServerError, "an unexpected error; the server's log says more")
                .response(from: request, context: context)
        }
    }
}
