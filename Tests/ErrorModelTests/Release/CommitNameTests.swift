import ErrorModel
import Testing

/// A commit that is cut short meets its whole form, and nothing else does.
@Suite struct CommitNameTests {
    private static let whole = "4f0c2a91b7de4f0c2a91b7de4f0c2a91b7de4f0c"

    static let cases: [(String, String, Bool)] = [
        (whole, whole, true), (whole, String(whole.prefix(12)), true),
        (whole, String(whole.prefix(7)), true), (whole, String(whole.prefix(6)), false),
        (whole, String(whole.prefix(12)).uppercased(), true),
        (whole, "4f0c2a91b7df", false), ("shop@" + whole, "shop@" + whole.prefix(10), true),
        ("shop@" + whole, "cart@" + whole.prefix(10), false),
        ("shop@" + whole, String(whole.prefix(10)), false),
        // Two that are short, versions and build numbers are what they say.
        (String(whole.prefix(12)), String(whole.prefix(8)), false), ("1234567", "12345678", false),
        ("1.2.3", "1.2.30", false), ("", whole, false),
        (whole + whole.prefix(24), String(whole.prefix(12)), true),
        (whole + whole.prefix(24), whole, true),
    ]

    @Test(arguments: cases)
    func `names meet`(_ a: String, _ b: String, _ expected: Bool) {
        #expect(CommitName.meet(a, b) == expected)
        #expect(CommitName.meet(b, a) == expected)
        let (short, long) = a.utf8.count <= b.utf8.count ? (a, b) : (b, a)
        if short != long, short == short.lowercased() {
            #expect(CommitName.shortForms(of: long).contains(short) == expected)
        }
    }

    @Test func `an event of the commit is one of the release that was resolved in`() {
        let resolved = ReleasePoint(name: Self.whole, created: 1)
        let event = ReleasePoint(name: String(Self.whole.prefix(12)), created: 9)
        for scheme in ReleaseScheme.allCases {
            let (order, by) = ReleaseOrder.compare(event, resolved, scheme: scheme)
            #expect(order == 0 && by == .same)
        }
    }
}
