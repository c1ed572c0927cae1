import ErrorModel
import Projections
import Testing

struct SearchQuestionsTests {
    private static func questions(_ text: String) throws -> SearchQuestions {
        try SearchQuestions(Search(text))
    }

    @Test func `a search says what it needs to know`() throws {
        let text = "project:shop (user:a OR user:a OR account:b) release:>1.0 firstRelease:>1.0"
        let asked = try Self.questions(text)
        #expect(Array(asked.projects.keys) == ["shop"])
        #expect(Set(asked.people.keys) == [.user("a"), .account("b")])
        #expect(asked.releases == [.above("1.0")])
        #expect(asked.onlyProject == "shop")
        for text in ["", "a b", "is:open release:1.*"] {
            let asked = try Self.questions(text)
            #expect(asked.projects.isEmpty && asked.people.isEmpty && asked.releases.isEmpty)
        }
    }

    @Test func `only a term that must hold chooses the project`() throws {
        #expect(try Self.questions("a (b project:x)").onlyProject == "x")
        #expect(try Self.questions("!project:x").onlyProject == nil)
        #expect(try Self.questions("project:x OR project:y").onlyProject == nil)
    }

    @Test func `a tag is asked for once, whatever the place`() throws {
        let questions = try Self.questions("is:open tag.region:eu OR (tag.region:eu tag.x:*)")
        #expect(
            Set(questions.tags.keys) == [
                SearchTag(key: "region", pattern: SearchPattern("eu")),
                SearchTag(key: "x", pattern: SearchPattern(pieces: ["", ""])),
            ])
    }

    @Test func `what is costly to look up is bounded`() throws {
        func many(_ term: (Int) -> String, _ count: Int) -> String {
            (0..<count).map(term).joined(separator: " ")
        }
        let people = SearchLimits.people
        let ranges = SearchLimits.releaseRanges
        #expect(throws: Never.self) { try Self.questions(many({ "user:u\($0)" }, people)) }
        #expect(throws: SearchError.self) {
            try Self.questions(many({ "user:u\($0)" }, people + 1))
        }
        #expect(throws: Never.self) { try Self.questions(many({ "release:>\($0).0" }, ranges)) }
        #expect(throws: SearchError.self) {
            try Self.questions(many({ "release:>\($0).0" }, ranges + 1))
        }
    }

    /// Created in this order.
    private static let points = [
        "1.0.0", "shop@1.2.0", "abc", "1.10.0", "2.0.0-rc.1", "2.0.0", "def", "web@0.9",
    ].enumerated().map { ReleasePoint(name: $1, created: UInt64($0)) }

    private static func names(
        _ range: SearchRange<String>, _ scheme: ReleaseScheme = .semver
    ) -> [String] {
        SearchReleases.names(in: range, of: points, scheme: scheme)
    }

    @Test func `releases are compared as versions, whatever their package`() {
        #expect(Self.names(.atLeast("1.2")) == ["shop@1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0"])
        #expect(Self.names(.above("1.2")) == ["1.10.0", "2.0.0-rc.1", "2.0.0"])
        #expect(Self.names(.below("1.2")) == ["1.0.0", "web@0.9"])
        #expect(Self.names(.atMost("1.2")) == ["1.0.0", "shop@1.2.0", "web@0.9"])
        #expect(Self.names(.between("1.10", "2.0")) == ["1.10.0", "2.0.0-rc.1", "2.0.0"])
        #expect(Self.names(.below("shop@9.0")) == ["shop@1.2.0"])
    }

    @Test func `what is no version is compared by creation, where it is known`() {
        #expect(Self.names(.above("abc")) == ["1.10.0", "2.0.0-rc.1", "2.0.0", "def", "web@0.9"])
        #expect(Self.names(.atMost("abc")) == ["1.0.0", "shop@1.2.0", "abc"])
        #expect(Self.names(.above("unknown")) == [])
        #expect(Self.names(.below("2.0.0-rc.1"), .time).count == 4)
        #expect(Self.names(.atLeast("1.2"), .time) == [])
    }
}
