/// Where the line of a record is.
struct LinePlace: Sendable {
    var offset: UInt64
    var segment: Segment
    /// The block that holds it.
    var entry: BlockEntry
    /// In the plain lines of the block, without its newline.
    var range: Range<Int>
    /// Where it is known, the chunks of the block.
    var chunks: BlockReader.ChunkTable?
}

extension BlockReader {
    /// The line at a place; nil where only the read of the whole block can tell.
    ///
    /// What is not a line, or begins with the offset of another record, is not believed.
    func readLine(at place: LinePlace) -> [UInt8]? {
        guard
            let line = try? readLines(
                place.range, of: place.entry, in: place.segment, place.chunks),
            line.starts(with: Array("{\"offset\":\(place.offset),".utf8)),
            line.last == UInt8(ascii: "}")
        else { return nil }
        return line
    }
}
