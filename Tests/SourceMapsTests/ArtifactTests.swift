import SourceMaps
import Testing

/// Comments of generated files, URLs and names of artifacts.
@Suite("artifacts") struct ArtifactTests {
    private static let id = "85314830-023f-4cf1-a267-535f4e37bb17"

    struct Comment: CustomStringConvertible {
        let text: String
        let url: String?
        var hasID = false
        var sourceURL: String?
        var description: String { text.debugDescription }

        init(_ text: String, _ url: String?, hasID: Bool = false, sourceURL: String? = nil) {
            self.text = text
            self.url = url
            self.hasID = hasID
            self.sourceURL = sourceURL
        }
    }

    private static let scriptCases = [
        Comment("", nil), Comment("a()", nil),
        Comment("a()\n//# sourceMappingURL=a.map", "a.map"),
        Comment("a()\r\n//@ sourceMappingURL=a.map \t\r\n\r\n", "a.map"),
        Comment("a()\n\u{A0}//#\u{2003}sourceMappingURL=a.map\u{FEFF}", "a.map"),
        Comment("a()\u{2028}//# sourceMappingURL=a.map\u{2029}", "a.map"),
        Comment("//# sourceMappingURL=a.map\n//# sourceMappingURL=b.map", "b.map"),
        Comment("//# sourceMappingURL=a.map\n// c\n\n", "a.map"),
        Comment("//# sourceMappingURL=a.map\nb()", nil),
        Comment("a() //# sourceMappingURL=a.map", nil),
        Comment("//# sourceMappingURL='a.map'", nil), Comment("//# sourceMappingURL=a b.map", nil),
        Comment("//# sourcemappingurl=a.map", nil), Comment("//sourceMappingURL=a.map", nil),
        Comment("/*\n//# sourceMappingURL=a.map */", nil),
        Comment("`\n//# sourceMappingURL=a.map\n`", nil),
        Comment("//# sourceMappingURL=", ""),
        Comment("//# sourceURL=app.js\n//# sourceMappingURL=a.map", "a.map", sourceURL: "app.js"),
        Comment(
            "//# debugId=\(id)\n//\n//\n//\n//# sourceMappingURL=a.map\n", "a.map", hasID: true),
        Comment("//# debugId=\(id)\n//\n//\n//\n//\n//# sourceMappingURL=a.map\n", "a.map"),
        Comment("//# debugId=\(id.uppercased())\na()\n", nil, hasID: true),
        Comment("a(\"//# debugId=\(id)\")", nil), Comment("//# debugId=x", nil),
    ]

    @Test("comments of scripts", arguments: scriptCases) func scripts(_ each: Comment) {
        let found = MapComments(of: Array(each.text.utf8), language: .javaScript)
        #expect(found.sourceMappingURL == each.url)
        #expect(found.debugID == (each.hasID ? DebugID(Self.id) : nil))
        #expect(found.sourceURL == each.sourceURL)
    }

    @Test(
        "comments of style sheets",
        arguments: [
            ("a{b:c}/*# sourceMappingURL=a.map */", "a.map"),
            ("a{}/*@ sourceMappingURL=a.map*/\n/* x */\n", "a.map"),
            ("/*# sourceMappingURL=a.map */a{}", nil), ("a{}\n//# sourceMappingURL=a.map", nil),
            ("a{b:'/*# sourceMappingURL=a.map */'}", nil), ("a{}/*# sourceMappingURL=a", "a"),
        ] as [(String, String?)])
    func styleSheets(_ text: String, _ url: String?) {
        #expect(MapComments(of: Array(text.utf8), language: .css).sourceMappingURL == url)
    }

    @Test(
        "data URLs",
        arguments: [
            ("data:application/json;base64,e30=", "{}"), ("data:;base64,e30", "{}"),
            ("DATA:;x=y; BASE64,e3%30%3D", "{}"), ("data:,%7B%7d#x", "{}"),
            ("data:base64,e30", "e30"), ("data:;base64,e30==", nil), ("data:;base64,e", nil),
            ("data:;base64,@@@@", nil), ("data:;base64", nil), ("data:,", nil),
        ] as [(String, String?)])
    func dataURLs(_ url: String, _ text: String?) {
        #expect(DataURL.isOne(url))
        let found = (try? DataURL.decode(url)).map { String(decoding: $0, as: UTF8.self) }
        #expect(found == text)
    }

