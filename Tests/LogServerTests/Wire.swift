import ErrorModel
import Foundation

/// Runs blocking work on a thread of its own: the server under test needs the shared ones.
func onThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

struct WireError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// One HTTP answer, as it came.
struct WireAnswer: Sendable {
    var status = 0
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    var detail: String { json["detail"]?.string ?? "" }
}

/// Where a test knocks.
enum Door: Sendable, CaseIterable {
    case tcp
    case socket
}

/// A blocking HTTP/1.1 connection that sends exactly what it is told.
final class Wire: Sendable {
    private let descriptor: Int32
    private let buffer = Buffer()

    private final class Buffer: @unchecked Sendable {
        // Sendable: a connection is used by one thread at a time.
        var bytes: [UInt8] = []
    }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw WireError("cannot connect: \(errno)") }
        limitWaits()
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw WireError("cannot connect: \(errno)") }
        limitWaits()
    }

    deinit { close(descriptor) }

    /// A test that waits longer has found a server that hangs; a busy machine with a slow disk
    /// takes seconds for some dozen syncs one after the other.
    private func limitWaits() {
        var time = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress! + sent, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw WireError("cannot send: \(errno)") }
            sent += count
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one answer; one to HEAD has no body.
    func answer(toHead: Bool = false) throws -> WireAnswer {
        var answer = try head()
        if toHead || answer.status == 100 { return answer }
        if let length = answer.headers["content-length"].flatMap({ Int($0) }) {
            answer.body = try take(length)
        } else if answer.headers["transfer-encoding"] == "chunked" {
            while case let part = try chunk(), !part.isEmpty { answer.body += part }
        }
        return answer
    }

    /// Reads the head of an answer.
    func head() throws -> WireAnswer {
        var answer = WireAnswer()
        let status = try line()
        answer.status = Int(status.split(separator: " ").dropFirst().first ?? "") ?? 0
        guard status.hasPrefix("HTTP/1.1 ") else { throw WireError("no answer but: \(status)") }
        while case let line = try line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] =
                parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return answer
    }

    /// One piece of a chunked body; empty at its end.
    func chunk() throws -> [UInt8] {
        guard let size = Int(try line(), radix: 16) else { throw WireError("no chunk") }
        let part = try take(size)
        _ = try line()
        return part
    }

    /// Everything up to the end of the connection.
    func rest() throws -> String {
        while try fill() {}
        defer { buffer.bytes = [] }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    /// Sends as much as the other side takes without reading anything, and says how much that was.
    ///
    /// It has stopped taking when nothing goes for `patience` seconds.
    func sendUntilStuck(_ bytes: [UInt8], patience: Int) throws -> Int {
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        defer { limitWaits() }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else if errno != EINTR { break }
        }
        return sent
    }

    /// Ends the connection as a program does that dies with bytes unread: with a reset.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Whether the server has closed the connection.
    func isClosed() throws -> Bool { try buffer.bytes.isEmpty && !fill() }

    /// The next line, without its end.
    func line() throws -> String {
        while true {
            if let end = buffer.bytes.firstIndex(of: 10) {
                let line = String(decoding: buffer.bytes[..<end], as: UTF8.self)
                buffer.bytes.removeSubrange(...end)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            guard try fill() else { throw WireError("closed in the middle of a line") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.bytes.count < count {
            guard try fill() else { throw WireError("closed in the middle of a body") }
        }
        defer { buffer.bytes.removeSubrange(..<count) }
        return Array(buffer.bytes[..<count])
    }

    private func fill() throws -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &part, part.count, 0)
        if count < 0 {
            if errno == ECONNRESET { return false }
            throw WireError("nothing came: \(errno)")
        }
        buffer.bytes += part[..<count]
        return count > 0
    }
}
