/// Which function each place of a generated file is in.
package struct FunctionTable: Sendable {
    /// Each once.
    package private(set) var names: [String] = []
    /// A segment where another function begins: mapped, with the index of its name, or not mapped
    /// where there is none.
    package private(set) var table = SegmentTable()
    private var indices: [String: UInt32] = [:]
    private var last: UInt32?

    package init() {}

    /// Says that from the place on the function is the one named.
    ///
    /// Nil where there is none, empty where it has no name. Places ascend; one that says what the
    /// place before said is not kept.
    package mutating func append(_ name: String?, line: UInt32, column: UInt32) {
        let index = name.map { self.index(of: $0) } ?? Segment.none
        if index == last ?? Segment.none { return }
        last = index
        let segment =
            name == nil
            ? Segment(column: column) : Segment(column: column, source: 0, name: index)
        table.append(segment, line: line)
    }

    private mutating func index(of name: String) -> UInt32 {
        if let index = indices[name] { return index }
        let index = UInt32(names.count)
        indices[name] = index
        names.append(name)
        return index
    }
}
