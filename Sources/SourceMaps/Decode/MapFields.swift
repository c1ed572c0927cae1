import ErrorModel

/// The members of one map or section, as they stand in the text.
struct MapFields {
    var file = JSONSlice.missing
    var sourceRoot = JSONSlice.missing
    /// Missing elements are null.
    var sources: [JSONSlice] = []
    /// Missing elements are null; may be shorter or longer than `sources`.
    var contents: [JSONSlice] = []
    var names: [JSONSlice] = []
    /// Indices into `sources`, in no order.
    var ignored: [Int] = []
    var mappings = JSONSlice.missing
    var debugID: DebugID?
    /// Where Metro's function map of each source stands; empty where there is none.
    var functionMaps: [MetroFunctionMap?] = []
    /// Nil for a regular map.
    var sections: [Section]?

    /// A part of an index map.
    struct Section {
        var line: UInt32
        var column: UInt32
        var fields: MapFields
    }
}

/// The functions of one source, as Metro writes them for Hermes.
struct MetroFunctionMap {
    var names: [JSONSlice] = []
    var mappings = JSONSlice.missing
}

extension JSONScanner {
    /// True when the scanner stands at a value that begins with the byte.
    mutating func stands(at byte: UInt8) -> Bool { peek() == byte }

    /// The string or null at this place; nil for a value of another kind, which is passed.
    mutating func takeStringOrNull() throws(JSONError) -> JSONSlice? {
        let first = peek()
        let slice = try takeString()
        return first == UInt8(ascii: "\"") || first == UInt8(ascii: "n") ? slice : nil
    }

    /// The number at this place where it is whole and from 0 up to `Int32.max`; passes any value.
    mutating func takeIndex() throws(JSONError) -> Int? {
        let slice = try takeNumber()
        if slice.isMissing { return nil }
        let text = bytes.raw(slice)
        if let whole = JSONNumber.int64(text) { return whole < 0 ? nil : Int(exactly: whole) }
        guard let number = JSONNumber.double(text), number >= 0, number < 4_294_967_296 else {
            return nil
        }
        return Int(exactly: number)
    }
}
