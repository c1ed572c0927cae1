import ErrorModel
import EventLog
import Testing

/// When a release comes to be decides which regressions there are.
struct ReleasePlaceTests {
    private static func event(
        _ type: String, _ release: String, _ server: RunningServer
    ) async throws {
        try await server.post(#"{"type":"\#(type)","message":"m","release":"\#(release)"}"#)
    }

    private static func status(_ issue: String, _ server: RunningServer) async throws -> String? {
        try await server.settle()
        return try await server.send("GET", "/api/error-issues/\(issue)").json["status"]?.string
    }

    @Test(arguments: ["PATCH", "POST"])
    func `a release that is finalized or created by hand has its place from then on`(
        method: String
    ) async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue(#"{"type":"A","message":"m","release":"1.0.0"}"#)
            let made =
                method == "POST"
                ? try await server.send(
                    "POST", "/api/origins/shop/releases", body: #"{"version":"2.0.0"}"#)
                : try await server.send(
                    "PATCH", "/api/origins/shop/releases/2.0.0", body: #"{"finalized":true}"#)
            #expect((200..<300).contains(made.status), "\(made.text)")
            let resolved = try await server.changeStatus(
                of: issue, #"{"status":"resolved","inNextRelease":true}"#)
            #expect(resolved.json["resolvedIn"]?.string == "2.0.0")
            try await Self.event("A", "2.0.0", server)
            #expect(try await Self.status(issue, server) == "resolved")
            try await Self.event("A", "2.0.1", server)
            #expect(try await Self.status(issue, server) == "regressed")
        }
    }

    @Test(arguments: ["time", "semver"])
    func `a resolve in a release that nobody has seen makes none`(order: String) async throws {
        try await RunningServer.with { server in
            let changed = try await server.send(
                "PATCH", "/api/projects/shop", body: #"{"releases":"\#(order)"}"#)
            #expect(changed.status == 200)
            let first = try await server.makeIssue(#"{"type":"A","message":"m","release":"r1"}"#)
            let second = try await server.makeIssue(#"{"type":"B","message":"m","release":"r1"}"#)
            #expect(
                try await server.changeStatus(of: first, #"{"status":"resolved","release":"r3"}"#)
                    .status == 200)
            try await Self.event("C", "r2", server)
            let next = try await server.changeStatus(
                of: second, #"{"status":"resolved","inNextRelease":true}"#)
            #expect(next.json["resolvedIn"]?.string == "r2")
            try await Self.event("B", "r3", server)
            #expect(try await Self.status(second, server) == "regressed")
            try await Self.event("A", "r3", server)
            #expect(try await Self.status(first, server) == "resolved")
        }
    }

    @Test func `under newer, what came before the release of the resolve only counts`()
        async throws
    {
        try await RunningServer.with { server in
            _ = try await server.send(
                "PATCH", "/api/projects/shop", body: #"{"releases":"time","regression":"newer"}"#)
            let issue = try await server.makeIssue(#"{"type":"A","message":"m","release":"r1"}"#)
            #expect(
                try await server.changeStatus(of: issue, #"{"status":"resolved","release":"R"}"#)
                    .status == 200)
            _ = try await server.send(
                "POST", "/api/origins/shop/releases", body: #"{"version":"X"}"#)
            try await Self.event("A", "X", server)
            #expect(try await Self.status(issue, server) == "resolved")
            try await Self.event("B", "R", server)
            try await Self.event("A", "X", server)
            #expect(try await Self.status(issue, server) == "resolved")
            try await Self.event("A", "Y", server)
            #expect(try await Self.status(issue, server) == "regressed")
        }
    }
}
