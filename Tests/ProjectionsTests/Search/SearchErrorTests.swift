import Projections
import Testing

struct SearchErrorTests {
    private struct Wrong {
        var query: String
        var column: Int
        /// The beginning of it.
        var expected: String
        var found: String

        init(_ query: String, _ column: Int, _ expected: String, _ found: String) {
            (self.query, self.column, self.expected, self.found) = (query, column, expected, found)
        }
    }

    private static let wrong = [
        Wrong("(a", 3, "')' for the '(' of column 1", "the end"),
        Wrong("ü (a OR b", 10, "')' for the '(' of column 3", "the end"),
        Wrong("a)", 2, "the end: no '(' is open", "')'"),
        Wrong(")", 1, "a term", "')'"),
        Wrong("()", 2, "a term; a text with parentheses", "')'"),
        Wrong("checkout()", 9, "a space; a text with quotes or parentheses", "'('"),
        Wrong("a OR", 5, "a term", "the end"),
        Wrong("OR a", 1, "a term; \"OR\" as a text needs quotes", "'OR'"),
        Wrong("a OR OR b", 6, "a term; \"OR\"", "'OR'"),
        Wrong("(a OR )", 7, "a term", "')'"),
        Wrong("a AND", 6, "a term", "the end"),
        Wrong("AND", 1, "a term; \"AND\"", "'AND'"),
        Wrong("a !", 4, "what is not wanted", "the end"),
        Wrong("- a", 2, "what is not wanted", "' '"),
        Wrong("a NOT", 6, "a term", "the end"),
        Wrong("!)", 2, "a term", "')'"),
        Wrong("enviroment:x", 1, "a key such as 'environment'", "'enviroment'"),
        Wrong("a last_seen:-1h", 3, "a key such as 'lastSeen'", "'last_seen'"),
        Wrong("TypeErrors: x", 1, "a key (is, has,", "'TypeErrors'"),
        Wrong("http://example.org", 1, "a key (is, has,", "'http'"),
        Wrong(":x", 1, "a key before ':'", "':'"),
        Wrong("tag.:x", 1, "a key", "'tag.'"),
        Wrong(#"tag."a b":"#, 11, "a value, right behind", "the end"),
        Wrong(#"tag."a b""#, 10, "':' and a value", "the end"),
        Wrong(#"tag."a b" x"#, 10, "':' and a value", "' '"),
        Wrong(#"tag."":x"#, 5, "the whole name of a tag", #"'""'"#),
        Wrong(#"tag."a*":x"#, 5, "the whole name of a tag", #"'"a*"'"#),
        Wrong(#"tag."a"#, 5, "a closing quote", "the end"),
        Wrong("is:", 4, "a value, right behind", "the end"),
        Wrong("is: open", 4, "a value, right behind", "' '"),
        Wrong("is:closed", 4, "one of open, resolved, ignored, muted, regressed", "'closed'"),
        Wrong("has:tags", 5, "one of user, account", "'tags'"),
        Wrong("level:bad", 7, "one of debug, info, warning, error, fatal", "'bad'"),
        Wrong("level:>bad", 8, "one of debug", "'bad'"),
        Wrong("action:thrown", 8, "one of CAUGHT", "'thrown'"),
        Wrong("events:many", 8, "a whole number", "'many'"),
        Wrong("events:-1", 8, "a whole number", "'-1'"),
        Wrong("events:>1.5", 9, "a whole number", "'1.5'"),
        Wrong("events:99999999999999999999", 8, "a whole number", "'99999999999999999999'"),
        Wrong("events:1..", 11, "a value, right behind", "the end"),
        Wrong("events:..5", 8, "a value before '..'", "'..'"),
        Wrong("events:9..5", 8, "the smaller number first", "'9..5'"),
        Wrong("events:>=", 10, "a value, right behind", "the end"),
        Wrong("lastSeen:24h", 10, "a time such as -24h", "'24h'"),
        Wrong("lastSeen:-24", 10, "a time", "'-24'"),
        Wrong("lastSeen:-h", 10, "a time", "'-h'"),
        Wrong("lastSeen:>-24y", 11, "a time", "'-24y'"),
        Wrong("lastSeen:-1000001s", 10, "a time", "'-1000001s'"),
        Wrong("firstSeen:<2026-13-01", 12, "a time", "'2026-13-01'"),
        Wrong("firstSeen:1700000000", 11, "a time", "'1700000000'"),
        Wrong("a \"b", 3, "a closing quote", "the end"),
        Wrong("\"a\\\"", 1, "a closing quote", "the end"),
        Wrong("\"a\"b", 4, "a space behind the closing quote", "'b'"),
        Wrong("a\"b\"", 2, "a space", "'\"'"),
        Wrong("\"\"", 1, "some text", "'\"\"'"),
        Wrong("a *", 3, "some text", "'*'"),
        Wrong("user:a*", 6, "a whole id", "'a*'"),
        Wrong("release:>1.*", 10, "a whole release", "'1.*'"),
        Wrong("release:>\"\"", 10, "a whole release", "'\"\"'"),
        Wrong("a\0b", 2, "text without the character U+0000", "' '"),
        Wrong("\"a\"é", 4, "a space behind", "'é'"),
    ]

    @Test func `what is wrong is said with its place`() {
        for wrong in Self.wrong {
            do throws(SearchError) {
                let search = try Search(wrong.query)
                Issue.record("\(wrong.query) was read as \(search.root?.text ?? "")")
            } catch {
                #expect(error.column == wrong.column, "\(wrong.query): \(error)")
                #expect(error.found == wrong.found, "\(wrong.query): \(error)")
                #expect(error.expected.hasPrefix(wrong.expected), "\(wrong.query): \(error)")
            }
        }
    }

    @Test func `an error shows the query with a caret`() throws {
        let error = try #require(throws: SearchError.self) { try Search("ü is:open level:bad") }
        #expect(
            error.description == """
                column 17: expected one of debug, info, warning, error, fatal, found 'bad'
                ü is:open level:bad
                                ^
                """)
        let long =
            String(repeating: "word\n", count: 40) + "is:x" + String(repeating: " w", count: 40)
        let far = try #require(throws: SearchError.self) { try Search(long) }
        let lines = far.picture.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].count == SearchLimits.pictureCharacters + 2)
        let caret = try #require(lines[1].firstIndex(of: "^"))
        let place = lines[1].distance(from: lines[1].startIndex, to: caret)
        #expect(lines[0].dropFirst(place).hasPrefix("x w w"))
    }
}
