import ErrorModel
import SourceMaps
import Testing

/// The shared cases of comments, data URLs, URLs and names of artifacts.
@Suite("shared artifacts", .enabled(if: SharedCases.isThere, SharedCases.reason))
struct SharedArtifactTests {
    @Test("comments and data URLs") func extraction() throws {
        var count = 0
        for value in try SharedCases.cases("extract.json") {
            let id = value["id"]?.string ?? "?"
            let expected = try #require(value["expect"])
            count += 1
            if let text = value["generated"]?.string {
                let comments = MapComments(
                    of: Array(text.utf8),
                    language: value["language"]?.string == "css" ? .css : .javaScript)
                #expect(
                    comments.sourceMappingURL == expected["source_mapping_url"]?.string, "\(id)")
                #expect(comments.debugID?.description == expected["debug_id"]?.string, "\(id)")
                continue
            }
            let url = try #require(value["url"]?.string)
            #expect(DataURL.isOne(url), "\(id)")
            let decoded = Result { () throws(DataURLError) in try DataURL.decode(url) }
            guard let text = expected["map"]?.string else {
                let map = (try? decoded.get()).flatMap { try? SourceMap(decoding: $0) }
                #expect(map == nil, "\(id) is taken")
                continue
            }
            let bytes = try decoded.get()
            #expect(String(decoding: bytes, as: UTF8.self) == text, "\(id)")
            let check = MapCheck(id, try SourceMap(decoding: bytes, mode: .strict))
            _ = try check.lookups(expected["lookups"]?.array ?? [])
        }
        print("extract.json: \(count)")
    }

    @Test("URLs of maps and sources") func urls() throws {
        let cases = try SharedCases.cases("urls.json")
        for value in cases {
            let id = value["id"]?.string ?? "?"
            let generated = try #require(value["generated_url"]?.string)
            let map = MapLocation.mapURL(
                generatedURL: generated, header: value["header_source_map"]?.string,
                comment: value["source_mapping_url"]?.string)
            #expect(map == value["expect"]?["map_url"]?.string, "\(id)")
            let root = value["source_root"]?.string ?? ""
            let prefix = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
            let sources = (value["sources"]?.array ?? []).map { source in
                source.string.map {
                    MapLocation.sourceURL(
                        prefix + $0, mapURL: map ?? generated, generatedURL: generated)
                }
            }
            let expected = value["expect"]?["sources"]?.array?.map(\.string)
            #expect(sources == expected, "\(id)")
        }
        print("urls.json: \(cases.count)")
    }

    @Test("which artifact a frame's file means") func matching() throws {
        let cases = try SharedCases.cases("match.json")
        for value in cases {
            let found = ArtifactName.match(
                frameFile: try #require(value["frame_file"]?.string),
                uploaded: (value["uploaded"]?.array ?? []).compactMap(\.string))
            #expect(found == value["expect"]?.string, "\(value["id"]?.string ?? "?")")
        }
        print("match.json: \(cases.count)")
    }
}
