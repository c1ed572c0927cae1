import ErrorModel

/// What a file of a build is, by its name.
package enum BuildFile: Equatable, Sendable {
    case script
    case map
    /// Has maps too, and no stack ever names it.
    case styleSheet
    case other

    /// Names of scripts that engines print in stacks.
    package static let scriptEndings = [
        ".js", ".mjs", ".cjs", ".jsbundle", ".bundle", binaryEnding,
    ]
    /// Of Hermes: no text, into which nothing can be put.
    package static let binaryEnding = ".hbc"

    /// The name is the last part of a path.
    package init(name: String) {
        let name = name.utf8.map(ASCII.lowered)
        func ends(_ endings: [String]) -> Bool {
            endings.contains { ending in
                name.count > ending.utf8.count
                    && name.suffix(ending.utf8.count).elementsEqual(ending.utf8)
            }
        }
        self =
            if ends([".css", ".css.map"]) {
                .styleSheet
            } else if ends([".map"]) {
                .map
            } else if ends(Self.scriptEndings) {
                .script
            } else {
                .other
            }
    }
}
