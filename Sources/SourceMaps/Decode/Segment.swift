/// Where a stretch of the generated file comes from; 20 bytes.
package struct Segment: Equatable, Sendable {
    /// Stands for no source or no name.
    package static let none = UInt32.max

    /// In the generated line, in UTF-16 code units from 0 on.
    package var column: UInt32
    /// Index of the source; `none` where this stretch comes from nowhere.
    package var source: UInt32
    package var originalLine: UInt32
    package var originalColumn: UInt32
    /// Index of the name; `none` where there is none.
    package var name: UInt32

    package init(
        column: UInt32, source: UInt32 = none, originalLine: UInt32 = 0,
        originalColumn: UInt32 = 0, name: UInt32 = none
    ) {
        self.column = column
        self.source = source
        self.originalLine = originalLine
        self.originalColumn = originalColumn
        self.name = name
    }

    package var isMapped: Bool { source != Self.none }
}

/// A place in the original sources.
package struct OriginalPosition: Equatable, Sendable {
    /// Index of the source.
    package var source: Int
    /// From 0 on.
    package var line: UInt32
    /// In UTF-16 code units from 0 on.
    package var column: UInt32
    /// Index of the name that the map gives this place.
    package var name: Int?

    package init(source: Int, line: UInt32, column: UInt32, name: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
        self.name = name
    }

    /// Nil for a segment that maps to nothing.
    init?(_ segment: Segment) {
        guard segment.isMapped else { return nil }
        self.init(
            source: Int(segment.source), line: segment.originalLine, column: segment.originalColumn,
            name: segment.name == Segment.none ? nil : Int(segment.name))
    }
}

/// The segments of a map by line; lines without any take no room.
package struct SegmentTable: Equatable, Sendable {
    /// Where the segments of a line begin.
    package struct Line: Equatable, Sendable {
        package var line: UInt32
        package var first: UInt32
    }

    /// Ascending, each with one segment at least.
    package internal(set) var lines: [Line] = []
    /// By line, then by column; several of one place in the order of the map.
    package internal(set) var segments: [Segment] = []

    package init() {}

    /// The segments of the entry in `lines`.
    package func range(ofLineAt index: Int) -> Range<Int> {
        let end = index + 1 < lines.count ? Int(lines[index + 1].first) : segments.count
        return Int(lines[index].first)..<end
    }

    /// The index of what covers the place: the last segment at or before it on the same line, the
    /// first of those that are exactly there.
    package func index(line: UInt32, column: UInt32) -> Int? {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].line < line { low = middle + 1 } else { high = middle }
        }
        guard low < lines.count, lines[low].line == line else { return nil }
        let range = range(ofLineAt: low)
        // The first segment that is not before the place.
        var start = range.lowerBound
        var end = range.upperBound
        while start < end {
            let middle = (start + end) / 2
            if segments[middle].column < column { start = middle + 1 } else { end = middle }
        }
        if start < range.upperBound, segments[start].column == column { return start }
        return start > range.lowerBound ? start - 1 : nil
    }

    /// Appends a segment at or behind the last one's place.
    mutating func append(_ segment: Segment, line: UInt32) {
        if lines.last?.line != line {
            lines.append(Line(line: line, first: UInt32(segments.count)))
        }
        segments.append(segment)
    }

    /// Stops where the order is broken; for tests.
    package func checkInvariants() {
        for (index, line) in lines.enumerated() {
            precondition(index == 0 || lines[index - 1].line < line.line, "lines ascend")
            let range = range(ofLineAt: index)
            precondition(!range.isEmpty, "no line is empty")
            for place in range.dropFirst() {
                precondition(segments[place - 1].column <= segments[place].column, "columns ascend")
            }
        }
        precondition(lines.isEmpty == segments.isEmpty, "segments stand on lines")
        precondition(lines.first.map { $0.first == 0 } ?? true, "the first line begins at 0")
    }
}
