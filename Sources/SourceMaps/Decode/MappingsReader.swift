import ErrorModel

/// Decodes one list of mappings into a table; the hot loop of the module.
///
/// Reads by pointer, since a check of the bounds at each of millions of bytes would be a third of
/// the time. What makes it safe: the list is followed by a byte that is no base64, comma or
/// semicolon (the quote that ends the JSON string), at which every loop stops.
struct MappingsReader {
    /// The first byte, and the place of the quote behind the last.
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let meanings: UnsafePointer<UInt8>
    /// Where the list stands in the text of the map; nil where it was unescaped first.
    private let textOffset: Int

    /// What a section adds to each place, and where the next section begins.
    struct Frame {
        var line: UInt64 = 0
        var column: Int64 = 0
        var firstSource: UInt32 = 0
        var sourceCount: UInt32 = 0
        /// By the section's own index: the index in the whole map; empty for the same plus
        /// `firstSource`.
        var sourceIndices: [UInt32] = []
        var firstName: UInt32 = 0
        var nameCount: UInt32 = 0
        /// Line in the upper half, column in the lower one.
        var end = UInt64.max
    }

    /// - Parameters:
    ///   - bytes: the list and one byte more, which is a quote.
    ///   - meanings: `Base64Digits.meanings`.
    init(
        _ bytes: UnsafeRawBufferPointer, textOffset: Int, meanings: UnsafePointer<UInt8>
    ) {
        guard let base = bytes.baseAddress, bytes.last == UInt8(ascii: "\"") else {
            preconditionFailure("a list of mappings ends with its quote")
        }
        start = base.assumingMemoryBound(to: UInt8.self)
        end = start + (bytes.count - 1)
        self.meanings = meanings
        self.textOffset = textOffset
    }

