/// Checks that each line of a block is one line and begins with the offset of its record.
enum LineCheck {
    /// The index of the first record whose line is not its own, or nil.
    static func firstWrongLine(of block: LogBlock) -> Int? {
        guard let payload = block.payload else { return nil }
        for index in 0..<block.count {
            let range = block.lineRange(at: index)
            let prefix = Array("{\"offset\":\(block.baseOffset + UInt64(index)),".utf8)
            guard payload[range].starts(with: prefix),
                payload[range.upperBound] == UInt8(ascii: "\n"),
                !Array(payload[range]).containsNewline
            else { return index }
        }
        return nil
    }
}
