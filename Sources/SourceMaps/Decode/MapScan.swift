import ErrorModel

/// Reads the JSON of a map in one pass; keeps slices, so that source text is passed and not copied.
///
/// Where a member stands twice the last one counts, its faults included.
struct MapScan {
    var scanner: JSONScanner
    var log: WarningLog
    var sectionCount = 0
    private var sourceCount = 0
    var nameCount = 0

    init(_ bytes: JSONBytes, isStrict: Bool) throws(JSONError) {
        scanner = try JSONScanner(bytes)
        log = WarningLog(isStrict: isStrict)
    }

    /// Reads the whole text.
    static func read(
        _ bytes: JSONBytes, isStrict: Bool
    ) throws(SourceMapError) -> (MapFields, WarningLog) {
        let text = bytes.raw(0..<bytes.count)
        do {
            var scan = try MapScan(bytes, isStrict: isStrict)
            guard scan.scanner.stands(at: UInt8(ascii: "{")) else {
                throw UploadText.errorOfNoObject(text)
            }
            let fields = try scan.readMap(depth: 0)
            try scan.scanner.expectEnd()
            if scan.scanner.sawNonASCII, !UTF8Check.isValid(text) {
                try scan.log.note(.invalidUTF8, at: 0)
            }
            return (fields, scan.log)
        } catch let error as JSONError {
            throw UploadText.error(error, in: text)
        } catch let error as SourceMapError {
            throw error
        } catch {
            preconditionFailure("the scan throws nothing else")
        }
    }

    /// The members that are read; all others are ignored, as the standard asks.
    enum Member: Int, CaseIterable {
        case version, file, sourceRoot, sources, sourcesContent, names, ignoreList
        case googleIgnoreList, mappings, sections, debugID, oldDebugID, functionMaps
    }

    private func member(_ key: JSONSlice) -> Member? {
        let bytes = scanner.bytes
        if bytes.matches(key, "version") { return .version }
        if bytes.matches(key, "sources") { return .sources }
        if bytes.matches(key, "sourcesContent") { return .sourcesContent }
        if bytes.matches(key, "names") { return .names }
        if bytes.matches(key, "mappings") { return .mappings }
        if bytes.matches(key, "file") { return .file }
        if bytes.matches(key, "sourceRoot") { return .sourceRoot }
        if bytes.matches(key, "sections") { return .sections }
        if bytes.matches(key, "ignoreList") { return .ignoreList }
        if bytes.matches(key, "x_google_ignoreList") { return .googleIgnoreList }
        if bytes.matches(key, "debugId") { return .debugID }
        if bytes.matches(key, "debug_id") { return .oldDebugID }
        if bytes.matches(key, "x_facebook_sources") { return .functionMaps }
        return nil
    }

    /// The first fault of each member, until the whole object was read.
    typealias Faults = [(kind: SourceMapWarning.Kind, offset: Int)?]

    /// What was met in one object besides its fields.
    struct Seen {
        var offsets = [Int?](repeating: nil, count: Member.allCases.count)
        var faults = Faults(repeating: nil, count: Member.allCases.count)
        var hasSources = false
        var googleIgnored: [Int] = []
        var debugID: DebugID?
        var oldDebugID: DebugID?

        func has(_ member: Member) -> Bool { offsets[member.rawValue] != nil }

        mutating func fault(_ member: Member, _ kind: SourceMapWarning.Kind, at offset: Int) {
            if faults[member.rawValue] == nil { faults[member.rawValue] = (kind, offset) }
        }
    }

