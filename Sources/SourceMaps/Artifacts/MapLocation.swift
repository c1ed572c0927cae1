/// Where a generated file, its map and its sources are.
package enum MapLocation {
    /// The URL of the map; nil where the file says that it has none or the URLs cannot be joined.
    ///
    /// - Parameters:
    ///   - generatedURL: that of the generated file.
    ///   - header: the `SourceMap` header of its answer, which goes before the comment.
    ///   - comment: what the file's last comment says.
    package static func mapURL(
        generatedURL: String, header: String? = nil, comment: String?
    ) -> String? {
        guard let reference = header ?? comment, !reference.isEmpty else { return nil }
        if DataURL.isOne(reference) { return reference }
        guard let base = WebURL(generatedURL) else {
            return WebURL(reference).map(\.description) ?? joined(reference, to: generatedURL)
        }
        return WebURL(reference, base: base)?.description
    }

    /// The URL of a source, as the map names it with its `sourceRoot`.
    ///
    /// - Parameters:
    ///   - mapURL: that of the map; of a `data:` URL, that of the generated file counts.
    package static func sourceURL(
        _ source: String, mapURL: String, generatedURL: String
    ) -> String {
        let base = DataURL.isOne(mapURL) ? generatedURL : mapURL
        guard let base = WebURL(base) else {
            return WebURL(source).map(\.description) ?? joined(source, to: base)
        }
        return WebURL(source, base: base)?.description ?? source
    }

    /// A relative path beside another one, both without a scheme: files on a disk.
    private static func joined(_ reference: String, to base: String) -> String {
        if reference.hasPrefix("/") { return reference }
        var parts = base.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for part in reference.split(separator: "/", omittingEmptySubsequences: false) {
            if part == ".." {
                if let last = parts.last, last != "..", !last.isEmpty {
                    parts.removeLast()
                } else if parts.isEmpty || parts.last == ".." {
                    parts.append(part)
                }
            } else if part != "." {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