    /// Most segments that a list can have: each has a digit, and each but the first of a line a comma.
    static func segmentBound(_ bytes: UnsafeRawBufferPointer) -> Int {
        var separators = 0
        for byte in bytes where byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") {
            separators &+= 1
        }
        return min(separators + 1, bytes.count - separators)
    }

    /// What is read of the segments so far.
    private struct State {
        var column: Int64 = 0
        var source: Int64 = 0
        var line: Int64 = 0
        var originalColumn: Int64 = 0
        var name: Int64 = 0
    }

    /// One value, and whether it fits.
    private enum Fault: UInt8 { case none, tooLarge, cutOff }

    /// Appends the segments to `output` from `count` on.
    func read(
        _ frame: Frame, into output: UnsafeMutableBufferPointer<Segment>, _ count: inout Int,
        lines: inout [SegmentTable.Line], log: inout WarningLog
    ) throws(SourceMapError) {
        var place = start
        var state = State()
        var generatedLine: UInt64 = 0
        while true {
            let line = generatedLine &+ frame.line
            state.column = generatedLine == 0 ? frame.column : 0
            let first = count
            let isSorted = try readLine(
                &place, &state, frame, line: line, output, &count, log: &log)
            if count > first {
                if !isSorted { Self.sort(output, first..<count) }
                if generatedLine == 0, frame.column > 0 {
                    try dropBefore(frame, output, first, &count, log: &log)
                }
            }
            if count > first {
                if line << 32 >= frame.end & ~0xFFFF_FFFF || line > UInt64(SourceMapLimits.position)
                {
                    try clip(line, frame, output, first, &count, log: &log)
                }
                if count > first { try begin(line, first, output, count, &lines) }
            }
            if place >= end { return }
            // At a semicolon: pass it and all empty lines behind it.
            while place < end, place.pointee == UInt8(ascii: ";") {
                generatedLine &+= 1
                place += 1
            }
        }
    }

    /// Notes that the segments from `first` on are on the line; a section may go on with the line
    /// on which the one before ended.
    private func begin(
        _ line: UInt64, _ first: Int, _ output: UnsafeMutableBufferPointer<Segment>, _ count: Int,
        _ lines: inout [SegmentTable.Line]
    ) throws(SourceMapError) {
        let line = UInt32(truncatingIfNeeded: line)
        guard let last = lines.last, last.line == line else {
            lines.append(SegmentTable.Line(line: line, first: UInt32(first)))
            return
        }
        if output[first].column < output[first - 1].column {
            Self.sort(output, Int(last.first)..<count)
        }
    }

    /// Takes away what is before the section's own offset: that place is the one's before it.
    private func dropBefore(
        _ frame: Frame, _ output: UnsafeMutableBufferPointer<Segment>, _ first: Int,
        _ count: inout Int, log: inout WarningLog
    ) throws(SourceMapError) {
        var kept = first
        while kept < count, Int64(output[kept].column) < frame.column { kept += 1 }
        guard kept > first else { return }
        for index in kept..<count { output[first + index - kept] = output[index] }
        count -= kept - first
        try log.note(.sectionOverlap, at: textOffset)
    }

    /// Takes away what is at or behind the next section's offset, or beyond 32 bits.
    private func clip(
        _ line: UInt64, _ frame: Frame, _ output: UnsafeMutableBufferPointer<Segment>, _ first: Int,
        _ count: inout Int, log: inout WarningLog
    ) throws(SourceMapError) {
        if line > UInt64(SourceMapLimits.position) {
            count = first
            try log.note(.positionTooLarge, at: textOffset)
            return
        }
        let whole = count
        while count > first, line << 32 | UInt64(output[count - 1].column) >= frame.end {
            count -= 1
        }
        if count < whole { try log.note(.sectionOverlap, at: textOffset) }
    }

    private static func sort(
        _ output: UnsafeMutableBufferPointer<Segment>, _ range: Range<Int>
    ) {
        // By place, then as they stood: the order of several segments of one place has a meaning.
        let order = range.sorted {
            (output[$0].column, $0) < (output[$1].column, $1)
        }
        let sorted = order.map { output[$0] }
        for (index, segment) in zip(range, sorted) { output[index] = segment }
    }

    /// Reads segments up to a semicolon or the end; false where their columns do not ascend.
    @inline(__always)
    private func readLine(
        _ place: inout UnsafePointer<UInt8>, _ state: inout State, _ frame: Frame, line: UInt64,
        _ output: UnsafeMutableBufferPointer<Segment>, _ count: inout Int, log: inout WarningLog
    ) throws(SourceMapError) -> Bool {
        var isSorted = true
        var previous: Int64 = 0
        if place >= end || place.pointee == UInt8(ascii: ";") { return true }
        while true {
            let segmentStart = place
            if let segment = readSegment(&place, &state, frame) {
                if Int64(segment.column) < previous { isSorted = false }
                previous = Int64(segment.column)
                // The room was counted before; a mistake there must not write behind it.
                guard count < output.count else { throw SourceMapError(.tooManySegments) }
                output[count] = segment
                count &+= 1
            } else {
                let segment = try explain(segmentStart, &place, state, frame, log: &log)
                if let segment {
                    if Int64(segment.column) < previous { isSorted = false }
                    previous = Int64(segment.column)
                    guard count < output.count else { throw SourceMapError(.tooManySegments) }
                    output[count] = segment
                    count &+= 1
                }
            }
            guard place < end, place.pointee == UInt8(ascii: ",") else { return isSorted }
            place += 1
        }
    }

    /// One segment without fault, `place` behind it; nil for any fault, `state` as far as it came.
    @inline(__always)
    private func readSegment(
        _ place: inout UnsafePointer<UInt8>, _ state: inout State, _ frame: Frame
    ) -> Segment? {
        var fault = Fault.none
        state.column &+= readValue(&place, &fault)
        guard fault == .none else { return nil }
        var segment = Segment(column: UInt32(truncatingIfNeeded: state.column))
        if isAtEndOfSegment(place) {
            return state.column >> 32 == 0 && segment.column != Segment.none ? segment : nil
        }
        state.source &+= readValue(&place, &fault)
        state.line &+= readValue(&place, &fault)
        state.originalColumn &+= readValue(&place, &fault)
        guard fault == .none else { return nil }
        if !isAtEndOfSegment(place) {
            state.name &+= readValue(&place, &fault)
            guard fault == .none, isAtEndOfSegment(place),
                UInt64(bitPattern: state.name) < UInt64(frame.nameCount)
            else { return nil }
            segment.name = UInt32(truncatingIfNeeded: state.name) &+ frame.firstName
        }
        segment.source = UInt32(truncatingIfNeeded: state.source) &+ frame.firstSource
        segment.originalLine = UInt32(truncatingIfNeeded: state.line)
        segment.originalColumn = UInt32(truncatingIfNeeded: state.originalColumn)
        // Negative numbers have high bits too.
        let places = state.column | state.line | state.originalColumn
        guard places >> 32 == 0, UInt64(bitPattern: state.source) < UInt64(frame.sourceCount),
            segment.column != Segment.none, segment.originalLine != Segment.none,
            segment.originalColumn != Segment.none
        else { return nil }
        if !frame.sourceIndices.isEmpty {
            segment.source = frame.sourceIndices[Int(truncatingIfNeeded: state.source)]
        }
        return segment
    }

    @inline(__always)
    private func isAtEndOfSegment(_ place: UnsafePointer<UInt8>) -> Bool {
        let byte = place.pointee
        return byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || place == end
    }

    /// One signed value; stops in front of a byte that is no digit.
    @inline(__always)
    private func readValue(_ place: inout UnsafePointer<UInt8>, _ fault: inout Fault) -> Int64 {
        let digit = meanings[Int(place.pointee)]
        if digit < 32, digit != 1 {
            place += 1
            return Self.signed(UInt64(digit))
        }
        if digit < 64 {
            let second = meanings[Int(place[1])]
            if second < 32 {
                place += 2
                let value = UInt64(digit & 31) | UInt64(second) << 5
                if value > 1 { return Self.signed(value) }
                place -= 2
            }
        }
        return readLongValue(&place, &fault)
    }

    @inline(__always)
    private static func signed(_ value: UInt64) -> Int64 {
        let half = Int64(bitPattern: value >> 1)
        let sign = -Int64(bitPattern: value & 1)
        return (half ^ sign) &- sign
    }

    @inline(never)
    private func readLongValue(
        _ place: inout UnsafePointer<UInt8>, _ fault: inout Fault
    ) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let digit = meanings[Int(place.pointee)]
            if digit >= 64 {
                fault = .cutOff
                return 0
            }
            place += 1
            let bits = UInt64(digit & 31)
            // Zeros may go on for ever, as the standard has it.
            if shift < 35 { value |= bits << shift } else if bits != 0 { fault = .tooLarge }
            if digit < 32 { break }
            if shift < 35 { shift += 5 }
        }
        if value >> 32 != 0 { fault = .tooLarge }
        if fault != .none { return 0 }
        return value == 1 ? Int64(Int32.min) : Self.signed(value)
    }

    // MARK: Faults

    /// Says what is wrong with the segment at `start` and gives what the standard makes of it.
    ///
    /// The slow way, for damaged maps only. `state` is that behind the segment.
    @inline(never)
    private func explain(
        _ start: UnsafePointer<UInt8>, _ place: inout UnsafePointer<UInt8>, _ state: State,
        _ frame: Frame, log: inout WarningLog
    ) throws(SourceMapError) -> Segment? {
        let offset = textOffset + (start - self.start)
        var fieldCount = 0
        var scan = start
        while scan < end, meanings[Int(scan.pointee)] < 64 {
            var fault = Fault.none
            _ = readLongValue(&scan, &fault)
            if fault == .tooLarge {
                try log.note(.valueTooLarge, at: offset)
                pass(&place)
                return nil
            }
            if fault == .cutOff { break }
            fieldCount += 1
        }
        let stopped = scan
        pass(&place)
        if stopped < place {
            try log.note(.mappingsCharacter, at: textOffset + (stopped - self.start))
            return nil
        }
        if start == place {
            try log.note(.emptySegment, at: offset)
            return nil
        }
        if meanings[Int((place - 1).pointee)] >= 32 {
            // The last digit says that another one follows.
            try log.note(.mappingsCharacter, at: offset)
            return nil
        }
        guard fieldCount == 1 || fieldCount == 4 || fieldCount == 5 else {
            try log.note(.fieldCount, at: offset)
            return nil
        }
        return try judge(state, fieldCount, frame, at: offset, log: &log)
    }

    /// A segment whose form is right and whose values are not.
    private func judge(
        _ state: State, _ fieldCount: Int, _ frame: Frame, at offset: Int, log: inout WarningLog
    ) throws(SourceMapError) -> Segment? {
        if state.column < 0 {
            try log.note(.generatedColumn, at: offset)
            return nil
        }
        let limit = Int64(SourceMapLimits.position)
        if state.column > limit || state.line > limit || state.originalColumn > limit {
            try log.note(.positionTooLarge, at: offset)
            return nil
        }
        var segment = Segment(column: UInt32(state.column))
        if fieldCount == 1 { return segment }
        if UInt64(bitPattern: state.source) >= UInt64(frame.sourceCount) {
            try log.note(.sourceIndex, at: offset)
            return segment
        }
        if state.line < 0 || state.originalColumn < 0 {
            try log.note(.originalPosition, at: offset)
            return segment
        }
        segment.source =
            frame.sourceIndices.isEmpty
            ? UInt32(state.source) + frame.firstSource : frame.sourceIndices[Int(state.source)]
        segment.originalLine = UInt32(state.line)
        segment.originalColumn = UInt32(state.originalColumn)
        if fieldCount == 5 {
            if UInt64(bitPattern: state.name) < UInt64(frame.nameCount) {
                segment.name = UInt32(state.name) + frame.firstName
            } else {
                try log.note(.nameIndex, at: offset)
            }
        }
        return segment
    }

    /// Moves to the next comma or semicolon, or to the end.
    private func pass(_ place: inout UnsafePointer<UInt8>) {
        while place < end, place.pointee != UInt8(ascii: ","), place.pointee != UInt8(ascii: ";") {
            place += 1
        }
    }
}
