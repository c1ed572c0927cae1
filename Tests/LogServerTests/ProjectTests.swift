import ErrorModel
import EventLog
import Foundation
import LogServer
import Synchronization
import Testing

struct ProjectTests {
    /// A clock that stands still until it is moved.
    private final class Hands: Sendable {
        private let time = Mutex(Faultlog.systemClock())

        var now: Int64 { time.withLock { $0 } }

        func move(bySeconds seconds: Int64) {
            time.withLock { $0 += seconds * Timestamp.microsecondsPerSecond }
        }
    }

    /// What an event with a key is answered.
    private static func status(_ key: String, _ server: RunningServer) async throws -> Int {
        try await server.send(
            "POST", "/api/events", ["authorization": "Bearer \(key)"],
            body: #"{"type":"T","message":"m"}"#
        ).status
    }

    private static func rotate(
        _ body: String, _ server: RunningServer
    ) async throws -> JSONValue {
        let answer = try await server.send("POST", "/api/projects/shop/rotate-key", body: body)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    @Test func `a key that was replaced is taken as long as was said, also after a restart`()
        async throws
    {
        let hands = Hands()
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var keys: [String] = []
        try await RunningServer.with(in: directory, clock: { hands.now }) { server in
            keys.append(server.key)
            #expect(try await Self.status(keys[0], server) == 200)
            for _ in 0..<2 {
                let project = try await Self.rotate(#"{"keepOldSeconds":60}"#, server)
                keys.append(project["key"]?.string ?? "")
                #expect(project["dsn"]?.string?.contains(keys[keys.count - 1]) == true)
            }
            #expect(Set(keys).count == 3 && keys.allSatisfy { $0.count == 35 })
            for key in keys { #expect(try await Self.status(key, server) == 200) }
            hands.move(bySeconds: 59)
            for key in keys { #expect(try await Self.status(key, server) == 200) }
            let old = try await server.send("GET", "/api/projects/shop").json["oldKeys"]?.array
            #expect(Set((old ?? []).compactMap { $0["key"]?.string }) == Set(keys.dropLast()))
            hands.move(bySeconds: 1)
            for key in keys {
                #expect(try await Self.status(key, server) == (key == keys[2] ? 200 : 403))
            }
            #expect(try await server.send("GET", "/api/projects/shop").json["oldKeys"] == nil)
            // One that was to be taken longer goes with the next that goes at once.
            keys.append(
                try await Self.rotate(#"{"keepOldSeconds":600}"#, server)["key"]?.string ?? "")
            keys.append(try await Self.rotate("{}", server)["key"]?.string ?? "")
        }
        try await RunningServer.with(in: directory, clock: { hands.now }) { server in
            for key in keys {
                #expect(try await Self.status(key, server) == (key == keys[4] ? 200 : 403))
            }
            let wrong = #"{"keepOldSeconds":-1}"#
            let refused = try await server.send(
                "POST", "/api/projects/shop/rotate-key", body: wrong)
            #expect(refused.status == 400)
            let nobody = try await server.send("POST", "/api/projects/no/rotate-key", body: "{}")
            #expect(nobody.status == 404)
        }
    }

    @Test func `a project is called otherwise, and reads say what they reflect`() async throws {
        try await RunningServer.with { server in
            func patch(_ body: String) async throws -> JSONValue {
                let answer = try await server.send("PATCH", "/api/projects/shop", body: body)
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json
            }
            let named = try await patch(#"{"name":"Web shop","description":"sells"}"#)
            #expect(named["name"]?.string == "Web shop" && named["description"]?.string == "sells")
            let kept = try await patch(#"{"name":"Shop","regression":"newer"}"#)
            #expect(kept["description"]?.string == "sells")
            #expect(kept["regression"]?.string == "newer" && kept["slug"]?.string == "shop")
            #expect(try await patch(#"{"description":null}"#)["description"] == nil)
            let end = server.app.log.durableOffset
            for path in ["/api/projects", "/api/projects/shop", "/api/projects/1"] {
                let read = try await server.send("GET", "\(path)?at_least=\(end)")
                #expect(read.headers["x-faultlog-offset"] == String(end), "\(path)")
                let project = read.json["projects"]?.array?.first ?? read.json
                #expect(project["name"]?.string == "Shop" && project["key"] == .string(server.key))
            }
            #expect(try await server.send("GET", "/api/projects/none").status == 404)
            let empty = try await server.send("PATCH", "/api/projects/shop", body: #"{"name":""}"#)
            #expect(empty.status == 400)
        }
    }
}
