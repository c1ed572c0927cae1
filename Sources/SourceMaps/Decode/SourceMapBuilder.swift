import ErrorModel

/// Joins the members of a map, or of all sections of an index map, into one table.
struct SourceMapBuilder {
    private(set) var sources: [SourceMap.Source] = []
    private(set) var names: [JSONSlice] = []
    private(set) var functionMaps: [MetroFunctionMap?] = []
    private(set) var table = SegmentTable()

    /// One list of mappings and where it goes.
    private struct Part {
        var mappings: JSONSlice
        var frame: MappingsReader.Frame
    }

    private var parts: [Part] = []
    /// Of index maps: sources by their name, since sections may share them.
    private var known: [String: [Int]] = [:]
    private var nameByteCount = 0

    /// Adds a whole map; called once.
    mutating func add(
        _ fields: inout MapFields, _ json: JSONBytes, _ log: inout WarningLog
    ) throws(SourceMapError) {
        try collect(
            &fields, json, line: 0, column: 0, end: .max, isShared: fields.sections != nil, &log)
        if !functionMaps.contains(where: { $0 != nil }) { functionMaps = [] }
        try decode(json, &log)
    }

    // MARK: Sources, names, places

    private mutating func collect(
        _ fields: inout MapFields, _ json: JSONBytes, line: UInt64, column: UInt64, end: UInt64,
        isShared: Bool, _ log: inout WarningLog
    ) throws(SourceMapError) {
        if var sections = fields.sections {
            fields.sections = []
            try order(&sections, json, &log)
            for index in sections.indices {
                let place = Self.place(sections[index], line, column)
                let next =
                    index + 1 < sections.count
                    ? Self.place(sections[index + 1], line, column) : (line: end >> 32, column: end)
                let nextKey =
                    index + 1 < sections.count
                    ? Self.key(line: next.line, column: next.column) : UInt64.max
                try collect(
                    &sections[index].fields, json, line: place.line, column: place.column,
                    end: min(end, nextKey), isShared: isShared, &log)
            }
            return
        }
        var frame = MappingsReader.Frame()
        frame.line = line
        frame.column = Int64(column)
        frame.end = end
        frame.sourceCount = UInt32(fields.sources.count)
        frame.firstSource = UInt32(sources.count)
        frame.firstName = UInt32(names.count)
        frame.nameCount = UInt32(fields.names.count)
        try addSources(fields, json, isShared: isShared, &frame)
        names.append(contentsOf: fields.names)
        parts.append(Part(mappings: fields.mappings, frame: frame))
    }

    /// Where a section begins; its column counts from that of the map around it on the first line.
    private static func place(
        _ section: MapFields.Section, _ line: UInt64, _ column: UInt64
    ) -> (line: UInt64, column: UInt64) {
        let isOnFirstLine = section.line == 0
        return (UInt64(section.line) + line, UInt64(section.column) + (isOnFirstLine ? column : 0))
    }

    private static func key(line: UInt64, column: UInt64) -> UInt64 {
        let limit = UInt64(UInt32.max)
        return line > limit ? .max : line << 32 | min(column, limit)
    }

    private func order(
        _ sections: inout [MapFields.Section], _ json: JSONBytes, _ log: inout WarningLog
    ) throws(SourceMapError) {
        var isSorted = true
        for (section, next) in zip(sections, sections.dropFirst()) {
            let key = UInt64(section.line) << 32 | UInt64(section.column)
            let nextKey = UInt64(next.line) << 32 | UInt64(next.column)
            if nextKey > key { continue }
            try log.note(
                .sectionOrder,
                at: Int(next.fields.mappings.isMissing ? 0 : next.fields.mappings.offset))
            if nextKey < key { isSorted = false }
        }
        if isSorted { return }
        let keys = sections.indices.map { index in
            (sections[index].line, sections[index].column, index)
        }
        sections = keys.sorted(by: <).map { sections[$0.2] }
    }

