import ErrorModel

/// Which files of a folder of built scripts go together, and what is not worth an upload.
///
/// A pure value, made of what was found in the files. Paths are relative to the folder, divided by
/// `/`.
package struct UploadPlan: Equatable, Sendable {
    package struct Script: Equatable, Sendable {
        package var path: String
        package var comments: MapComments

        package init(path: String, comments: MapComments) {
            (self.path, self.comments) = (path, comments)
        }
    }

    /// A file that has been decoded as a map.
    package struct Map: Equatable, Sendable {
        package var path: String
        package var debugID: DebugID?

        package init(path: String, debugID: DebugID?) {
            (self.path, self.debugID) = (path, debugID)
        }
    }

    /// A script with its map.
    package struct Pair: Equatable, Sendable {
        package enum MapPlace: Equatable, Sendable {
            case file(String)
            /// In the comment of the script.
            case inline
        }

        /// How the two were found to belong together.
        package enum Reason: String, Sendable {
            case comment, name
            case debugID = "debug id"
        }

        package var script: String
        package var map: MapPlace
        package var reason: Reason

        /// Where the map is uploaded to, relative as `script` is.
        package var mapPath: String {
            switch map {
            case .file(let path): path
            case .inline: script + ".map"
            }
        }
    }

    /// In the order of the scripts' paths.
    package private(set) var pairs: [Pair] = []
    /// Maps that no script names: they are uploaded all the same, for a script of their name.
    package private(set) var loneMaps: [String] = []
    package private(set) var skipped: [Skipped] = []

    package struct Skipped: Equatable, Sendable {
        package var path: String
        /// One clause, without a full stop.
        package var reason: String

        package init(path: String, reason: String) {
            (self.path, self.reason) = (path, reason)
        }
    }

    /// - Parameter refused: what has been skipped before, among it files that look like maps and
    ///   are none.
    package init(scripts: [Script], maps: [Map], refused: [Skipped] = []) {
        let finder = MapFinder(maps, refused)
        var used: Set<String> = []
        for script in scripts.sorted(by: { $0.path < $1.path }) {
            switch finder.map(of: script) {
            case .success(let pair):
                pairs.append(pair)
                used.insert(pair.mapPath)
            case .failure(let skipped): self.skipped.append(skipped)
            }
        }
        loneMaps = maps.map(\.path).filter { !used.contains($0) }.sorted()
        skipped += refused
        skipped.sort { $0.path < $1.path }
    }
}

extension UploadPlan.Skipped: Error {}

/// Finds the map of a script: by the script's comment, by its name, by the id that both have.
private struct MapFinder {
    private let paths: Set<String>
    private let refused: [String: String]
    private var byID: [DebugID: String] = [:]
    /// Several maps of one base name in different folders count for none.
    private var byBaseName: [Substring: [String]] = [:]

    init(_ maps: [UploadPlan.Map], _ refused: [UploadPlan.Skipped]) {
        paths = Set(maps.map(\.path))
        self.refused = Dictionary(
            refused.map { ($0.path, $0.reason) }, uniquingKeysWith: { first, _ in first })
        for map in maps {
            if let id = map.debugID, byID[id] == nil { byID[id] = map.path }
            byBaseName[baseName(map.path), default: []].append(map.path)
        }
    }

    func map(
        of script: UploadPlan.Script
    ) -> Result<UploadPlan.Pair, UploadPlan.Skipped> {
        func pair(
            _ path: String, _ reason: UploadPlan.Pair.Reason
        ) -> Result<UploadPlan.Pair, UploadPlan.Skipped> {
            .success(.init(script: script.path, map: .file(path), reason: reason))
        }
        let comment = script.comments.sourceMappingURL ?? ""
        if DataURL.isOne(comment) {
            return .success(.init(script: script.path, map: .inline, reason: .comment))
        }
        let named = comment.isEmpty ? nil : place(comment, of: script.path)
        if let named, paths.contains(named) { return pair(named, .comment) }
        if let found = elsewhere(comment) { return pair(found, .comment) }
        // A comment that names a map says that no other one is its.
        if comment.isEmpty || comment.contains("://") {
            for name in Self.usualNames(of: script.path) where paths.contains(name) {
                return pair(name, .name)
            }
        }
        if let id = script.comments.debugID, let found = byID[id] { return pair(found, .debugID) }
        return .failure(
            .init(path: script.path, reason: reason(named ?? script.path + ".map", comment)))
    }

    private func reason(_ expected: String, _ comment: String) -> String {
        if let reason = refused[expected] { return "its map \(expected) is not used: \(reason)" }
        return comment.isEmpty
            ? "it names no map, and there is no \(expected)"
            : "its map is not in the folder: \(shown(comment))"
    }

    /// Where the comment's reference leads, beside the script.
    private func place(_ comment: String, of script: String) -> String? {
        let reference = comment.prefix { $0 != "?" && $0 != "#" }
        guard
            let decoded = String(
                validating: PercentEncoding.decoded(ArraySlice(Array(reference.utf8))),
                as: UTF8.self)
        else { return nil }
        return MapLocation.mapURL(generatedURL: script, comment: decoded)
    }

    /// A URL, or a path from the root of a site: the one map of the folder whose path ends it.
    private func elsewhere(_ comment: String) -> String? {
        guard comment.contains("://") || comment.hasPrefix("/") else { return nil }
        let path = comment.prefix { $0 != "?" && $0 != "#" }
        let matching = (byBaseName[baseName(path)] ?? []).filter { path.hasSuffix("/" + $0) }
        return matching.count == 1 ? matching[0] : nil
    }

    /// `app.js` has `app.js.map`, or `app.map`.
    private static func usualNames(of script: String) -> [String] {
        var names = [script + ".map"]
        if let dot = script.lastIndex(of: "."), !script[dot...].contains("/") {
            names.append(script[..<dot] + ".map")
        }
        return names
    }

    /// Comments are any length.
    private func shown(_ comment: String) -> String {
        comment.count <= 200 ? comment : comment.prefix(200) + "…"
    }
}

private func baseName(_ path: some StringProtocol) -> Substring {
    Substring(path).split(separator: "/").last ?? ""
}
