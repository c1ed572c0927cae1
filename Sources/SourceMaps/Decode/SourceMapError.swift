package import ErrorModel

/// Why bytes are refused as a source map, and where.
package struct SourceMapError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        // What is no map at all.
        case empty
        case gzip
        case zip
        case html
        case script
        case utf16
        case guardOnly
        case cutOff
        case notJSON(JSONError.Kind)
        case notObject
        // What the standard throws at.
        case noMappings
        case noSources
        case sectionsNotList
        case sectionWithoutOffset
        case sectionWithoutMap
        case sectionByURL
        // What strict decoding refuses besides.
        case againstStandard(SourceMapWarning.Kind)
        // Bounds.
        case tooLong
        case tooManySegments
        case tooManySources
        case tooManyNames
        case sourceNamesTooLong
        case tooManySections
        case sectionsTooDeep
    }

    package let kind: Kind
    /// The byte, counted from the start of the map's text; nil where the whole is meant.
    package let offset: Int?

    package init(_ kind: Kind, at offset: Int? = nil) {
        self.kind = kind
        self.offset = offset
    }

    package var description: String {
        offset.map { "\(reason) (at byte \($0))" } ?? reason
    }

    private var reason: String {
        switch kind {
        case .empty: "the file is empty; upload the .map file that the bundler wrote"
        case .gzip: "the file is compressed with gzip; upload it unpacked"
        case .zip: "the file is a zip archive; upload the map inside it"
        case .html: "the file is an HTML page, perhaps an error page of a web server, and no map"
        case .script: "the file is a script, not its map; upload the .map file beside it"
        case .utf16: "the file is UTF-16; JSON is UTF-8"
        case .guardOnly: "there is nothing behind the guard line )]}'"
        case .cutOff: "the map ends too early; it was cut off, perhaps by a broken upload"
        case .notJSON(let kind): "the map is no JSON: \(JSONError(kind, at: offset ?? 0).reason)"
        case .notObject: "the JSON is no object, so it is no source map"
        case .noMappings: "`mappings` is missing or no string"
        case .noSources: "`sources` is missing or no array"
        case .sectionsNotList: "`sections` is no array"
        case .sectionWithoutOffset: "a section's `offset` is missing or no object"
        case .sectionWithoutMap: "a section's `map` is missing or no object"
        case .sectionByURL:
            "a section names the URL of its map; nothing is fetched, so put the map itself there"
        case .againstStandard(let kind): kind.fault
        case .tooLong: "the map has more than \(SourceMapLimits.byteCount >> 20) MiB"
        case .tooManySegments: "the map has more than \(SourceMapLimits.segmentCount) segments"
        case .tooManySources: "the map has more than \(SourceMapLimits.sourceCount) sources"
        case .tooManyNames: "the map has more than \(SourceMapLimits.nameCount) names"
        case .sourceNamesTooLong:
            "the names of the sources have more than \(SourceMapLimits.sourceNameByteCount >> 20) MiB"
        case .tooManySections: "the map has more than \(SourceMapLimits.sectionCount) sections"
        case .sectionsTooDeep:
            "sections are nested more than \(SourceMapLimits.sectionDepth) levels deep"
        }
    }
}
