import ErrorModel
import Hummingbird
import HTTPTypes
import Testing

@testable import LogServer

struct OpenAPITests {
    /// `/api/projects/{project}` for `/api/projects/:project`.
    private static func path(_ route: String) -> String {
        route.split(separator: "/").map { part in
            part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
        }.reduce("") { "\($0)/\($1)" }
    }

    @Test func `the document has every route, and no other`() async throws {
        try await RunningServer.with { server in
            let router = API(app: server.app, publicURL: { "" }).router(token: nil)
            let routes = router.routes
                .filter { $0.method != .head }
                .map { "\($0.method.rawValue) \(Self.path("\($0.path)"))" }
                // Sentry's own tools speak to those, as Sentry documents them.
                .filter { !$0.contains("/api/0") }
            let told = OpenAPIOperation.all.map { "\($0.method.rawValue.uppercased()) \($0.path)" }
            #expect(Set(told).count == told.count)
            // The ingest routes are answered in front of the router.
            let ingest = OpenAPIOperation.all.filter(\.takesKey)
                .map { "\($0.method.rawValue.uppercased()) \($0.path)" }
            #expect(Set(told).subtracting(ingest) == Set(routes))
            for path in ingest {
                let place = path.split(separator: " ")[1].replacing("{project}", with: "1")
                let answer = try await server.send("POST", String(place), body: "{}")
                #expect(answer.status == 401, "\(path): \(answer.status)")
            }
            #expect(Set(OpenAPIOperation.all.map(\.name)).count == told.count)
        }
    }

    @Test func `every reference is to something that is there`() async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("GET", "/openapi.json")
            #expect(answer.status == 200 && answer.json["openapi"]?.string == "3.1.0")
            var references: [String] = []
            func collect(_ value: JSONValue) {
                if let name = value["$ref"]?.string { references.append(name) }
                for member in value.members ?? [] { collect(member.value) }
                for element in value.array ?? [] { collect(element) }
            }
            collect(answer.json)
            #expect(references.count > 50)
            for reference in Set(references) {
                let parts = reference.split(separator: "/").dropFirst().map(String.init)
                let found = parts.reduce(Optional(answer.json)) { $0?[$1] }
                #expect(found != nil, "\(reference)")
            }
        }
    }

    /// What the server answers has the members that the document promises, and no others.
    @Test func `answers are as the document says`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue(#"{"type":"T","message":"m","release":"1.0.0"}"#)
            let document = try await server.send("GET", "/openapi.json").json
            let schemas = document["components"]?["schemas"]
            func check(_ answer: JSONValue?, _ name: String, isWhole: Bool = true) {
                let schema = schemas?[name]
                let known = Set((schema?["properties"]?.members ?? []).map(\.key))
                let given = Set((answer?.members ?? []).map(\.key))
                let required = (schema?["required"]?.array ?? []).compactMap(\.string)
                #expect(given.isSuperset(of: required), "\(name): \(given)")
                if isWhole { #expect(known.isSuperset(of: given), "\(name): \(given)") }
            }
            let list = try await server.send("GET", "/api/error-issues").json
            check(list, "IssuePage")
            check(list["issues"]?.array?.first, "Issue")
            check(
                try await server.send("GET", "/api/error-issues/\(issue)").json, "Issue",
                isWhole: false)
            let events = try await server.send("GET", "/api/error-issues/\(issue)/events").json
            check(events, "EventPage")
            check(events["events"]?.array?.first, "Event", isWhole: false)
            check(try await server.send("GET", "/api/projects/shop").json, "Project")
            let releases = try await server.send("GET", "/api/origins/shop/releases").json
            check(releases, "ReleasePage")
            check(releases["releases"]?.array?.first, "Release")
            check(try await server.send("GET", "/api/projects/none").json, "Problem")
            check(try await server.post(#"{"type":"T"}"#).json, "Batch")
        }
    }
}
