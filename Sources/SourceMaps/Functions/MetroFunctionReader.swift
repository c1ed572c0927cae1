/// Decodes the mappings of Metro's function map.
///
/// Lines are divided by `;`, entries by `,`. The first entry of a line has three values, the others
/// two: column, name and line, each as the difference to the one before; columns begin anew on each
/// line, lines count from 1.
struct MetroFunctionReader {
    private let bytes: [UInt8]
    private let nameCount: Int
    private var place = 0

    /// - Parameter list: the mappings and one byte more that is no digit.
    init(_ list: [UInt8], nameCount: Int) {
        bytes = list
        self.nameCount = nameCount
    }

    /// Nil where the list is damaged.
    consuming func read() -> SegmentTable? {
        var table = SegmentTable()
        var line: Int64 = 1
        var name: Int64 = 0
        var last: (line: Int64, column: Int64) = (0, 0)
        while place < bytes.count - 1 {
            var column: Int64 = 0
            while place < bytes.count - 1, bytes[place] != UInt8(ascii: ";") {
                guard let columnStep = value(), let nameStep = value() else { return nil }
                column += columnStep
                name += nameStep
                if isDigit(place) {
                    guard let step = value() else { return nil }
                    line += step
                }
                guard line >= 1, column >= 0, name >= 0, name < nameCount,
                    line <= Int64(SourceMapLimits.position),
                    column <= Int64(SourceMapLimits.position),
                    (last.line, last.column) <= (line, column)
                else { return nil }
                last = (line, column)
                let segment = Segment(column: UInt32(column), source: 0, name: UInt32(name))
                table.append(segment, line: UInt32(line - 1))
                if bytes[place] == UInt8(ascii: ",") {
                    place += 1
                } else if bytes[place] != UInt8(ascii: ";"), place < bytes.count - 1 {
                    return nil
                }
            }
            place += 1
        }
        return table
    }

    private func isDigit(_ place: Int) -> Bool {
        Base64Digits.meanings[Int(bytes[place])] < 64
    }

    private mutating func value() -> Int64? {
        var value: Int64 = 0
        var shift: Int64 = 0
        while isDigit(place), shift < 40 {
            let digit = Int64(Base64Digits.meanings[Int(bytes[place])])
            place += 1
            value |= (digit & 31) << shift
            if digit < 32 { return value & 1 == 0 ? value >> 1 : -(value >> 1) }
            shift += 5
        }
        return nil
    }
}
