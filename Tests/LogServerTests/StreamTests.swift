import ErrorModel
import EventLog
import Foundation
import Testing

@testable import LogServer

/// Streams of events through real sockets.
@Suite struct StreamTests {
    private static func event(_ number: Int) -> String {
        let id = String(repeating: "0", count: 24) + String(format: "%08x", number)
        return #"{"id":"\#(id)","type":"T","message":"m \#(number)"}"#
    }

    private static func hello(_ server: RunningServer, _ more: String = "") -> String {
        "{\"hello\":1,\"key\":\"\(server.key)\"\(more)}\n"
    }

    private static func json(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }

    /// What the server has said, up to the end of the connection.
    private static func rest(_ wire: Wire) throws -> [JSONValue] {
        try wire.rest().split(separator: "\n").map { try json(String($0)) }
    }

    private static func sum(_ lines: [JSONValue], _ name: String) -> Int64 {
        lines.reduce(0) { $0 + ($1[name]?.int64 ?? 0) }
    }

    /// Sends all, ends sending, and returns what came.
    private static func exchange(
        _ server: RunningServer, _ door: Door, _ text: String
    ) async throws -> [JSONValue] {
        try await onThread {
            let wire = try server.stream(door)
            try wire.send(text)
            wire.endSending()
            return try rest(wire)
        }
    }

    /// Waits for what happens soon on another thread; a minute is never.
    private static func eventually(_ isTrue: () -> Bool) async {
        let end = ContinuousClock.now + .seconds(60)
        while !isTrue(), ContinuousClock.now < end { await Task.yield() }
        #expect(isTrue())
    }

    // MARK: events

    @Test(arguments: Door.allCases)
    func `lines become events, once, with acks behind the sync`(door: Door) async throws {
        try await RunningServer.with { server in
            let lines = (1...5).map(Self.event).joined(separator: "\n") + "\r\n"
            let text = Self.hello(server) + lines + Self.event(3) + "\nnonsense\n\n{\"level\":1}\n"
            let answers = try await Self.exchange(server, door, text)
            #expect(answers.first?["hello"]?.int64 == 1)
            #expect(answers.first?["project"]?["slug"]?.string == "shop")
            let acks = Array(answers.dropFirst())
            #expect(acks.last?["ack"]?.int64 == 9)
            #expect(Self.sum(acks, "accepted") == 5 && Self.sum(acks, "duplicate") == 1)
            let reasons = acks.flatMap { $0["reasons"]?.array ?? [] }
            #expect(reasons.map { $0["line"]?.int64 } == [7, 9])
            let byte = lines.utf8.count + Self.event(3).utf8.count + 1
            #expect(reasons.first?["byte"]?.int64 == Int64(byte))
            #expect(reasons.last?["reason"]?.string == "neither type nor message is given")
            #expect(acks.compactMap { $0["offset"]?.int64 }.max() == 5)
            #expect(server.app.log.durableOffset == 6)
            // The same again, over HTTP too: nothing is new.
            let again = try await Self.exchange(server, door, Self.hello(server) + Self.event(2))
            #expect(again.last?["ack"]?.int64 == 1 && again.last?["duplicate"]?.int64 == 1)
            #expect(try await server.post(Self.event(4)).json["duplicate"]?.int64 == 1)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["streams"]?["opened"]?.int64 == 2)
            #expect(status["streams"]?["accepted"]?.int64 == 5)
            #expect(status["streams"]?["duplicate"]?.int64 == 2)
            #expect(status["streams"]?["refused"]?.int64 == 2)
            #expect(status["accepted"]?.int64 == 5 && status["duplicate"]?.int64 == 3)
            #expect(status["refused"]?["invalid_event"]?.int64 == 2)
            let metrics = try await server.send("GET", "/metrics").text
            #expect(metrics.contains("faultlog_stream_events_total{fate=\"accepted\"} 5\n"))
        }
    }

    @Test(arguments: Durability.allCases)
    func `an ack names its class`(durability: Durability) async throws {
        try await RunningServer.with { server in
            let more = ",\"durability\":\"\(durability.rawValue)\""
            let answers = try await Self.exchange(
                server, .tcp, Self.hello(server, more) + Self.event(1))
            #expect(answers.allSatisfy { $0["durability"]?.string == durability.rawValue })
            #expect(answers.last?["accepted"]?.int64 == 1)
            #expect((answers.last?["offset"]?.int64 == nil) == (durability == .async))
            let later = try await server.post(Self.event(2))
            #expect(later.json["offset"]?.int64 == 2)
        }
    }

