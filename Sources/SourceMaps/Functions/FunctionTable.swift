/// Which function each place of a generated file is in.
package struct FunctionTable: Sendable {
    /// Each once.
    package private(set) var names: [String] = []
    /// A segment where another function begins: mapped, with the index of its name, or not mapped
    /// where there is none.
    package private(set) var table = SegmentTable()
    private var indices: [String: Int] = [:]
    private var last: Int?

    package init() {}

    /// Says that from the place on the function is the one named.
    ///
    /// Nil where there is none, empty where it has no name. Places ascend; one that says what the
    /// place before said is not kept.
    package mutating func append(_ name: String?, line: UInt32, column: UInt32) {
        append(index: name.map { index(of: $0) }, line: line, column: column)
    }

    /// The same with an index of `index(of:)`.
    mutating func append(index: Int?, line: UInt32, column: UInt32) {
        if index == last { return }
        last = index
        let segment =
            index.map { Segment(column: column, source: 0, name: UInt32($0)) }
            ?? Segment(column: column)
        table.append(segment, line: line)
    }

    mutating func index(of name: String) -> Int {
        if let index = indices[name] { return index }
        indices[name] = names.count
        names.append(name)
        return names.count - 1
    }
}