    private mutating func addSources(
        _ fields: MapFields, _ json: JSONBytes, isShared: Bool, _ frame: inout MappingsReader.Frame
    ) throws(SourceMapError) {
        let root = json.optionalString(fields.sourceRoot) ?? ""
        let prefix = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        var isIgnored = [Bool](repeating: false, count: fields.sources.count)
        for index in fields.ignored where index < isIgnored.count { isIgnored[index] = true }
        for (index, slice) in fields.sources.enumerated() {
            nameByteCount += prefix.utf8.count + slice.count
            if nameByteCount > SourceMapLimits.sourceNameByteCount {
                throw SourceMapError(.sourceNamesTooLong)
            }
            let source = SourceMap.Source(
                name: json.optionalString(slice).map { prefix.isEmpty ? $0 : prefix + $0 },
                isIgnored: isIgnored[index],
                content: index < fields.contents.count ? fields.contents[index] : .missing)
            let functionMap = index < fields.functionMaps.count ? fields.functionMaps[index] : nil
            if isShared {
                frame.sourceIndices.append(add(source, functionMap, json))
            } else {
                sources.append(source)
                functionMaps.append(functionMap)
            }
        }
    }

    /// The index of the source, which an earlier section may have brought as well.
    private mutating func add(
        _ source: SourceMap.Source, _ functionMap: MetroFunctionMap?, _ json: JSONBytes
    ) -> UInt32 {
        let name = source.name ?? ""
        // Few sources share a name; a hostile map's many are not all compared.
        for index in known[name, default: []].suffix(Self.comparedCount) {
            let other = sources[index]
            if other.name == source.name, other.isIgnored == source.isIgnored, functionMap == nil,
                other.content.isMissing == source.content.isMissing,
                json.raw(other.content).elementsEqual(json.raw(source.content))
            {
                return UInt32(index)
            }
        }
        known[name, default: []].append(sources.count)
        sources.append(source)
        functionMaps.append(functionMap)
        return UInt32(sources.count - 1)
    }

    /// Sources of one name that a new one is compared with.
    private static let comparedCount = 4

    // MARK: Mappings

    private mutating func decode(
        _ json: JSONBytes, _ log: inout WarningLog
    ) throws(SourceMapError) {
        var bound = 0
        for part in parts {
            let raw = json.raw(part.mappings)
            // An escape may stand for a comma: of such a list every byte may be a segment.
            bound += part.mappings.hasEscapes ? raw.count : MappingsReader.segmentBound(raw)
        }
        guard bound <= SourceMapLimits.segmentCount else {
            throw SourceMapError(.tooManySegments)
        }
        var lines: [SegmentTable.Line] = []
        var failure: SourceMapError?
        table.segments = [Segment](unsafeUninitializedCapacity: bound) { buffer, count in
            do throws(SourceMapError) {
                for part in parts {
                    try Self.decode(part, json, buffer, &count, &lines, &log)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        table.lines = lines
    }

    private static func decode(
        _ part: Part, _ json: JSONBytes, _ output: UnsafeMutableBufferPointer<Segment>,
        _ count: inout Int, _ lines: inout [SegmentTable.Line], _ log: inout WarningLog
    ) throws(SourceMapError) {
        let slice = part.mappings
        if slice.isEmpty { return }
        if slice.hasEscapes {
            // Some writers escape each slash, which is a digit here.
            var list: [UInt8] = []
            json.append(slice, to: &list)
            list.append(UInt8(ascii: "\""))
            var failure: SourceMapError?
            list.withUnsafeBytes { bytes in
                do throws(SourceMapError) {
                    try read(bytes, at: slice.range.lowerBound, part, output, &count, &lines, &log)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        } else {
            let range = slice.range
            let bytes = json.raw(range.lowerBound..<range.upperBound + 1)
            try read(bytes, at: range.lowerBound, part, output, &count, &lines, &log)
        }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, _ part: Part,
        _ output: UnsafeMutableBufferPointer<Segment>, _ count: inout Int,
        _ lines: inout [SegmentTable.Line], _ log: inout WarningLog
    ) throws(SourceMapError) {
        var failure: SourceMapError?
        Base64Digits.meanings.withUnsafeBufferPointer { meanings in
            guard let base = meanings.baseAddress else { return }
            do throws(SourceMapError) {
                try MappingsReader(bytes, textOffset: offset, meanings: base).read(
                    part.frame, into: output, &count, lines: &lines, log: &log)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