    @Test func `what a project has scrubbed is not stored, and a key that goes ends its streams`()
        async throws
    {
        try await RunningServer.with { server in
            let secret = #"{"type":"T","message":"m","extra":{"password":"hunter2"}}"#
            _ = try await Self.exchange(server, .socket, Self.hello(server) + secret)
            let log = try await server.send("GET", "/api/log").text
            #expect(log.contains("[Filtered]") && !log.contains("hunter2"))
            let wrong = try await Self.exchange(
                server, .tcp, "{\"hello\":1,\"key\":\"pk_0\"}\n" + Self.event(1))
            #expect(wrong.count == 1 && wrong[0]["error"]?.string == "unknown_key")
            #expect(server.app.counters.snapshot.refused["unknown_key"] == 1)
            #expect(server.app.log.durableOffset == 2)
        }
    }

    @Test(arguments: Door.allCases)
    func `a first line that is no hello is told what to send`(door: Door) async throws {
        try await RunningServer.with { server in
            for (line, error) in [
                ("GET / HTTP/1.1\r\n\r\n", "invalid_json"), (Self.event(1) + "\n", "missing_key"),
                ("{\"hello\":9,\"key\":\"\(server.key)\"}\n", "unknown_version"),
            ] {
                // The client goes on sending: it gets the line all the same.
                let answers = try await onThread {
                    let wire = try server.stream(door)
                    try wire.send(line + String(repeating: Self.event(1) + "\n", count: 1_000))
                    return try Self.rest(wire)
                }
                #expect(answers.count == 1 && answers[0]["error"]?.string == error)
            }
            #expect(server.app.log.durableOffset == 1)
        }
    }

    @Test func `a shipper's events carry the key, which is not stored`() async throws {
        try await RunningServer.with { server in
            let lines = (1...3).map { number in
                Self.event(number).dropLast() + ",\"key\":\"\(server.key)\"}\n"
            }
            let wrong = Self.event(4).dropLast() + ",\"key\":\"pk_0\"}\n"
            let answers = try await Self.exchange(
                server, .tcp, lines.joined() + wrong + Self.event(5) + "\n")
            #expect(answers.isEmpty)
            #expect(server.app.log.durableOffset == 4)
            let log = try await server.send("GET", "/api/log?type=event.captured").text
            #expect(!log.contains(server.key) && log.contains("m 3"))
            let refused = server.app.counters.snapshot.refused
            #expect(refused["unknown_key"] == 1 && refused["missing_key"] == 1)
        }
    }

