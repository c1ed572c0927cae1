/// The ends in a digest section as a sealed block stores them: lengths instead, and of these the first
/// byte of all, then the second of all, and so on.
///
/// Pure. Ends grow by about the same, so that no four bytes of them are ever the same and LZ4 finds
/// nothing: eight bytes a record that are one or two as lengths. See docs/FORMAT.md, "Digest section".
enum PackedEnds {
    static func pack(_ section: UnsafeMutableRawBufferPointer, count: Int) {
        eachColumn(of: section, count) { column, scratch in
            var last: UInt32 = 0
            for index in 0..<count {
                let end = UnsafeRawBufferPointer(column).half(4 * index)
                let length = end &- last
                last = end
                for plane in 0..<4 {
                    scratch[plane * count + index] = UInt8(
                        truncatingIfNeeded: length >> UInt32(8 * plane))
                }
            }
        }
    }

    /// Takes `pack` back; whether the ends make sense is seen by `SectionLayout.check`.
    static func unpack(_ section: UnsafeMutableRawBufferPointer, count: Int) {
        eachColumn(of: section, count) { column, scratch in
            var end: UInt32 = 0
            for index in 0..<count {
                var length: UInt32 = 0
                for plane in 0..<4 {
                    length |= UInt32(column[plane * count + index]) << UInt32(8 * plane)
                }
                end &+= length
                scratch.put(end, at: 4 * index)
            }
        }
    }

    /// Calls `body` with both columns of ends and as many bytes, which take their place.
    private static func eachColumn(
        of section: UnsafeMutableRawBufferPointer, _ count: Int,
        _ body: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void
    ) {
        let layout = SectionLayout(count: count)
        withUnsafeTemporaryAllocation(byteCount: 4 * count, alignment: 4) { scratch in
            for start in [layout.digestEnd, layout.lineEnd] {
                let column = section.part(start..<start + 4 * count)
                body(column, scratch)
                column.copyMemory(from: UnsafeRawBufferPointer(scratch))
            }
        }
    }
}
