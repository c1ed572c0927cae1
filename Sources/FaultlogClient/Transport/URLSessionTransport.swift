import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends with Foundation's URLSession: TLS and proxies come with the system, and nothing has to
/// be built for it.
final class URLSessionTransport: ReportTransport {
    /// Silence of a server after which a request is given up and sent again.
    static let silenceSeconds = 10

    private let session: URLSession
    private let exchanges = Exchanges()

    init(silenceSeconds: Int = silenceSeconds) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = TimeInterval(silenceSeconds)
        // One request at a time: more connections would only wait.
        configuration.httpMaximumConnectionsPerHost = 1
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
    }

    func send(_ request: TransportRequest) async throws -> TransportAnswer {
        guard let url = URL(string: request.url) else { throw URLError(.badURL) }
        var message = URLRequest(url: url)
        message.httpMethod = "POST"
        for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
        message.httpBody = Data(request.body)
        let task = session.dataTask(with: message)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                exchanges.begin(task, continuation)
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    func close() { session.finishTasksAndInvalidate() }
}

/// The requests under way; gathers of each answer no more than is of use.
private final class Exchanges: NSObject, URLSessionDataDelegate, Sendable {
    /// Of an answer so much is kept: ours have less than 20 KiB.
    private static let bodyLimit = 64 << 10

    private struct Exchange {
        var continuation: CheckedContinuation<TransportAnswer, any Error>
        var body: [UInt8] = []
        /// The status of an answer that wants a password.
        var refusal: Int?
    }

    private let running = Mutex<[Int: Exchange]>([:])

    func begin(
        _ task: URLSessionTask, _ continuation: CheckedContinuation<TransportAnswer, any Error>
    ) {
        let id = task.taskIdentifier
        running.withLock { $0[id] = Exchange(continuation: continuation) }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let id = dataTask.taskIdentifier
        running.withLock { running in
            let room = Self.bodyLimit - (running[id]?.body.count ?? 0)
            running[id]?.body += data.prefix(room)
        }
    }

    /// Nobody is asked for a password: the answer is taken as it is, with its status.
    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler:
            @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?)
            -> Void
    ) {
        let method = challenge.protectionSpace.authenticationMethod
        if [NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest].contains(
            method)
        {
            // With the default the request hangs (swift-corelibs-foundation of Swift 6.3).
            let status = (challenge.failureResponse as? HTTPURLResponse)?.statusCode
            let id = task.taskIdentifier
            running.withLock { $0[id]?.refusal = status ?? Self.unauthorized }
            completionHandler(.cancelAuthenticationChallenge, nil)
            task.cancel()
        } else {
            completionHandler(.performDefaultHandling, nil)
        }
    }

    private static let unauthorized = 401

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        let id = task.taskIdentifier
        guard let exchange = running.withLock({ $0.removeValue(forKey: id) }) else { return }
        if let status = exchange.refusal {
            return exchange.continuation.resume(
                returning: TransportAnswer(status: status, headers: [:], body: []))
        }
        guard let response = task.response as? HTTPURLResponse, error == nil
        else {
            exchange.continuation.resume(throwing: error ?? URLError(.badServerResponse))
            return
        }
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            headers["\(name)".lowercased()] = "\(value)"
        }
        exchange.continuation.resume(
            returning: TransportAnswer(
                status: response.statusCode, headers: headers, body: exchange.body))
    }
}
