/// The records of a block as its section has them, column by column; read in place.
///
/// Valid inside `LogBlock.withColumns` only. A fold that goes through a block asks for the fields that it
/// needs, and finds each beside that of the record before.
package struct RecordColumns {
    /// The whole section; digests are at ranges of it.
    package let section: UnsafeRawBufferPointer
    private let layout: SectionLayout

    fileprivate init(_ section: UnsafeRawBufferPointer, count: Int) {
        self.section = section
        layout = SectionLayout(count: count)
    }

    @inline(__always)
    private func check(_ index: Int) {
        precondition(index >= 0 && index < layout.count, "a record index outside of the block")
    }

    /// In microseconds since 1970.
    package func time(at index: Int) -> Int64 {
        check(index)
        return Int64(bitPattern: section.word(layout.time + 8 * index))
    }

    package func id(at index: Int) -> RecordID {
        check(index)
        return RecordID(
            high: section.word(layout.id + 16 * index),
            low: section.word(layout.id + 16 * index + 8))
    }

    package func key(_ kind: IndexKeyKind, at index: Int) -> UInt64 {
        check(index)
        return section.word(layout.column(of: kind) + 8 * index)
    }

    package func project(at index: Int) -> UInt32 {
        check(index)
        return section.half(layout.project + 4 * index)
    }

    package func type(at index: Int) -> RecordType {
        check(index)
        return RecordType(rawValue: section[layout.type + index])
    }

    func flags(at index: Int) -> UInt8 {
        check(index)
        return section[layout.flags + index]
    }

    /// Where in `section` the digest is.
    package func digestRange(at index: Int) -> Range<Int> {
        check(index)
        let start = index == 0 ? 0 : Int(section.half(layout.digestEnd + 4 * index - 4))
        let end = Int(section.half(layout.digestEnd + 4 * index))
        return layout.digests + start..<layout.digests + end
    }

    /// Where in the lines that of the record is, without its newline.
    func lineRange(at index: Int) -> Range<Int> {
        check(index)
        let start = index == 0 ? 0 : Int(section.half(layout.lineEnd + 4 * index - 4))
        let end = Int(section.half(layout.lineEnd + 4 * index))
        return start..<end - 1
    }
}

extension LogBlock {
    /// Calls `body` with the columns of the records, which it must not keep.
    package func withColumns<T>(_ body: (RecordColumns) throws -> T) rethrows -> T {
        try section.withUnsafeBytes { try body(RecordColumns($0, count: count)) }
    }
}
