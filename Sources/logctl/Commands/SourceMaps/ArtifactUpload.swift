import ErrorModel
import SourceMaps

/// Sends the scripts and maps of a folder, some files a request.
struct ArtifactUpload {
    let folder: BuildFolder
    /// What stands before the paths.
    let urlPrefix: String

    /// A request is closed behind the file with which it has this much: few requests, and a bounded
    /// memory.
    private static let requestByteCount = 16 << 20
    /// Files of a request.
    private static let requestFileCount = 100

    var isEmpty: Bool { folder.plan.pairs.isEmpty && folder.plan.loneMaps.isEmpty }

    /// One file as it is sent.
    private struct Part {
        var path: String
        var kind: String
        var content: [UInt8]
        var debugID: DebugID?
        /// The path of the map, of a script.
        var mapPath: String?
    }

    /// What would be sent.
    func preview() throws -> [JSONValue] {
        var rows: [JSONValue] = []
        try forEachPart { part in
            rows.append(
                .pairs([
                    ("url", .string(url(part.path))), ("kind", .string(part.kind)),
                    ("bytes", .integer(part.content.count)),
                    ("debugId", part.debugID.map { .string($0.description) } ?? .null),
                    ("map", part.mapPath.map { .string(url($0)) } ?? .null),
                ]))
        }
        return rows
    }

    /// Sends all and returns what the server says of each file.
    ///
    /// What was answered is kept by the server, whatever becomes of the rest.
    func send(
        to client: Client, project: String, release: String, dist: String?
    ) async throws -> [JSONValue] {
        let path = ArtifactOptions.path(project, release)
        var rows: [JSONValue] = []
        var request = Request(dist: dist)
        let bar = ProgressBar("upload")
        let pairs = folder.plan.pairs
        let total = UInt64(pairs.count + folder.plan.loneMaps.count)
        func flush() async throws {
            guard request.fileCount > 0 else { return }
            let answer = try await client.send(
                .post, path, body: request.body.finished(),
                contentType: request.body.contentType)
            guard answer.status == 201, let json = answer.json else { throw client.failure(answer) }
            rows += json["artifacts"]?.array ?? []
            for item in json["skipped"]?.array ?? [] {
                Terminal.note(
                    "the server left out \(Cell.text(item["name"])): \(Cell.text(item["reason"]))")
            }
            request = Request(dist: dist)
        }
        for index in 0..<Int(total) {
            bar.showCount(done: UInt64(index), total: total, "scripts")
            for part in try parts(at: index) {
                request.add(part, url: url(part.path), map: part.mapPath.map(url))
            }
            // A pair is not divided: the server ties its two by the id of either.
            if request.body.bytes.count >= Self.requestByteCount
                || request.fileCount >= Self.requestFileCount
            {
                try await flush()
            }
        }
        try await flush()
        Terminal.endProgress()
        return rows
    }

    private struct Request {
        var body = Multipart()
        var fileCount = 0

        init(dist: String?) {
            if let dist { body.add(field: "dist", dist) }
        }

        mutating func add(_ part: Part, url: String, map: String?) {
            var headers: [(String, String)] = []
            if let map { headers.append(("Sourcemap", map)) }
            if let id = part.debugID { headers.append(("Debug-Id", id.description)) }
            body.add(file: "file", fileName: url, headers: headers, part.content)
            fileCount += 1
        }
    }

    /// The walk gives relative paths that do not climb.
    private func url(_ path: String) -> String {
        ArtifactName.address(path: path, prefix: urlPrefix) ?? path
    }

    private func forEachPart(_ body: (Part) throws -> Void) throws {
        for index in 0..<folder.plan.pairs.count + folder.plan.loneMaps.count {
            for part in try parts(at: index) { try body(part) }
        }
    }

    /// The files of one pair, or one lone map.
    private func parts(at index: Int) throws -> [Part] {
        let pairs = folder.plan.pairs
        guard index < pairs.count else {
            let path = folder.plan.loneMaps[index - pairs.count]
            let text = try folder.bytes(path)
            return [map(path, text)]
        }
        let pair = pairs[index]
        let texts = try folder.texts(of: pair)
        var map = map(pair.mapPath, texts.map)
        let comments = MapComments(of: texts.script, language: .javaScript)
        let debugID = comments.debugID ?? map.debugID
        map.debugID = debugID
        let script = Part(
            path: pair.script, kind: "script", content: texts.script, debugID: debugID,
            mapPath: pair.mapPath)
        // The map first: a script without its map is of no use.
        return [map, script]
    }

    private func map(_ path: String, _ text: [UInt8]) -> Part {
        Part(
            path: path, kind: "source_map", content: text,
            debugID: (try? SourceMap(decoding: text))?.debugID, mapPath: nil)
    }
}
