import EventLogTestSupport
import Projections
import Testing

struct SearchParseTests {
    /// A query, and the same with every text in quotes and every group in parentheses.
    private static let readings = [
        ("boom", #""boom""#), ("a b", #""a" "b""#), (" a  b ", #""a" "b""#),
        ("a AND b", #""a" "b""#), ("a OR b", #""a" OR "b""#),
        ("a b OR c", #"("a" "b") OR "c""#), ("a (b OR c)", #""a" ("b" OR "c")"#),
        ("a OR b OR c d", #""a" OR "b" OR ("c" "d")"#), ("((a))", #""a""#),
        ("(a b) c", #"("a" "b") "c""#), ("!a", #"!"a""#), ("-a b", #"!"a" "b""#),
        ("NOT a", #"!"a""#), ("NOT !-a", #"!!!"a""#), ("!(a b)", #"!("a" "b")"#),
        ("(a)(b)", #""a" "b""#), ("or and not ORx", #""or" "and" "not" "ORx""#),
        ("\"OR\"", #""OR""#), ("\"a b\"", #""a b""#), (#""a \"b\" \\ \* c:\d""#, nil),
        ("foo*bar", #""foo*bar""#), ("a**b", #""a*b""#), ("a\tb\nc", #""a" "b" "c""#),
        ("is:open", "is:open"), ("IS:Open", "is:open"), ("is:unresolved", nil),
        ("has:user", nil), ("project:shop", #"project:"shop""#),
        ("level:error", "level:error"), ("level:>=warning", nil), ("level:info..error", nil),
        ("action:unhandled", "action:UNHANDLED"), ("type:*Error", #"type:"*Error""#),
        ("title:\"a b\"", nil), ("environment:production", #"environment:"production""#),
        ("culprit:\"\"", nil), ("value:a:b", #"value:"a:b""#),
        ("release:1.2.3", #"release:"1.2.3""#), ("release:>=1.2", #"release:>="1.2""#),
        ("release:1.0..2.0", #"release:"1.0".."2.0""#), ("release:\"1..2\"", nil),
        ("firstRelease:<\"a b\"", nil), ("release:*-rc.*", #"release:"*-rc.*""#),
        ("events:100", "events:100"), ("events:>100", nil), ("events:10..50", nil),
        ("users:<=3", nil), ("accounts:<2", nil), ("lastSeen:>-24h", nil),
        ("lastSeen:-7d", "lastSeen:>=-7d"), ("lastseen:<-0s", "lastSeen:<-0s"),
        ("firstSeen:<2026-11-01", nil), ("firstSeen:2026-11-01..2026-11-03", nil),
        ("lastSeen:-2w..-1w", nil),
        ("firstSeen:>=2026-11-01T10:00+01:00", "firstSeen:>=2026-11-01T09:00:00.000Z"),
        ("user:a@example.org", #"user:"a@example.org""#), ("!account:acme", #"!account:"acme""#),
        ("tag.region:eu*", #"tag.region:"eu*""#),
        (#"tag."my region":eu"#, #"tag."my region":"eu""#), (#"TAG."a":x*"#, #"tag.a:"x*""#),
        (#"!tag."a:b":"c d" x"#, nil), (#"tag."\"(\*":x"#, nil),
        ("is:open (level:fatal OR events:>100) !environment:dev timeout", nil),
    ]

    @Test func `a query is read as it is meant`() throws {
        for (query, reading) in Self.readings {
            let search = try Search(query)
            let root = try #require(search.root, "\(query)")
            if let reading {
                #expect(root.text == reading)
            }
            #expect(try Search(root.text).root?.withoutPlaces == root.withoutPlaces, "\(query)")
        }
        for blank in ["", " ", "\t\n"] { #expect(try Search(blank).root == nil) }
    }

    @Test func `terms know their places`() throws {
        let root = try #require(try Search("ü is:open (level:>error OR \"a b\") !x").root)
        let text = "ü is:open (level:>error OR \"a b\") !x"
        let parts = root.terms.map { term in
            String(
                decoding: text.utf8.dropFirst(term.place.lowerBound).prefix(term.place.count),
                as: UTF8.self)
        }
        #expect(parts == ["ü", "is:open", "level:>error", "\"a b\"", "x"])
        #expect(root.requiredTerms.count == 2)
    }

    @Test func `a tree written out reads back as it was`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        for _ in 0..<3_000 {
            let node = random.node()
            guard node.terms.count <= SearchLimits.terms,
                node.text.utf8.count <= SearchLimits.queryBytes
            else { continue }
            let read = try Search(node.text).root?.withoutPlaces
            #expect(read == node, "\(node.text)")
        }
    }

    @Test func `every cut and every changed byte gives a tree or an error`() {
        var random = SeededRandom(seed: RandomSearch.seed())
        var trees = 0
        var errors = 0
        func read(_ bytes: some Collection<UInt8>) {
            do {
                let search = try Search(String(decoding: bytes, as: UTF8.self))
                // What can be read can be written and read again.
                guard let root = search.root else { return }
                let again = try? Search(root.text).root?.withoutPlaces
                #expect(again == root.withoutPlaces, "\(search.text)")
                trees += 1
            } catch {
                #expect(error.column >= 1 && !error.found.isEmpty && !error.expected.isEmpty)
                errors += 1
            }
        }
        for (query, _) in Self.readings {
            let bytes = Array(query.utf8)
            for end in 0...bytes.count { read(bytes[..<end]) }
            for place in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[place] ^= 1 << UInt8(bit)
                    read(changed)
                }
                var changed = bytes
                changed[place] = UInt8(random.below(256))
                read(changed)
                changed.remove(at: place)
                read(changed)
            }
        }
        #expect(trees > 1_000 && errors > 1_000)
    }

    @Test func `signs in any order give a tree or an error`() {
        let signs = [
            "(", ")", "!", "-", " ", " OR ", " AND ", "NOT ", "\"", "\\", "*", "..", ":", "level:",
            "events:", "lastSeen:", "release:", "is:", ">", "<", "=", "a", "1", "24h", "ü",
            "e\u{301}",
            "error",
        ]
        var random = RandomSearch(seed: RandomSearch.seed())
        for _ in 0..<5_000 {
            let count = random.random.below(30)
            let query = (0..<count).map { _ in random.pick(signs) }.joined()
            do throws(SearchError) {
                let root = try Search(query).root
                let again = try Search(root?.text ?? "").root
                #expect(again?.withoutPlaces == root?.withoutPlaces, "\(query)")
            } catch {
                #expect((1...query.count + 1).contains(error.column), "\(query)")
            }
        }
    }

    /// Texts of a length, of kinds that a parser may look through more than once.
    private static let long: [@Sendable (Int) -> String] = [
        { String(repeating: "a", count: $0) },
        { "\"" + String(repeating: "\\\"", count: $0 / 2 - 1) + "\"" },
        { String(repeating: "\"", count: $0) },
        { String(repeating: "*", count: $0) },
        { String(repeating: "a", count: $0 - 1) + ":" },
        { "events:" + String(repeating: "1", count: $0 - 7) },
        { "release:" + String(repeating: ".", count: $0 - 8) },
        { String(repeating: "ü", count: $0 / 2) + "(" },
        { String(repeating: " ", count: $0) },
        { String(repeating: "(", count: $0) },
    ]

    @Test func `time grows with the length alone`() {
        let clock = ContinuousClock()
        func shortest(_ query: String) -> Duration {
            // The least of many: what the machine did meanwhile is in the others.
            (0..<40).map { _ in clock.measure { _ = try? Search(query) } }.min() ?? .zero
        }
        for text in Self.long {
            let short = shortest(text(SearchLimits.queryBytes / 16))
            let long = shortest(text(SearchLimits.queryBytes))
            // 16 where it grows with the length, 256 where with its square; and what is too short
            // to be measured.
            #expect(long < short * 64 + .microseconds(200), "\(text(16))")
        }
    }

    @Test func `what is nested or long is refused, not run out of`() {
        func refused(_ query: String) -> SearchError? {
            do throws(SearchError) {
                _ = try Search(query)
                return nil
            } catch { return error }
        }
        let depth = SearchLimits.depth
        for sign in ["(", "!", "-", "NOT "] {
            let close = sign == "(" ? ")" : ""
            func nested(_ count: Int) -> String {
                String(repeating: sign, count: count) + "a" + String(repeating: close, count: count)
            }
            #expect(refused(nested(depth)) == nil)
            #expect(refused(nested(depth + 1))?.column == depth * sign.count + 1)
            #expect(refused(String(repeating: sign, count: 400)) != nil)
        }
        let words = Array(repeating: "a", count: SearchLimits.terms).joined(separator: " ")
        #expect(refused(words) == nil)
        #expect(refused(words + " b")?.column == 2 * SearchLimits.terms + 1)
        let longest = String(repeating: "a", count: SearchLimits.queryBytes)
        #expect(refused(longest) == nil)
        #expect(refused(longest + "a")?.column == SearchLimits.queryBytes + 1)
        #expect(refused(String(repeating: "ü", count: 1 << 20))?.column == 1_025)
        #expect(refused(String(repeating: "a*", count: SearchLimits.wildcards)) == nil)
        #expect(refused(String(repeating: "a*", count: SearchLimits.wildcards + 1)) != nil)
    }
}
