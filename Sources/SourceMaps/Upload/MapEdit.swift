import ErrorModel

/// Changes to the text of a map that leave all else of it as its author wrote it.
enum MapEdit {
    /// In a map that has been shifted: the line that was inserted.
    ///
    /// A script and its map cannot be
    /// replaced at once; where the script was not, this says that the map need not be shifted again.
    private static let shiftedMember = "x_faultlog_inserted_line"

    /// The map for a generated file that has one line more, before its line `line`, with the id.
    ///
    /// The map has been decoded before: it is valid JSON of known depth. `line` nil: no line more.
    /// One that was shifted before comes back as it is.
    static func tie(
        _ text: [UInt8], to id: DebugID, insertedLine line: Int?
    ) throws(DebugIDInjectionError) -> [UInt8] {
        let start: Int
        do throws(SourceMapError) {
            start = try jsonStart(of: text)
        } catch {
            throw .map(error)
        }
        var splices = Splices()
        let rest = Array(text[start...])
        do {
            try rest.withJSON { json in
                var scanner = try JSONScanner(json)
                let found = try edit(
                    &scanner, line: line, depth: 0, offset: start, &splices)
                if found.isShifted, line != nil {
                    splices = Splices()
                    return
                }
                var members: [String] = []
                if !found.hasDebugID {
                    members += ["\"debugId\":\"\(id)\"", "\"debug_id\":\"\(id)\""]
                }
                if let line { members.append("\"\(shiftedMember)\":\(line)") }
                splices.insert(
                    Array(members.map { $0 + "," }.joined().utf8),
                    at: start + found.firstMember)
            }
        } catch let error as DebugIDInjectionError {
            throw error
        } catch {
            throw .mapText
        }
        return splices.apply(to: text)
    }

    /// Behind a byte order mark and a guard line.
    private static func jsonStart(of text: [UInt8]) throws(SourceMapError) -> Int {
        let start = try SourceMap.start(text)
        return text[start...].firstIndex(of: UInt8(ascii: "{")) ?? start
    }

    private struct Found {
        /// Behind the brace.
        var firstMember = 0
        var hasDebugID = false
        var isShifted = false
    }

    /// Reads one map, or one map of a section.
    private static func edit(
        _ scanner: inout JSONScanner, line: Int?, depth: Int, offset: Int,
        _ splices: inout Splices
    ) throws -> Found {
        guard depth <= SourceMapLimits.sectionDepth else { throw DebugIDInjectionError.mapText }
        var found = Found()
        var isFirst = true
        _ = scanner.peek()
        try scanner.enterObject()
        found.firstMember = scanner.position
        while let key = try scanner.nextKey(&isFirst) {
            if scanner.bytes.matches(key, "debugId") || scanner.bytes.matches(key, "debug_id") {
                found.hasDebugID = true
                try scanner.skipValue()
            } else if scanner.bytes.string(key) == shiftedMember {
                found.isShifted = true
                try scanner.skipValue()
            } else if let line, scanner.bytes.matches(key, "mappings") {
                try shiftMappings(&scanner, line: line, offset: offset, &splices)
            } else if let line, scanner.bytes.matches(key, "sections"),
                scanner.stands(at: UInt8(ascii: "["))
            {
                try shiftSections(&scanner, line: line, depth: depth, offset: offset, &splices)
            } else {
                try scanner.skipValue()
            }
        }
        return found
    }

    /// A semicolon begins a line: one more before those of `line`.
    private static func shiftMappings(
        _ scanner: inout JSONScanner, line: Int, offset: Int, _ splices: inout Splices
    ) throws {
        let slice = try scanner.takeString()
        if slice.isMissing { return }
        guard !slice.hasEscapes else { throw DebugIDInjectionError.escapedMappings }
        let text = scanner.bytes.raw(slice)
        var left = line
        var place = 0
        while left > 0, place < text.count {
            if text[place] == UInt8(ascii: ";") { left -= 1 }
            place += 1
        }
        // Where the mappings end before that line nothing of theirs moves.
        if left == 0 {
            splices.insert([UInt8(ascii: ";")], at: offset + slice.range.lowerBound + place)
        }
    }

    /// Sections that begin at or behind `line` begin a line later; one that begins before it and
    /// reaches over it is shifted inside.
    private static func shiftSections(
        _ scanner: inout JSONScanner, line: Int, depth: Int, offset: Int,
        _ splices: inout Splices
    ) throws {
        var isFirst = true
        try scanner.enterArray()
        while try scanner.nextElement(&isFirst) {
            // Once more, for its map.
            var again = scanner
            guard let number = try lineNumber(of: &scanner) else {
                throw DebugIDInjectionError.mapText
            }
            if number.value >= line {
                let range = number.range.lowerBound + offset..<number.range.upperBound + offset
                splices.replace(range, with: Array("\(number.value + 1)".utf8))
                continue
            }
            try shiftMap(
                &again, line: line - number.value, depth: depth, offset: offset, &splices)
        }
    }

    /// Passes a section and returns where its line stands, and which it is.
    private static func lineNumber(
        of scanner: inout JSONScanner
    ) throws -> (range: Range<Int>, value: Int)? {
        var result: (range: Range<Int>, value: Int)?
        var isFirst = true
        guard scanner.stands(at: UInt8(ascii: "{")) else { return nil }
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            guard scanner.bytes.matches(key, "offset"), scanner.stands(at: UInt8(ascii: "{"))
            else {
                try scanner.skipValue()
                continue
            }
            var isFirstOfOffset = true
            try scanner.enterObject()
            while let key = try scanner.nextKey(&isFirstOfOffset) {
                guard scanner.bytes.matches(key, "line") else {
                    try scanner.skipValue()
                    continue
                }
                let range = try scanner.takeRaw()
                guard let value = JSONNumber.int64(scanner.bytes.raw(range)),
                    (0...Int64(SourceMapLimits.position)).contains(value)
                else { return nil }
                result = (range, Int(value))
            }
        }
        return result
    }

    private static func shiftMap(
        _ scanner: inout JSONScanner, line: Int, depth: Int, offset: Int,
        _ splices: inout Splices
    ) throws {
        var isFirst = true
        _ = scanner.peek()
        try scanner.enterObject()
        while let key = try scanner.nextKey(&isFirst) {
            if scanner.bytes.matches(key, "map"), scanner.stands(at: UInt8(ascii: "{")) {
                _ = try edit(
                    &scanner, line: line, depth: depth + 1, offset: offset, &splices)
            } else {
                try scanner.skipValue()
            }
        }
    }
}
