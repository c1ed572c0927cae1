import ErrorModel
import EventLogTestSupport
import Foundation
import NIOCore
import Testing

@testable import LogServer

/// Requests that come before the ones ahead of them are answered.
@Suite struct PipeliningTests {
    @Test func `answers known in any order are written in that of their requests`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var queue = AnswerQueue()
        var waiting: [(place: AnswerQueue.Place, number: Int)] = []
        var begun = 0
        var written = 0
        for _ in 0..<3_000 {
            if queue.hasRoom, random.chance(oneIn: 2) {
                waiting.append((queue.begin(byteCount: random.below(40_000)), begun))
                begun += 1
            } else if !waiting.isEmpty {
                let (place, number) = waiting.remove(at: random.below(waiting.count))
                queue.finish(place, .ok(ByteBuffer(string: "\(number)"), nil))
            }
            while let answer = queue.next() {
                #expect(String(buffer: answer.body) == "\(written)", "seed \(seed)")
                written += 1
            }
            #expect(queue.isEmpty == (written == begun), "seed \(seed)")
            #expect(begun - written <= IngestLimits.pipelinedRequests, "seed \(seed)")
        }
        #expect(written > 500, "seed \(seed)")
    }

    /// More than a connection may have in the log's hands, some refused at once, one larger than a read.
    @Test(arguments: Door.allCases)
    func `hundreds in a row, cut anywhere, are answered and kept in their order`(
        door: Door
    ) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        try await RunningServer.with { server in
            let key = ["authorization": "Bearer \(server.key)"]
            var bytes: [UInt8] = []
            var wanted: [Int] = []
            for number in 0..<400 {
                switch number % 7 {
                case 3:
                    bytes += RunningServer.request("POST", "/api/1/store/", body: "{}")
                    wanted.append(401)
                case 5:
                    bytes += RunningServer.request("POST", "/api/events", key, body: "[")
                    wanted.append(400)
                default:
                    let filler = String(repeating: "x", count: number == 99 ? 300_000 : number)
                    bytes += RunningServer.request(
                        "POST", "/api/events", key, body: #"{"message":"m\#(number) \#(filler)"}"#)
                    wanted.append(200)
                }
            }
            let whole = bytes
            let answers = try await onThread { () -> [WireAnswer] in
                var random = SeededRandom(seed: seed)
                var answers: [WireAnswer] = []
                for step in [whole.count, 70_000, 997, 61] {
                    let wire = try server.wire(door)
                    var start = 0
                    while start < whole.count {
                        let end = min(whole.count, start + 1 + random.below(step))
                        try wire.send(Array(whole[start..<end]))
                        start = end
                    }
                    answers += try (0..<400).map { _ in try wire.answer() }
                }
                return answers
            }
            for round in 0..<4 {
                let some = answers[(400 * round)..<(400 * (round + 1))]
                #expect(some.map(\.status) == wanted, "seed \(seed)")
                let offsets = some.compactMap { $0.json["offset"]?.int64 }
                let count = wanted.count { $0 == 200 }
                #expect(offsets.count == count && offsets == offsets.sorted(), "seed \(seed)")
            }
        }
    }

    @Test func `the pipeline's answer waits for those before it`() async throws {
        try await RunningServer.with { server in
            let key = ["authorization": "Bearer \(server.key)"]
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                var bytes: [UInt8] = []
                for number in 0..<100 {
                    bytes += RunningServer.request(
                        "POST", "/api/events", key, body: #"{"message":"m\#(number)"}"#)
                }
                bytes += RunningServer.request("GET", "/healthz")
                bytes += RunningServer.request(
                    "POST", "/api/events", key, body: #"{"message":"last"}"#)
                try wire.send(bytes)
                return try (0..<102).map { _ in try wire.answer() }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(answers.firstIndex { $0.json["offset"] == nil } == 100)
        }
    }

    @Test func `who half closes behind many gets all the answers`() async throws {
        try await RunningServer.with { server in
            let key = ["authorization": "Bearer \(server.key)"]
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                var bytes: [UInt8] = []
                for number in 0..<200 {
                    bytes += RunningServer.request(
                        "POST", "/api/events", key, body: #"{"message":"m\#(number)"}"#)
                }
                // One that never comes whole.
                try wire.send(bytes + Array("POST /api/ev".utf8))
                wire.endSending()
                let answers = try (0..<200).map { _ in try wire.answer() }
                _ = try wire.rest()
                return answers
            }
            #expect(answers.allSatisfy { $0.status == 200 })
        }
    }

    /// The answers are more than the ways back take.
    @Test(arguments: Door.allCases)
    func `who half closes and reads late gets all the answers`(door: Door) async throws {
        try await RunningServer.with { server in
            let key = ["authorization": "Bearer \(server.key)"]
            let (answers, isClosed) = try await onThread { () -> ([WireAnswer], Bool) in
                let wire = try server.wire(door)
                let request = RunningServer.request(
                    "POST", "/api/events", key, body: #"{"message":"m"}"#)
                let bytes = Array(repeatElement(request, count: 4_000).joined())
                // As much as goes without reading, then the rest in step with the answers.
                let sent = try wire.sendUntilStuck(bytes, patience: 2)
                var answers: [WireAnswer] = []
                if sent < bytes.count {
                    while answers.count < sent / request.count {
                        answers.append(try wire.answer())
                    }
                    try wire.send(Array(bytes[sent...]))
                }
                wire.endSending()
                while answers.count < 4_000 { answers.append(try wire.answer()) }
                return (answers, try wire.isClosed())
            }
            #expect(answers.allSatisfy { $0.status == 200 } && isClosed)
            let offsets = answers.compactMap { $0.json["offset"]?.int64 }
            #expect(offsets.count == 4_000 && offsets == offsets.sorted())
        }
    }

    @Test func `what comes behind a request with a file stands behind it in the log`() async throws
    {
        try await RunningServer.with { server in
            let sentry = ["x-sentry-auth": "Sentry sentry_key=\(server.key)"]
            let file = String(repeating: "f", count: 200_000)
            for round in 0..<5 {
                let names = ["a", "b", "c"].map { "\($0)\(round)" }
                let ids = (0..<3).map { String(repeating: "\(round + 1)\($0)", count: 16) }
                var bytes: [UInt8] = []
                for (index, name) in names.enumerated() {
                    var body = "{}\n{\"type\":\"event\"}\n"
                    body += "{\"event_id\":\"\(ids[index])\",\"message\":\"\(name)\"}\n"
                    if index == 0 {
                        body +=
                            "{\"type\":\"attachment\",\"filename\":\"f\",\"length\":200000}\n\(file)\n"
                    }
                    bytes += RunningServer.request("POST", "/api/1/envelope/", sentry, body: body)
                }
                let whole = bytes
                let answers = try await onThread {
                    let wire = try server.wire()
                    try wire.send(whole)
                    return try (0..<3).map { _ in try wire.answer() }
                }
                #expect(answers.allSatisfy { $0.status == 200 })
                var offsets: [Int64] = []
                for id in ids {
                    let answer = try await server.send(
                        "GET", "/api/events/\(id)", ["authorization": "Bearer \(server.token)"],
                        body: [])
                    offsets.append(try #require(answer.json["offset"]?.int64))
                }
                #expect(offsets == offsets.sorted())
            }
        }
    }

    @Test func `who reads no answers is read no further, and gets them all`() async throws {
        try await RunningServer.with { server in
            let request = RunningServer.request("POST", "/api/1/store/", body: "{}")
            let count = 60_000
            let bytes = Array(repeatElement(request, count: count).joined())
            let (sent, refused) = try await onThread {
                let wire = try server.wire()
                let sent = try wire.sendUntilStuck(bytes, patience: 3)
                wire.endSending()
                return (sent, try wire.rest().components(separatedBy: "HTTP/1.1 401").count - 1)
            }
            #expect(sent < bytes.count, "\(sent) bytes")
            #expect(refused == sent / request.count)
        }
    }
}
