import ErrorModel
import Glibc
import SourceMaps
import Testing

/// The shared cases of source maps: data that is not part of this repository.
///
/// `FAULTLOG_SOURCEMAPS` names the folder that holds `conformance.json` and the others.
enum SharedCases {
    static let folder: String? = getenv("FAULTLOG_SOURCEMAPS").map { String(cString: $0) }
    static let isThere = folder != nil
    static let reason: Comment =
        "FAULTLOG_SOURCEMAPS names no folder with the shared cases of source maps"

    static func bytes(_ name: String, in other: String? = nil) throws -> [UInt8] {
        let folder = try #require(other ?? folder)
        let file = try #require(fopen("\(folder)/\(name)", "rb"), "\(name) is missing")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    static func cases(_ name: String) throws -> [JSONValue] {
        try #require(try JSONValue(parsing: bytes(name)).array)
    }
}

/// One map of the shared cases, with what is expected of it.
struct MapCase: CustomStringConvertible {
    let value: JSONValue
    var description: String { value["id"]?.string ?? "?" }
    var verdict: String { value["verdict"]?.string ?? "valid" }

    /// The bytes that are uploaded.
    func upload() throws -> [UInt8] {
        if let text = value["map"]?.string { return Array(text.utf8) }
        if let text = value["map_base64"]?.string {
            return try #require(Base64.decode(Array(text.utf8)))
        }
        let generator = try #require(value["generator"])
        let count = Int(generator["count"]?.int64 ?? 0)
        var bytes = Array((generator["prefix"]?.string ?? "").utf8)
        for _ in 0..<count { bytes += Array((generator["repeat"]?.string ?? "").utf8) }
        bytes += Array((generator["middle"]?.string ?? "").utf8)
        for _ in 0..<count { bytes += Array((generator["repeat_end"]?.string ?? "").utf8) }
        return bytes + Array((generator["suffix"]?.string ?? "").utf8)
    }
}

/// What a lookup gave, in the words of the shared cases.
struct FoundPlace: Equatable, CustomStringConvertible {
    var source: String?
    var line: Int64
    var column: Int64
    var name: String?

    var description: String { "\(source ?? "null"):\(line):\(column) \(name ?? "-")" }

    init(_ value: JSONValue) {
        source = value["source"]?.string
        line = value["line"]?.int64 ?? -1
        column = value["column"]?.int64 ?? -1
        name = value["name"]?.string
    }

    init(_ position: OriginalPosition, in map: SourceMap) {
        source = map.sources[position.source].name
        line = Int64(position.line)
        column = Int64(position.column)
        name = position.name.map { map.name($0) }
    }

    init(_ position: OriginalPosition, in map: StoredMap) throws {
        source = try map.sourceName(position.source)
        line = Int64(position.line)
        column = Int64(position.column)
        name = try position.name.flatMap { try map.name($0) }
    }
}

/// Compares a map and its stored form with what a case expects.
struct MapCheck {
    let name: String
    let map: SourceMap
    let stored: [UInt8]

    init(_ name: String, _ map: SourceMap) {
        self.name = name
        self.map = map
        stored = map.storedBytes()
        map.table.checkInvariants()
    }

    /// The number of lookups.
    func lookups(_ lookups: [JSONValue]) throws -> Int {
        try StoredMap.with(stored) { stored throws in
            try stored.checkAll()
            for lookup in lookups {
                let line = UInt32(lookup["line"]?.int64 ?? 0)
                let column = UInt32(lookup["column"]?.int64 ?? 0)
                let found = map.lookup(line: line, column: column)
                let place = found.map { FoundPlace($0, in: map) }
                let expected = lookup["expect"].flatMap { $0.isNull ? nil : FoundPlace($0) }
                let accepted = (lookup["accept"]?.array ?? []).map {
                    $0.isNull ? nil : FoundPlace($0)
                }
                #expect(
                    place == expected || accepted.contains(place),
                    "\(name) \(line):\(column) gave \(place?.description ?? "nothing"), not \(expected?.description ?? "nothing")"
                )
                let again = try stored.lookup(line: line, column: column)
                #expect(again == found, "\(name) \(line):\(column) in the stored form")
                let storedPlace = try again.map { try FoundPlace($0, in: stored) }
                #expect(storedPlace == place, "\(name) \(line):\(column) texts of the stored form")
            }
        }
        return lookups.count
    }

    func facts(_ expected: JSONValue) throws {
        #expect(map.file == expected["file"]?.string, "\(name): file")
        let sources = try #require(expected["sources"]?.array).map { $0.string }
        #expect(map.sources.map(\.name) == sources, "\(name): sources")
        let hasContent = expected["has_content"]?.array?.map { $0.bool ?? false }
        #expect(map.sources.map(\.hasContent) == hasContent, "\(name): content")
        if let ignored = expected["ignored"]?.array {
            let found = map.sources.indices.filter { map.sources[$0].isIgnored }
            #expect(found == ignored.compactMap { $0.int64.map(Int.init) }, "\(name): ignored")
        }
        if let debugID = expected["debug_id"] {
            #expect(map.debugID == debugID.string.flatMap { DebugID($0) }, "\(name): debug id")
        }
        if let count = expected["mappings"]?.int64 {
            #expect(Int64(map.table.segments.count) == count, "\(name): mappings")
        }
        try StoredMap.with(stored) { stored throws in
            #expect(try stored.file == map.file)
            #expect(stored.debugID == map.debugID)
            #expect(stored.segmentCount == map.table.segments.count)
            for index in map.sources.indices {
                #expect(try stored.sourceName(index) == map.sources[index].name)
                #expect(try stored.isIgnored(source: index) == map.sources[index].isIgnored)
                let content = try stored.content(ofSource: index).map {
                    String(decoding: $0, as: UTF8.self)
                }
                #expect(content == map.content(ofSource: index))
            }
        }
    }
}
