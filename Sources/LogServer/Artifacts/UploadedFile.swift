import ErrorModel
import Foundation
import SourceMaps

/// A file as a door hands it over.
struct UploadedFile: Sendable {
    /// Its URL or path, as it was given.
    var name: String
    var content: [UInt8]
    /// Nil: its name and its content say.
    var kind: ArtifactKind?
    /// The map that a header names, in the words of the header.
    var sourceMap: String?
    /// The name of a map that came with it for it alone; counts before all others.
    var pairedMap: String?
    var debugID: DebugID?
}

/// Why a file of an upload is no artifact.
struct SkippedFile: Error, Equatable, Sendable {
    var name: String
    var reason: String
}

/// An artifact of an upload before it has a place in the log.
struct ArtifactDraft: Sendable {
    var url: String
    var kind: ArtifactKind
    var debugID: DebugID?
    /// Of a script: the name of its map.
    var sourceMap: String?
    var warnings: [String] = []
    var content: [UInt8]
}

extension ArtifactDraft {
    /// What the file is, with the map that stands in its own comment, if one does.
    ///
    /// Pure. Throws why it is no artifact.
    static func make(_ file: UploadedFile) throws(SkippedFile) -> [ArtifactDraft] {
        func skip(_ reason: String) -> SkippedFile {
            SkippedFile(name: file.name, reason: reason)
        }
        guard let url = url(file.name) else {
            throw skip("its name is no URL and no path, or it leads out of its folder")
        }
        guard url.utf8.count <= UploadLimits.nameBytes else {
            throw skip("its name has more than \(UploadLimits.nameBytes) bytes")
        }
        guard file.content.count <= UploadLimits.fileBytes else {
            throw skip("it has more than \(UploadLimits.fileBytes >> 20) MiB")
        }
        let kind = file.kind ?? kind(url)
        switch kind {
        case .sourceMap:
            return [try map(file, url: url)]
        case .script:
            return try script(file, url: url)
        case nil:
            throw skip(foreignReason)
        }
    }

    static let foreignReason =
        "it is neither a script nor a source map by its name: these end in "
        + BuildFile.scriptEndings.joined(separator: ", ") + " or .map"

    /// True for the name of a script or a source map.
    static func isArtifact(_ url: String) -> Bool { kind(url) != nil }

    private static func kind(_ url: String) -> ArtifactKind? {
        switch BuildFile(name: url) {
        case .map: .sourceMap
        case .script: .script
        case .styleSheet, .other: nil
        }
    }

    /// The name in its one form; nil where it is none, or climbs.
    private static func url(_ name: String) -> String? {
        let path = name.prefix { $0 != "?" && $0 != "#" }
        guard !path.isEmpty, !path.split(separator: "/").contains("..") else { return nil }
        return ArtifactName(uploaded: name)?.description
    }

    /// Nil for what cannot be the name of an uploaded map.
    private static func mapName(_ location: String) -> String? {
        url(location).flatMap { $0.utf8.count <= UploadLimits.nameBytes ? $0 : nil }
    }

    private static func map(
        _ file: UploadedFile, url: String
    ) throws(SkippedFile) -> ArtifactDraft {
        do throws(SourceMapError) {
            let map = try SourceMap(decoding: file.content)
            return ArtifactDraft(
                url: url, kind: .sourceMap, debugID: file.debugID ?? map.debugID,
                warnings: map.warnings.prefix(UploadLimits.shownWarnings).map(\.description),
                content: file.content)
        } catch {
            throw SkippedFile(name: file.name, reason: error.description)
        }
    }

    private static func script(
        _ file: UploadedFile, url: String
    ) throws(SkippedFile) -> [ArtifactDraft] {
        if file.content.isEmpty { throw SkippedFile(name: file.name, reason: "it is empty") }
        let comments = MapComments(of: file.content, language: .javaScript)
        var script = ArtifactDraft(
            url: url, kind: .script, debugID: file.debugID ?? comments.debugID,
            content: file.content)
        if let map = file.pairedMap {
            script.sourceMap = mapName(map)
            return [script]
        }
        // A header may name the map as it is uploaded itself.
        let isName = file.sourceMap?.hasPrefix("~/") ?? false
        let location =
            isName
            ? file.sourceMap
            : MapLocation.mapURL(
                generatedURL: url, header: file.sourceMap, comment: comments.sourceMappingURL)
        guard let location else { return [script] }
        guard DataURL.isOne(location) else {
            script.sourceMap = mapName(location)
            return [script]
        }
        let mapURL = url + ".map"
        do throws(DataURLError) {
            let inline = UploadedFile(
                name: mapURL, content: try DataURL.decode(location), debugID: script.debugID)
            let map = try? Self.map(inline, url: mapURL)
            guard let map else {
                script.warnings = ["the map in its comment is no source map"]
                return [script]
            }
            script.sourceMap = mapURL
            return [script, map]
        } catch {
            script.warnings = [error.description]
            return [script]
        }
    }
}
