/// One HTTP request; always a POST.
public struct TransportRequest: Equatable, Sendable {
    /// The whole address.
    public var url: String
    /// Header fields.
    public var headers: [String: String]
    /// The body.
    public var body: [UInt8]

    /// Makes a request.
    public init(url: String, headers: [String: String], body: [UInt8]) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What a server answered, whatever its status.
public struct TransportAnswer: Equatable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields, their names in lower case.
    public var headers: [String: String]
    /// The body, or its first 64 KiB.
    public var body: [UInt8]

    /// Makes an answer.
    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Carries requests to the server.
///
/// Put your own in where URLSession does not do, for example to send over a client that your
/// server has anyway.
public protocol ReportTransport: Sendable {
    /// Sends a request and returns the answer, whatever its status; follows no redirect, since
    /// the key would go with it.
    ///
    /// Called by one task, one request at a time. It has to end soon after its task is cancelled:
    /// that is how a request that takes too long (15 s) is given up.
    ///
    /// - Throws: what kept an answer from coming; the same request is then sent again later.
    func send(_ request: TransportRequest) async throws -> TransportAnswer

    /// Called once, when nothing more will be sent.
    func close()
}

extension ReportTransport {
    /// Does nothing.
    public func close() {}
}

extension ErrorReporter {
    /// What carries requests where `Options.transport` names nothing else: URLSession.
    ///
    /// For a transport of your own that does something before or after.
    public static func standardTransport() -> any ReportTransport { URLSessionTransport() }

    /// The same with more patience than 10 s, for tests on a machine that is busy with others:
    /// what was given up there would wait for a second attempt in a time that nobody advances.
    package static func patientTransport() -> any ReportTransport {
        URLSessionTransport(silenceSeconds: 600)
    }
}
