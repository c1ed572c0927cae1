import NIOHTTP1
import Testing

@testable import LogServer

struct IngestRouteTests {
    @Test(arguments: [
        ("/api/1/envelope/", IngestRoute.envelope(project: "1")),
        ("/api/1/envelope", .envelope(project: "1")),
        ("/api/shop/envelope/?sentry_key=k", .envelope(project: "shop")),
        ("/api/1/store/", .store(project: "1")),
        ("/api/1/store?x=/", .store(project: "1")),
        ("/api/events/store/", .store(project: "events")),
        ("/api/events", .events),
        ("/api/events/", .events),
        ("/api/events?key=1#x", .events),
    ])
    func `paths that SDKs send to`(target: String, route: IngestRoute) {
        #expect(IngestRoute.match(method: .POST, target: target) == .ingest(route))
        #expect(IngestRoute.match(method: .OPTIONS, target: target) == .preflight)
        for method in [HTTPMethod.GET, .HEAD, .PUT, .DELETE, .PATCH] {
            #expect(IngestRoute.match(method: method, target: target) == .wrongMethod)
        }
    }

    @Test(arguments: [
        "", "/", "/api", "/api/", "/api/1", "/api/1/", "/api//envelope/", "/api/1/envelope/x",
        "/api/1/envelopes", "/api/events/1", "/apis/1/envelope", "/api/error-issues",
        "/api/projects", "/api/log?x=/api/1/envelope/", "*", "http://h/api/1/envelope/",
    ])
    func `everything else is the API's`(target: String) {
        #expect(IngestRoute.match(method: .POST, target: target) == nil)
    }

    @Test(arguments: [
        ("shop", true), ("a", true), ("a-b_9", true), ("", false), ("9a", false), ("-a", false),
        ("Shop", false), ("a b", false), ("ä", false), ("a/b", false),
        (String(repeating: "a", count: 50), true), (String(repeating: "a", count: 51), false),
    ])
    func `slugs`(text: String, isSlug: Bool) {
        #expect(Faultlog.isSlug(text) == isSlug)
    }
}