    @Test func `hostile lines are refused one by one, and the stream goes on`() async throws {
        try await RunningServer.with { server in
            var bytes = Array(Self.hello(server).utf8)
            func line(_ text: String) { bytes += Array(text.utf8) + [10] }
            line(Self.event(1))
            line(#"{"message":"\#(String(repeating: "g", count: 3 << 20))"}"#)
            line(String(repeating: "{\"a\":", count: 100_000))
            line("{\"type\":\"\\ud800\",\"message\":\"lone\"}")
            bytes += Array("{\"type\":\"".utf8) + [0xFF, 0xC0, 0] + Array("\"}\n".utf8)
            bytes += [0, 10]
            // Three bytes of each when it is mended: too much for the log, and only this one.
            bytes += Array("{\"type\":\"B\",\"message\":\"".utf8)
            bytes += [UInt8](repeating: 1, count: 460_000) + Array("\"}\n".utf8)
            line(Self.event(2))
            let all = bytes
            let answers = try await onThread {
                let wire = try server.stream(.tcp)
                try wire.send(all)
                wire.endSending()
                return try Self.rest(wire)
            }
            #expect(answers.last?["ack"]?.int64 == 8)
            #expect(Self.sum(answers, "accepted") == 4)
            let reasons = answers.flatMap { $0["reasons"]?.array ?? [] }
            #expect(reasons.map { $0["line"]?.int64 } == [2, 3, 6, 7])
            #expect(server.app.counters.snapshot.refused["too_large"] == 2)
        }
    }

    @Test func `one event that mending makes too large does not take its batch with it`()
        async throws
    {
        try await RunningServer.with { server in
            var body = Array((Self.event(1) + "\n{\"type\":\"B\",\"message\":\"").utf8)
            body += [UInt8](repeating: 1, count: 460_000)
            body += Array(("\"}\n" + Self.event(2)).utf8)
            let answer = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"], body: body)
            #expect(answer.status == 200 && answer.json["accepted"]?.int64 == 2)
            #expect(answer.json["reasons"]?.array?.first?["line"]?.int64 == 2)
        }
    }

    // MARK: the rate

    @Test func `events over the rate are dropped, named and counted`() async throws {
        try await RunningServer.with { server in
            let limits = #"{"limits":{"eventsPerSecond":1,"burst":1}}"#
            _ = try await server.send("PATCH", "/api/projects/1", body: limits)
            let answers = try await onThread {
                let wire = try server.stream(.socket)
                try wire.send(Self.hello(server))
                var answers = [try Self.json(wire.line())]
                for range in [1...3_600, 3_601...3_605] {
                    let batch = range.map { Self.event($0) + "\n" }.joined()
                    try wire.send(batch)
                    while answers.last?["ack"]?.int64 != Int64(range.upperBound) {
                        answers.append(try Self.json(wire.line()))
                    }
                }
                return answers
            }
            let limited = Self.sum(answers, "limited")
            #expect(limited >= 5 && limited + Self.sum(answers, "accepted") == 3_605)
            let last = try #require(answers.last)
            #expect(last["limitedLines"]?.array?.last?.array?.last?.int64 == 3_605)
            #expect((1...3_600).contains(last["retryAfter"]?.int64 ?? 0))
            let status = try await server.send("GET", "/api/status").json
            #expect(status["dropped"]?["rate_limit"]?.int64 == limited)
        }
    }

    // MARK: ends

    @Test(arguments: Door.allCases)
    func `a client that vanishes in a line leaves what was whole`(door: Door) async throws {
        try await RunningServer.with { server in
            for isReset in [false, true] {
                let text =
                    Self.hello(server) + Self.event(1) + "\n" + Self.event(isReset ? 3 : 2)
                    + "\n{\"type\":\"cut"
                try await onThread {
                    let wire = try server.stream(door)
                    try wire.send(text)
                    _ = try wire.line()
                    var last: Int64 = 0
                    while last < 2 { last = try Self.json(wire.line())["ack"]?.int64 ?? 0 }
                    if isReset { wire.reset() }
                }
            }
            #expect(server.app.log.durableOffset == 4)
            await Self.eventually { server.app.streams.totals.open == 0 }
        }
    }

    @Test func `a stopping server settles, says goodbye and takes no more`() async throws {
        try await RunningServer.with { server in
            let (wire, hello) = try await onThread {
                let wire = try server.stream(.tcp)
                try wire.send(Self.hello(server) + Self.event(1) + "\n{\"cut")
                var hello = try wire.line()
                hello += try wire.line()
                return (wire, hello)
            }
            #expect(hello.contains("\"ack\":1"))
            async let ended: Void = server.app.streams.end(isGraceful: true)
            let answers = try await onThread { try Self.rest(wire) }
            let bye = try #require(answers.last)
            #expect(answers.count == 1 && bye["bye"] != nil)
            #expect(bye["ack"]?.int64 == 1)
            try await onThread { wire.endSending() }
            await ended
            let late = try await Self.exchange(server, .socket, Self.hello(server))
            #expect(late.isEmpty)
        }
    }

    @Test func `a log that takes nothing ends the stream with an error`() async throws {
        try await RunningServer.with { server in
            let wire = try await onThread {
                let wire = try server.stream(.tcp)
                try wire.send(Self.hello(server) + Self.event(1) + "\n")
                _ = try (wire.line(), wire.line())
                return wire
            }
            try await onThread { server.app.log.close() }
            let answers = try await onThread {
                try wire.send(Self.event(2) + "\n" + Self.event(3) + "\n")
                return try Self.rest(wire)
            }
            #expect(answers.count == 1 && answers[0]["error"]?.string == "unavailable")
            #expect(answers[0]["retryAfter"]?.int64 == 5)
            #expect(server.app.counters.snapshot.refused["log_closed"] == 1)
            // A shipper's stream ends without a word.
            let quiet = Self.event(4).dropLast() + ",\"key\":\"\(server.key)\"}\n"
            #expect(try await Self.exchange(server, .socket, String(quiet)).isEmpty)
        }
    }

    @Test func `what is sent again after a restart is counted once`() async throws {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let count = 300
        var acked = 0
        try await RunningServer.with(in: directory) { server in
            acked = try await onThread {
                let wire = try server.stream(.tcp)
                try wire.send(Self.hello(server))
                _ = try wire.line()
                for number in 1...200 { try wire.send(Self.event(number) + "\n") }
                // Gone after the first ack, whatever that covers.
                return Int(try Self.json(wire.line())["ack"]?.int64 ?? 0)
            }
        }
        #expect(acked > 0)
        try await RunningServer.with(in: directory) { server in
            let before = server.app.log.durableOffset
            #expect(before >= UInt64(acked))
            let text = (acked + 1...count).map { Self.event($0) + "\n" }.joined()
            let answers = try await Self.exchange(server, .socket, Self.hello(server) + text)
            #expect(answers.last?["ack"]?.int64 == Int64(count - acked))
            let fates = Self.sum(answers, "accepted") + Self.sum(answers, "duplicate")
            #expect(fates == Int64(count - acked))
            let lines = try await server.send("GET", "/api/log?type=event.captured").text
            #expect(lines.split(separator: "\n").count == count)
        }
    }

    // MARK: bounds

    @Test(arguments: Door.allCases)
    func `a client that reads nothing is not read either, and gets every ack later`(
        door: Door
    ) async throws {
        try await RunningServer.with { server in
            // A hundred refused lines a read, so that acks are as long as they get.
            let size = 2_500
            let count = 12_000
            var lines = [UInt8](repeating: UInt8(ascii: "y"), count: size * count)
            for number in 1...count { lines[number * size - 1] = 10 }
            let bytes = lines
            let (sent, taken, answers) = try await onThread {
                let wire = try server.stream(door)
                try wire.send(Self.hello(server))
                let sent = try wire.sendUntilStuck(bytes, patience: 3)
                let taken = server.app.streams.totals.lines
                wire.endSending()
                return (sent, taken, try Self.rest(wire))
            }
            // It was stuck with few lines taken: those whose acks fill the way back, and the window.
            #expect(sent < bytes.count && taken < count / 2, "\(sent) bytes, \(taken) lines")
            let whole = Int64((sent + size - 1) / size)
            #expect(answers.last?["ack"]?.int64 == whole && Self.sum(answers, "refused") == whole)
            #expect(answers.allSatisfy { $0["reasons"]?.array?.count ?? 0 <= 100 })
        }
    }

    @Test func `a full queue makes the client wait, and loses nothing`() async throws {
        var options = LogOptions()
        options.queueRecordLimit = 1
        try await RunningServer.with(log: options) { server in
            let count = 2_000
            let answers = try await onThread {
                let wire = try server.stream(.tcp)
                try wire.send(Self.hello(server))
                for number in 1...count { try wire.send(Self.event(number) + "\n") }
                wire.endSending()
                return try Self.rest(wire)
            }
            #expect(answers.last?["ack"]?.int64 == Int64(count))
            #expect(Self.sum(answers, "accepted") == Int64(count))
            #expect(server.app.log.durableOffset == UInt64(count + 1))
        }
    }

    /// More than a window, and the log's queue is full all the time.
    @Test(arguments: Door.allCases)
    func `a shipper that hangs up has done its part`(door: Door) async throws {
        var options = LogOptions()
        options.queueRecordLimit = 1
        try await RunningServer.with(log: options) { server in
            let count = StreamLimits.unackedLines + 2_000
            try await onThread {
                let wire = try server.stream(door)
                var text = ""
                for number in 1...count {
                    text += Self.event(number).dropLast() + ",\"key\":\"\(server.key)\"}\n"
                }
                // The end of the wire is that of the connection.
                try wire.send(text)
            }
            await Self.eventually { server.app.log.durableOffset == UInt64(count + 1) }
            await Self.eventually { server.app.streams.totals.open == 0 }
            #expect(server.app.counters.snapshot.refused.isEmpty)
        }
    }

    @Test func `streams over the limit are told, and a closed one makes room`() async throws {
        try await RunningServer.with { server in
            var wires: [Wire] = []
            for _ in 0..<StreamLimits.connections {
                // With a hello, since one that says nothing is closed after a while.
                let (wire, answer) = try await onThread {
                    let wire = try server.stream(.tcp)
                    try wire.send(Self.hello(server))
                    return (wire, try wire.line())
                }
                #expect(answer.contains("\"hello\":1"))
                wires.append(wire)
            }
            #expect(server.app.streams.totals.open == StreamLimits.connections)
            let answers = try await Self.exchange(server, .socket, Self.hello(server))
            #expect(answers.count == 1 && answers[0]["error"]?.string == "too_many_connections")
            #expect(server.app.streams.totals.turnedAway == 1)
            wires.removeLast()
            await Self.eventually { server.app.streams.totals.open < StreamLimits.connections }
            let next = try await Self.exchange(server, .tcp, Self.hello(server) + Self.event(1))
            #expect(next.last?["accepted"]?.int64 == 1)
        }
    }

    @Test func `the socket is its owner's alone, and goes with the server`() async throws {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await RunningServer.with(in: directory) { server in
            #expect(server.streamSocket == directory + "/stream.sock")
            let attributes = try FileManager.default.attributesOfItem(atPath: server.streamSocket)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        #expect(!FileManager.default.fileExists(atPath: directory + "/stream.sock"))
    }
}
