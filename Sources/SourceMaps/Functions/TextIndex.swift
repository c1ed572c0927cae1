import ErrorModel

/// Turns byte offsets of a text into lines and UTF-16 columns and back, in near constant time.
///
/// Lines end at LF, CR LF and CR.
package struct TextIndex {
    /// Byte offset of each line's first byte.
    package private(set) var lineStarts: [Int] = [0]
    /// UTF-16 units before each stretch of `stretch` bytes; empty where all bytes are ASCII.
    private var units: [Int] = []

    private static let stretch = 512

    package init(_ bytes: UnsafeRawBufferPointer) {
        var hasMore = false
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte >= 0x80 { hasMore = true }
            if byte > 0x0D { continue }
            if byte == 0x0A
                || byte == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)
            {
                lineStarts.append(index + 1)
            }
        }
        guard hasMore else { return }
        var count = 0
        for start in stride(from: 0, through: bytes.count, by: Self.stretch) {
            units.append(count)
            count += Self.units(bytes, start..<min(start + Self.stretch, bytes.count))
        }
    }

    /// UTF-16 units that begin with the bytes of the range.
    private static func units(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
        var count = 0
        for index in range {
            let byte = bytes[index]
            // Continuation bytes add none, the first of four bytes two.
            count &+= byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
        }
        return count
    }

    private func units(before offset: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
        if units.isEmpty { return offset }
        let start = offset / Self.stretch
        return units[start] + Self.units(bytes, start * Self.stretch..<offset)
    }

    /// The place of a byte, both numbers from 0 on.
    package func position(
        of offset: Int, in bytes: UnsafeRawBufferPointer
    ) -> (line: UInt32, column: UInt32) {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        let line = low - 1
        let column =
            units(before: offset, bytes) - units(before: lineStarts[line], bytes)
        return (UInt32(truncatingIfNeeded: line), UInt32(truncatingIfNeeded: column))
    }

    /// The byte at a place; nil where the text has no such line, the line's end for a column beyond.
    package func offset(
        line: UInt32, column: UInt32, in bytes: UnsafeRawBufferPointer
    ) -> Int? {
        guard line < lineStarts.count else { return nil }
        let start = lineStarts[Int(line)]
        let end = Int(line) + 1 < lineStarts.count ? lineStarts[Int(line) + 1] : bytes.count
        if units.isEmpty { return min(start + Int(column), end) }
        // The stretch in which the column is reached, then byte by byte.
        let target = units(before: start, bytes) + Int(column)
        var low = start / Self.stretch
        var high = end / Self.stretch
        while low < high {
            let middle = (low + high + 1) / 2
            if units[middle] <= target { low = middle } else { high = middle - 1 }
        }
        var offset = low * Self.stretch
        var count = units[low]
        if offset < start {
            offset = start
            count = target - Int(column)
        }
        while offset < end, count < target || bytes[offset] & 0xC0 == 0x80 {
            count += Self.units(bytes, offset..<offset + 1)
            offset += 1
        }
        return offset
    }
}
