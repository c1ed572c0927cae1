import ErrorModel
import HTTPTypes
import SourceMaps

/// The files of a form of our own.
///
/// A file stands in a part `file`, named by its URL or path; beside it `map`, for the map of the one
/// `file`, and `url`, for the URL of the two. An `archive` brings a whole folder.
struct FormUpload {
    let form: UploadForm

    private static let fileNames: Set<String> = ["file", "map", "archive"]
    private static let fieldNames: Set<String> = ["url", "dist", "urlPrefix"]

    /// Hands the files over, one at a time.
    func read(
        into work: inout UploadWork, _ write: BlobWriter
    ) throws {
        try work.setDist(try field("dist", limit: UploadLimits.fieldBytes))
        let url = try field("url", limit: UploadLimits.nameBytes)
        let prefix = try field("urlPrefix", limit: UploadLimits.nameBytes) ?? "~/"
        for part in form.parts {
            if Self.fileNames.contains(part.name) { try work.countFile() }
            switch part.name {
            case "file": try work.take(try script(part, url: url), write: write)
            case "map": try work.take(try map(part, url: url), write: write)
            case "archive":
                try ArchiveUpload(form.content(part), prefix: prefix, &work)
                    .read(into: &work, write)
            default:
                guard Self.fieldNames.contains(part.name) else {
                    throw Problem(
                        .badRequest,
                        "there is no field '\(part.name.prefix(100))'; known are "
                            + Self.fileNames.union(Self.fieldNames).sorted().joined(separator: ", ")
                    )
                }
            }
        }
        guard form.parts.contains(where: { Self.fileNames.contains($0.name) }) else {
            throw Problem(.badRequest, "the form has no 'file', no 'map' and no 'archive'")
        }
    }

    private func field(_ name: String, limit: Int) throws(Problem) -> String? {
        guard let part = form.part(name), !part.content.isEmpty else { return nil }
        guard part.content.count <= limit else {
            throw Problem(.badRequest, "'\(name)' has more than \(limit) bytes")
        }
        return form.text(part, limit: limit)
    }

    private func script(_ part: MultipartPart, url: String?) throws(Problem) -> UploadedFile {
        // With a map of its own beside it, it is the file that the URL is of.
        let map = form.part("map")
        let isPair = map != nil
        guard let name = isPair ? url ?? part.fileName : part.fileName ?? url, !name.isEmpty else {
            throw Problem(
                .badRequest, "a 'file' has no filename, which must be its URL or path")
        }
        var file = UploadedFile(name: name, content: form.content(part))
        if let map {
            file.kind = .script
            file.pairedMap = try mapName(map, url: url)
        }
        file.sourceMap = part.headers["sourcemap"] ?? part.headers["x-sourcemap"]
        file.debugID = try debugID(part)
        return file
    }

    private func mapName(_ part: MultipartPart, url: String?) throws(Problem) -> String {
        guard
            let name = url.map({ $0.hasSuffix(".map") ? $0 : Self.withoutQuery($0) + ".map" })
                ?? part.fileName, !name.isEmpty
        else {
            throw Problem(.badRequest, "a 'map' needs the field 'url' or a filename")
        }
        return name
    }

    private func map(_ part: MultipartPart, url: String?) throws(Problem) -> UploadedFile {
        var file = UploadedFile(
            name: try mapName(part, url: url), content: form.content(part),
            kind: .sourceMap)
        file.debugID = try debugID(part)
        return file
    }

    private static func withoutQuery(_ url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" })
    }

    private func debugID(_ part: MultipartPart) throws(Problem) -> DebugID? {
        guard let text = part.headers["debug-id"] else { return nil }
        guard let id = DebugID(text) else {
            throw Problem(.badRequest, "the header 'Debug-Id' of a part is no UUID")
        }
        return id
    }
}
