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
    /// Names of scripts that engines print in stacks.
    private static let scriptEndings = [".js", ".mjs", ".cjs", ".jsbundle", ".bundle", ".hbc"]

    /// What the file is, with the map that stands in its own comment, if one does.
    ///
    /// Pure. Throws why it is no artifact.
    static func make(_ file: UploadedFile) throws(SkippedFile) -> [ArtifactDraft] {
        func skip(_ reason: String) -> SkippedFile {
            SkippedFile(name: String(file.name.prefix(UploadLimits.nameBytes)), reason: reason)
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
        + scriptEndings.joined(separator: ", ") + " or .map"

    /// True for the name of a script or a source map.
    static func isArtifact(_ url: String) -> Bool { kind(url) != nil }

    private static func kind(_ url: String) -> ArtifactKind? {
        let name = url.lowercased()
        // Style sheets have maps too, but no stacks.
        if name.hasSuffix(".css.map") { return nil }
        if name.hasSuffix(".map") { return .sourceMap }
        return scriptEndings.contains { name.hasSuffix($0) } ? .script : nil
    }

    /// The name in its one form; nil where it is none, or climbs.
    private static func url(_ name: String) -> String? {
        let path = name.prefix { $0 != "?" && $0 != "#" }
        guard !path.isEmpty, !path.split(separator: "/").contains("..") else { return nil }
        return ArtifactName(uploaded: name)?.description
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
        // A header may name the map as it is uploaded itself.
        let isName = file.sourceMap?.hasPrefix("~/") ?? false
        let location =
            isName
            ? file.sourceMap
            : MapLocation.mapURL(
                generatedURL: url, header: file.sourceMap, comment: comments.sourceMappingURL)
        guard let location else { return [script] }
        guard DataURL.isOne(location) else {
            script.sourceMap = Self.url(location).flatMap {
                $0.utf8.count <= UploadLimits.nameBytes ? $0 : nil
            }
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

/// What an upload is about, and what it has brought so far.
struct UploadWork {
    /// One artifact, its content written.
    struct Item: Sendable {
        var place: ArtifactPlace
        var blob: BlobReference
        var sourceMap: String?
        var warnings: [String]
        var isReplaced = false
        /// It was there already, the same.
        var isKnown = false
    }

    let project: UInt32
    let release: String
    var dist = ""
    private(set) var items: [Item] = []
    private(set) var skipped: [SkippedFile] = []

    init(project: UInt32, release: String) {
        self.project = project
        self.release = release
    }

    mutating func skip(_ file: SkippedFile) {
        skipped.append(file)
    }

    /// Takes a file in; `write` keeps a content and throws where it cannot.
    mutating func take(
        _ file: UploadedFile, write: ([UInt8]) throws -> BlobReference
    ) throws {
        let drafts: [ArtifactDraft]
        do throws(SkippedFile) {
            drafts = try ArtifactDraft.make(file)
        } catch {
            return skip(error)
        }
        for draft in drafts {
            items.append(
                Item(
                    place: ArtifactPlace(
                        project: project, release: release, dist: dist, url: draft.url,
                        debugID: draft.debugID?.description ?? "", kind: draft.kind),
                    blob: try write(draft.content), sourceMap: draft.sourceMap,
                    warnings: draft.warnings))
        }
    }

    /// Pairs scripts and maps, once all files are taken: of two that belong together and of which one
    /// has a debug id, both have it; of two with one place the later one stays.
    ///
    /// Where no release is named, what has no debug id is skipped.
    mutating func finish() {
        var maps: [String: [Int]] = [:]
        for (index, item) in items.enumerated() where item.place.kind == .sourceMap {
            maps[item.place.url, default: []].append(index)
        }
        for index in items.indices {
            for map in items[index].sourceMap.flatMap({ maps[$0] }) ?? [] {
                if items[map].place.debugID.isEmpty {
                    items[map].place.debugID = items[index].place.debugID
                } else if items[index].place.debugID.isEmpty {
                    items[index].place.debugID = items[map].place.debugID
                }
            }
        }
        if release.isEmpty {
            for item in items where item.place.debugID.isEmpty {
                skip(
                    SkippedFile(
                        name: item.place.url,
                        reason: "it has no debug id, and no release is named to find it by"))
            }
            items.removeAll { $0.place.debugID.isEmpty }
        }
        var seen: Set<ArtifactPlace> = []
        items = items.reversed().filter { seen.insert($0.place).inserted }.reversed()
    }

    mutating func mark(_ index: Int, isReplaced: Bool, isKnown: Bool) {
        items[index].isReplaced = isReplaced
        items[index].isKnown = isKnown
    }
}
