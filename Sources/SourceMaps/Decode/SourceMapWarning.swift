/// One kind of fault of a map that was taken all the same.
package struct SourceMapWarning: Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        case version
        case file
        case sourceRoot
        case sourcesItem
        case sourcesContent
        case sourcesContentItem
        case names
        case namesItem
        case ignoreList
        case ignoreListItem
        case ignoreListIndex
        case debugID
        case mappingsCharacter
        case emptySegment
        case fieldCount
        case valueTooLarge
        case generatedColumn
        case sourceIndex
        case originalPosition
        case nameIndex
        case positionTooLarge
        case mappingsBesideSections
        case sectionItem
        case sectionOffset
        case sectionOrder
        case sectionOverlap
        case sectionNested
        case sectionRefused
        case functionMap
        case invalidUTF8

        /// True where ECMA-426, or its test suite, calls a map with this fault invalid.
        package var isAgainstStandard: Bool {
            switch self {
            case .debugID, .positionTooLarge, .sectionOverlap, .sectionNested, .functionMap: false
            default: true
            }
        }
    }

    package let kind: Kind
    /// How often the fault was met.
    package internal(set) var count: Int
    /// Where it was met first, in bytes from the start of the map's text.
    package let offset: Int

    package var description: String {
        let times = count == 1 ? "" : ", \(count) times"
        return "\(kind.reason) (\(kind.rawValue), first at byte \(offset)\(times))"
    }
}

extension SourceMapWarning.Kind {
    /// What is wrong, and what was made of it.
    package var reason: String {
        texts.outcome.isEmpty ? texts.fault : "\(texts.fault); \(texts.outcome)"
    }

    /// What is wrong.
    package var fault: String { texts.fault }

    private var texts: (fault: String, outcome: String) {
        switch self {
        case .version: ("`version` is not the number 3", "the map is read as version 3")
        case .file: ("`file` is no string", "it is ignored")
        case .sourceRoot: ("`sourceRoot` is no string", "it is ignored")
        case .sourcesItem:
            ("an element of `sources` is neither string nor null", "it counts as null")
        case .sourcesContent: ("`sourcesContent` is no array", "the map has no source text")
        case .sourcesContentItem:
            ("an element of `sourcesContent` is neither string nor null", "it counts as null")
        case .names: ("`names` is no array", "the map has no names")
        case .namesItem: ("an element of `names` is no string", "it counts as empty")
        case .ignoreList: ("`ignoreList` is no array", "it is ignored")
        case .ignoreListItem: ("an element of `ignoreList` is no index", "it is ignored")
        case .ignoreListIndex: ("an element of `ignoreList` is past the end of `sources`", "")
        case .debugID: ("the debug id is no UUID", "it is ignored")
        case .mappingsCharacter:
            ("`mappings` has a character that is no base64", "its segment is lost")
        case .emptySegment: ("`mappings` has nothing between two commas", "")
        case .fieldCount: ("a segment has neither 1, 4 nor 5 fields", "it is lost")
        case .valueTooLarge: ("a value of a segment has more than 32 bits", "its segment is lost")
        case .generatedColumn: ("a segment is at a column below zero", "it is lost")
        case .sourceIndex: ("a segment names a source that is not there", "it maps to nothing")
        case .originalPosition: ("a segment has an original place below zero", "it maps to nothing")
        case .nameIndex: ("a segment has a name that is not there", "it has none")
        case .positionTooLarge: ("a place has more than 32 bits", "its segment is lost")
        case .mappingsBesideSections:
            ("there are `mappings` beside `sections`", "only these are read")
        case .sectionItem: ("an element of `sections` is no object", "it is passed over")
        case .sectionOffset:
            ("a section's `offset` has no whole line or column", "it counts as zero")
        case .sectionOrder:
            ("the sections are not in the order of their offsets", "they are sorted")
        case .sectionOverlap: ("a section goes on behind the next one's offset", "it is cut there")
        case .sectionNested:
            ("a section is an index map itself, which the standard does not know", "")
        case .sectionRefused: ("a section is no valid map", "it is passed over")
        case .functionMap: ("`x_facebook_sources` cannot be read", "it is ignored")
        case .invalidUTF8: ("the text is not all UTF-8", "what is not becomes U+FFFD")
        }
    }
}

/// Gathers the warnings of one decoding; throws them in strict mode.
struct WarningLog {
    private(set) var warnings: [SourceMapWarning] = []
    let isStrict: Bool

    /// Notes a fault; each kind is kept once, with its first place and how often it was met.
    @inline(never)
    mutating func note(_ kind: SourceMapWarning.Kind, at offset: Int) throws(SourceMapError) {
        if isStrict, kind.isAgainstStandard {
            throw SourceMapError(.againstStandard(kind), at: offset)
        }
        if let index = warnings.firstIndex(where: { $0.kind == kind }) {
            warnings[index].count += 1
        } else {
            warnings.append(SourceMapWarning(kind: kind, count: 1, offset: offset))
        }
    }
}