    mutating func readMap(depth: Int) throws -> MapFields {
        var fields = MapFields()
        var seen = Seen()
        let start = scanner.position
        var isFirst = true
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            guard let member = member(key) else {
                try scanner.skipValue()
                continue
            }
            _ = scanner.peek()
            seen.offsets[member.rawValue] = scanner.position
            seen.faults[member.rawValue] = nil
            try read(member, into: &fields, &seen, depth: depth)
        }
        try judge(&fields, seen, start: start)
        return fields
    }

    private mutating func read(
        _ member: Member, into fields: inout MapFields, _ seen: inout Seen, depth: Int
    ) throws {
        switch member {
        case .version:
            if try scanner.takeIndex() != 3 { seen.fault(.version, .version, at: scanner.position) }
        case .file:
            fields.file = try takeText(.file, .file, &seen)
        case .sourceRoot:
            fields.sourceRoot = try takeText(.sourceRoot, .sourceRoot, &seen)
        case .sources:
            seen.hasSources = scanner.stands(at: UInt8(ascii: "["))
            sourceCount -= fields.sources.count
            fields.sources = try takeTexts(.sources, nil, .sourcesItem, &seen)
            sourceCount += fields.sources.count
            if sourceCount > SourceMapLimits.sourceCount {
                throw SourceMapError(.tooManySources, at: scanner.position)
            }
        case .sourcesContent:
            fields.contents = try takeTexts(
                .sourcesContent, .sourcesContent, .sourcesContentItem, &seen)
        case .names:
            nameCount -= fields.names.count
            fields.names = try takeTexts(.names, .names, .namesItem, isNullAllowed: false, &seen)
            nameCount += fields.names.count
        case .ignoreList:
            fields.ignored = try takeIndices(.ignoreList, &seen)
        case .googleIgnoreList:
            seen.googleIgnored = try takeIndices(.googleIgnoreList, &seen)
        case .mappings:
            fields.mappings = try scanner.takeString()
        case .sections:
            fields.sections = try takeSections(depth: depth)
        case .debugID:
            seen.debugID = try takeDebugID(.debugID, &seen)
        case .oldDebugID:
            seen.oldDebugID = try takeDebugID(.oldDebugID, &seen)
        case .functionMaps:
            fields.functionMaps = try takeFunctionMaps(&seen)
        }
    }

    /// Decides what the object is and whether it has what it needs.
    private mutating func judge(
        _ fields: inout MapFields, _ seen: Seen, start: Int
    ) throws(SourceMapError) {
        if !seen.has(.version) { try log.note(.version, at: start) }
        // The extension counts only where the member of the standard is missing.
        let passedOver = Member.googleIgnoreList.rawValue
        for (index, fault) in seen.faults.enumerated() where index != passedOver {
            if let fault { try log.note(fault.kind, at: fault.offset) }
        }
        if !seen.has(.ignoreList) { fields.ignored = seen.googleIgnored }
        fields.debugID = seen.debugID ?? seen.oldDebugID
        if seen.has(.sections) {
            if let place = seen.offsets[Member.mappings.rawValue] {
                try log.note(.mappingsBesideSections, at: place)
            }
            return
        }
        if fields.mappings.isMissing {
            throw SourceMapError(
                .noMappings, at: seen.offsets[Member.mappings.rawValue] ?? start)
        }
        if !seen.hasSources {
            throw SourceMapError(.noSources, at: seen.offsets[Member.sources.rawValue] ?? start)
        }
        if let last = fields.ignored.max(), last >= fields.sources.count {
            let place = seen.offsets[Member.ignoreList.rawValue]
            if let place { try log.note(.ignoreListIndex, at: place) }
            fields.ignored.removeAll { $0 >= fields.sources.count }
        }
    }

    // MARK: Values

    private mutating func takeText(
        _ member: Member, _ kind: SourceMapWarning.Kind, _ seen: inout Seen
    ) throws(JSONError) -> JSONSlice {
        let place = scanner.position
        let slice = try scanner.takeString()
        if slice.isMissing { seen.fault(member, kind, at: place) }
        return slice
    }

    /// A list of strings; `listKind` is the fault of a value that is no list, nil where it is no
    /// matter of warnings.
    mutating func takeTexts(
        _ member: Member, _ listKind: SourceMapWarning.Kind?, _ itemKind: SourceMapWarning.Kind,
        isNullAllowed: Bool = true, _ seen: inout Seen
    ) throws -> [JSONSlice] {
        let limit = SourceMapLimits.nameCount
        guard scanner.stands(at: UInt8(ascii: "[")) else {
            if let listKind { seen.fault(member, listKind, at: scanner.position) }
            try scanner.skipValue()
            return []
        }
        var texts: [JSONSlice] = []
        var isFirst = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            let slice = try scanner.takeStringOrNull()
            if slice == nil || !isNullAllowed && slice == .missing {
                seen.fault(member, itemKind, at: scanner.position)
            }
            texts.append(slice ?? .missing)
            if texts.count > limit || nameCount > limit {
                throw SourceMapError(
                    member == .names ? .tooManyNames : .tooManySources, at: scanner.position)
            }
        }
        return texts
    }

    private mutating func takeIndices(
        _ member: Member, _ seen: inout Seen
    ) throws -> [Int] {
        guard scanner.stands(at: UInt8(ascii: "[")) else {
            seen.fault(member, .ignoreList, at: scanner.position)
            try scanner.skipValue()
            return []
        }
        var indices: [Int] = []
        var isFirst = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            if let index = try scanner.takeIndex() {
                indices.append(index)
            } else {
                seen.fault(member, .ignoreListItem, at: scanner.position)
            }
            if indices.count > SourceMapLimits.sourceCount {
                throw SourceMapError(.tooManySources, at: scanner.position)
            }
        }
        return indices
    }

    private mutating func takeDebugID(
        _ member: Member, _ seen: inout Seen
    ) throws(JSONError) -> DebugID? {
        let place = scanner.position
        let slice = try scanner.takeString()
        let id = slice.hasEscapes ? nil : DebugID(bytes: scanner.bytes.raw(slice))
        if id == nil { seen.fault(member, .debugID, at: place) }
        return id
    }
}
