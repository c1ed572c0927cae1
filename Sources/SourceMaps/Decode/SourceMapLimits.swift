/// The bounds of every source map that is decoded, each with its reason.
package enum SourceMapLimits {
    /// Most bytes of one map: several times the largest that bundlers write, and what a server can
    /// hold in memory while it makes the stored form.
    package static let byteCount = 256 << 20
    /// Most segments of one map: eight times those of an editor as large as VS Code; decoded they
    /// take 20 bytes each.
    package static let segmentCount = 1 << 24
    /// Most sources of one map, over all sections.
    package static let sourceCount = 1 << 20
    /// Most bytes of the names of all sources, each with its `sourceRoot`: a long root before each of
    /// a million sources would be more than any memory.
    package static let sourceNameByteCount = 256 << 20
    /// Most names of one map, over all sections.
    package static let nameCount = 1 << 22
    /// Most sections of one map, nested ones included: a bundle of React Native has one a module.
    package static let sectionCount = 1 << 16
    /// Deepest nesting of sections: the standard knows one level, bundles of React Native have two.
    package static let sectionDepth = 4
    /// Largest line, column or index: one less than what stands for "none".
    package static let position = UInt32.max - 1
    /// Most functions that are kept of one generated file or of all sources of one map.
    package static let functionCount = 1 << 20
    /// Longest part of a function's name, in bytes: the name of a class stands before each method's.
    package static let functionNameByteCount = 256
    /// Longest name of a source, of a place or of a function that is stored, in bytes: it is shown with
    /// every frame.
    package static let storedNameByteCount = 4096
}
