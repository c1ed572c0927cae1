import ErrorModel

/// What a file of a build is, by its name.
package enum BuildFile: Equatable, Sendable {
    case script
    case map
    /// Has maps too, and no stack ever names it.
    case styleSheet
    case other

    /// The name is the last part of a path.
    package init(name: String) {
        let name = name.utf8.map(ASCII.lowered)
        func ends(_ suffixes: [String]) -> Bool {
            suffixes.contains {
                name.count > $0.utf8.count && name.suffix($0.utf8.count).elementsEqual($0.utf8)
            }
        }
        self =
            if ends([".css", ".css.map"]) {
                .styleSheet
            } else if ends([".map"]) {
                .map
            } else if ends([".js", ".mjs", ".cjs", ".jsx", ".bundle", ".jsbundle"]) {
                .script
            } else {
                .other
            }
    }
}