    /// What browsers make of a reference and a base.
    private static let urlCases: [(String, String, String?)] = [
        (
            "a^b c|d{e}`f\"g<h>[i]\\j.ts", "https://x.example/m/a.map",
            "https://x.example/m/a^b%20c|d%7Be%7D%60f%22g%3Ch%3E[i]/j.ts"
        ),
        (
            "ü?ü x'#ü `", "https://x.example/m/",
            "https://x.example/m/%C3%BC?%C3%BC%20x%27#%C3%BC%20%60"
        ),
        ("..\\a.ts", "file:///C:/a/b.map", "file:///C:/a.ts"),
        ("C:/x/y.ts", "file:///srv/a.map", "c:/x/y.ts"),
        ("/abs.ts", "file:///C:/a/b.map", "file:///C:/abs.ts"),
        ("webpack:///./src/a.ts", "https://x/", "webpack:///src/a.ts"),
        ("webpack:src/a.ts", "https://x/", "webpack:src/a.ts"),
        ("../a b^.ts", "webpack://ns/x/y/", "webpack://ns/x/a%20b^.ts"),
        ("//h/p", "webpack://ns/x", "webpack://h/p"),
        ("?q", "https://x/a/b?c#d", "https://x/a/b?q"),
        ("#f", "https://x/a/b?c#d", "https://x/a/b?c#f"),
        ("", "https://x/a/b?c#d", "https://x/a/b?c"),
        ("https:a.ts", "https://x/a/b", "https://x/a/a.ts"), ("ns:a.ts", "https://x/", "ns:a.ts"),
        ("%2e%2E/a.ts", "https://x/a/b/c", "https://x/a/a.ts"),
        ("https://EX.com:443/A/../b", "https://x", "https://ex.com/b"),
        ("./a:b.ts", "https://x/y", "https://x/a:b.ts"),
        ("http:///x//y", "https://x/", "http://x//y"),
        ("https://u:p@h:8080/a", "https://x/", "https://u:p@h:8080/a"),
        ("a/..", "https://x/y/z", "https://x/y/"), ("\\\\h\\a", "https://x", "https://h/a"),
        ("/../../a", "app:///x/y", "app:///a"), ("a", "app:///x/y", "app:///x/a"),
        ("webpack://a b/c", "https://x", nil), ("/x", "mailto:a", nil),
        ("x y", "file:///a/", "file:///a/x%20y"), ("//host/x", "file:///a/", "file://host/x"),
        ("file:x", "file:///a/b", "file:///a/x"),
    ]

    @Test("URLs are joined as browsers do", arguments: urlCases)
    func urls(_ reference: String, _ base: String, _ expected: String?) throws {
        let base = try #require(WebURL(base))
        #expect(WebURL(reference, base: base)?.description == expected)
    }

    @Test("where the map and its sources are") func locations() {
        let script = "https://shop.example/js/app.js?v=1"
        let map = { MapLocation.mapURL(generatedURL: script, header: $0, comment: $1) }
        #expect(map(nil, "app.js.map") == "https://shop.example/js/app.js.map")
        #expect(map("/h.map", "app.js.map") == "https://shop.example/h.map")
        #expect(map(nil, "") == nil)
        #expect(map(nil, nil) == nil)
        #expect(map(nil, "data:,{}") == "data:,{}")
        let source = {
            MapLocation.sourceURL("../a.ts", mapURL: $0, generatedURL: $1)
        }
        #expect(source("https://m.example/x/app.js.map", script) == "https://m.example/a.ts")
        #expect(source("data:,{}", script) == "https://shop.example/a.ts")
        #expect(source("dist/js/app.js.map", "dist/js/app.js") == "dist/a.ts")
        #expect(
            MapLocation.mapURL(generatedURL: "dist/app.js", comment: "app.js.map")
                == "dist/app.js.map")
    }

    @Test(
        "which uploaded name a frame's file means",
        arguments: [
            ("https://a.example/s/app.js?v=3#x", ["~/s/app.js"], 0),
            ("https://a.example/s/app.js", ["~/s/app.js", "https://a.example/s/app.js"], 1),
            ("https://A.example/s/app.js", ["https://a.EXAMPLE/s/app.js?x"], 0),
            ("https://a.example/s/app.js", ["https://b.example/s/app.js", "~/app.js"], -1),
            ("https://a.example/S/app.js", ["~/s/app.js"], -1),
            ("https://a.example/s/a%20b.js", ["~/s/a b.js"], 0),
            ("https://a.example/s//app.js", ["~/s/app.js"], -1),
            ("https://a.example", ["~/"], 0), ("index.bundle", ["~/index.bundle"], 0),
            ("/s/app.js", ["s/app.js"], 0), ("app:///index.bundle", ["~/index.bundle"], 0),
            ("<anonymous>", ["~/<anonymous>"], -1), ("", ["~/"], -1),
        ] as [(String, [String], Int)])
    func names(_ file: String, _ uploaded: [String], _ index: Int) {
        let found = ArtifactName.match(frameFile: file, uploaded: uploaded)
        #expect(found == (index < 0 ? nil : uploaded[index]))
    }

    @Test(
        "names of files of an uploaded folder",
        arguments: [
            ("js/app.js", "~/", "~/js/app.js"), ("./app.js", "~/static", "~/static/app.js"),
            ("app.js", "https://cdn.example/x/", "https://cdn.example/x/app.js"),
            ("a?b#c%20.js", "~", "~/a?b#c%20.js"), ("../app.js", "~/", nil), ("", "~/", nil),
        ] as [(String, String, String?)])
    func folder(_ path: String, _ prefix: String, _ name: String?) {
        #expect(ArtifactName(path: path, prefix: prefix)?.description == name)
    }
}
