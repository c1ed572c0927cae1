import ErrorModel

/// Sections of index maps, and the function maps that Metro adds.
extension MapScan {
    mutating func takeSections(depth: Int) throws -> [MapFields.Section] {
        guard scanner.stands(at: UInt8(ascii: "[")) else {
            throw SourceMapError(.sectionsNotList, at: scanner.position)
        }
        guard depth < SourceMapLimits.sectionDepth else {
            throw SourceMapError(.sectionsTooDeep, at: scanner.position)
        }
        if depth > 0 { try log.note(.sectionNested, at: scanner.position) }
        var sections: [MapFields.Section] = []
        var isFirst = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            sectionCount += 1
            if sectionCount > SourceMapLimits.sectionCount {
                throw SourceMapError(.tooManySections, at: scanner.position)
            }
            if let section = try takeSection(depth: depth) { sections.append(section) }
        }
        return sections
    }

    /// Nil where the element is no object or the map in it is refused; the scanner is behind it.
    mutating func takeSection(depth: Int) throws -> MapFields.Section? {
        let start = scanner.position
        guard scanner.stands(at: UInt8(ascii: "{")) else {
            try log.note(.sectionItem, at: start)
            try scanner.skipValue()
            return nil
        }
        var offset: (line: Int?, column: Int?)?
        var map: MapFields?
        var hasMap = false
        var hasURL = false
        var isFirst = true
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            if scanner.bytes.matches(key, "offset") {
                offset = try takeOffset()
            } else if scanner.bytes.matches(key, "map") {
                hasMap = scanner.stands(at: UInt8(ascii: "{"))
                map = hasMap ? try takeSectionMap(depth: depth) : nil
                if !hasMap { try scanner.skipValue() }
            } else {
                hasURL = hasURL || scanner.bytes.matches(key, "url")
                try scanner.skipValue()
            }
        }
        guard let offset else { throw SourceMapError(.sectionWithoutOffset, at: start) }
        guard hasMap else {
            throw SourceMapError(hasURL ? .sectionByURL : .sectionWithoutMap, at: start)
        }
        let limit = Int(SourceMapLimits.position)
        guard let line = offset.line, let column = offset.column, max(line, column) <= limit else {
            try log.note(.sectionOffset, at: start)
            let line = min(offset.line ?? 0, limit)
            let column = min(offset.column ?? 0, limit)
            return map.map {
                MapFields.Section(line: UInt32(line), column: UInt32(column), fields: $0)
            }
        }
        return map.map { MapFields.Section(line: UInt32(line), column: UInt32(column), fields: $0) }
    }

    /// Nil where the standard throws at the map: the section alone is lost.
    mutating func takeSectionMap(depth: Int) throws -> MapFields? {
        let before = scanner
        do {
            return try readMap(depth: depth + 1)
        } catch let error as SourceMapError {
            switch error.kind {
            case .noMappings, .noSources:
                // Thrown behind the map's closing brace or inside it: read again to get there.
                scanner = before
                try scanner.skipValue()
                try log.note(.sectionRefused, at: before.position)
                return nil
            default:
                throw error
            }
        }
    }

    /// Nil for a value that is no object.
    mutating func takeOffset() throws(JSONError) -> (line: Int?, column: Int?)? {
        guard scanner.stands(at: UInt8(ascii: "{")) else {
            try scanner.skipValue()
            return nil
        }
        var offset: (line: Int?, column: Int?) = (nil, nil)
        var isFirst = true
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            if scanner.bytes.matches(key, "line") {
                offset.line = try scanner.takeIndex()
            } else if scanner.bytes.matches(key, "column") {
                offset.column = try scanner.takeIndex()
            } else {
                try scanner.skipValue()
            }
        }
        return offset
    }

    // MARK: Metro's function maps

    /// `[[{"names": [...], "mappings": "..."}, ...] or null, ...]`, one element a source.
    mutating func takeFunctionMaps(_ seen: inout Seen) throws -> [MetroFunctionMap?] {
        guard scanner.stands(at: UInt8(ascii: "[")) else {
            seen.fault(.functionMaps, .functionMap, at: scanner.position)
            try scanner.skipValue()
            return []
        }
        var maps: [MetroFunctionMap?] = []
        var isFirst = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            maps.append(try takeFunctionMap(&seen))
            if maps.count > SourceMapLimits.sourceCount {
                throw SourceMapError(.tooManySources, at: scanner.position)
            }
        }
        return maps
    }

    mutating func takeFunctionMap(_ seen: inout Seen) throws -> MetroFunctionMap? {
        guard scanner.stands(at: UInt8(ascii: "[")) else {
            try scanner.skipValue()
            return nil
        }
        var map: MetroFunctionMap?
        var isFirst = true
        var isFirstElement = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            // The function map is the first element; later ones are of other kinds.
            if isFirstElement, scanner.stands(at: UInt8(ascii: "{")) {
                map = try takeFunctionMapObject(&seen)
            } else {
                try scanner.skipValue()
            }
            isFirstElement = false
        }
        return map
    }

    mutating func takeFunctionMapObject(_ seen: inout Seen) throws -> MetroFunctionMap {
        var map = MetroFunctionMap()
        var isFirst = true
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            if scanner.bytes.matches(key, "names") {
                map.names = try takeTexts(.functionMaps, .functionMap, .functionMap, &seen)
                nameCount += map.names.count
            } else if scanner.bytes.matches(key, "mappings") {
                map.mappings = try scanner.takeString()
            } else {
                try scanner.skipValue()
            }
        }
        return map
    }
}
