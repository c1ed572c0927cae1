import ErrorModel
import Testing

/// The names that records have by another version of the fingerprint.
struct RegroupedNamesTests {
    private static func issue(_ fingerprint: UInt64) -> IssueID {
        IssueID(project: 1, fingerprint: fingerprint)
    }

    /// 1 and 2 go on in 10, which began with 1; 3 goes on in 30; of 4 nothing is known.
    private static var names: RegroupedNames {
        RegroupedNames(
            heir: { [1: issue(10), 2: issue(10), 3: issue(30)][$0.fingerprint] },
            isOwn: { $0.fingerprint != 2 })
    }

    private static func renamed(_ record: some StateRecord) throws -> JSONValue? {
        names.renamed(type(of: record).kind, record.data, by: .inAppFirst)
    }

    @Test(arguments: [(1, true), (2, false), (3, true), (4, false)])
    func `what was decided goes on where the issue began`(
        fingerprint: UInt64, isTaken: Bool
    )
        throws
    {
        let change = IssueStatusChanged(
            issue: Self.issue(fingerprint), from: .open, to: .resolved, version: 0, actor: "a",
            actorKind: .person)
        let data = try Self.renamed(change)
        #expect((data != nil) == isTaken)
        guard let data else { return }
        #expect(try IssueStatusChanged(data: data).issue.fingerprint == fingerprint * 10)
        #expect(RegroupedNames.version(data) == .inAppFirst)
        let assigned = IssueAssigned(issue: Self.issue(fingerprint), assignee: "b", actor: "a")
        #expect(try Self.renamed(assigned)?["issue"] == data["issue"])
    }

    @Test func `comments are taken over from all`() throws {
        let comment = IssueCommented(issue: Self.issue(2), comment: "c", actor: "a")
        let data = try #require(try Self.renamed(comment))
        #expect(try IssueCommented(data: data).issue == Self.issue(10))
        let unknown = IssueCommented(issue: Self.issue(4), comment: "c", actor: "a")
        #expect(try Self.renamed(unknown) == nil)
    }

    @Test func `merges are taken over as far as they still say something`() throws {
        func merged(_ moves: [(UInt64, UInt64, UInt64)]) throws -> [IssueMove]? {
            let record = IssueMerged(
                issue: Self.issue(moves[0].2),
                moves: moves.map {
                    IssueMove(
                        part: Self.issue($0.0), from: Self.issue($0.1), to: Self.issue($0.2))
                }, actor: "a", comment: nil)
            return try Self.renamed(record).map { try IssueMerged(data: $0).moves }
        }
        #expect(
            try merged([(3, 3, 1)]) == [
                IssueMove(part: Self.issue(30), from: Self.issue(30), to: Self.issue(10))
            ])
        // They are together already.
        #expect(try merged([(2, 2, 1)]) == nil)
        #expect(try merged([(1, 1, 2)]) == nil)
        // The one that did not begin it takes nobody along.
        #expect(try merged([(2, 2, 3)]) == nil)
        #expect(try merged([(4, 4, 1)]) == nil)
        #expect(try merged([(2, 2, 1), (3, 3, 1)])?.count == 1)
    }

    @Test func `the mark says by which version a record names issues`() throws {
        let data = IssueCommented(issue: Self.issue(1), comment: "c", actor: "a").bytes
        #expect(RegroupedNames.mark(data, .page) == data)
        let marked = try JSONValue(parsing: RegroupedNames.mark(data, .inAppFirst))
        #expect(RegroupedNames.version(marked) == .inAppFirst)
        #expect(RegroupedNames.version(try JSONValue(parsing: data)) == .page)
        #expect(RegroupedNames.version(["grouping": 9]) == nil)
        #expect(RegroupedNames.version(["grouping": "2"]) == nil)
    }

    @Test func `the record of a regrouping is read as it was written`() throws {
        let record = ProjectRegrouped(
            project: 7, version: .inAppFirst, previous: .page, actor: "a", comment: "why")
        #expect(try ProjectRegrouped(data: record.bytes) == record)
        for broken in [
            #"{"project":7,"version":3,"previous":1,"actor":"a"}"#,
            #"{"project":7,"version":"2","previous":1,"actor":"a"}"#,
            #"{"project":7,"previous":1,"actor":"a"}"#, "{}", "[]",
        ] {
            #expect(throws: StateRecordError.self) {
                try ProjectRegrouped(data: Array(broken.utf8))
            }
        }
    }
}
