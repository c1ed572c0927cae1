/// A text with gaps: `foo*bar` has the pieces `foo` and `bar`, `*bar` an empty one and `bar`.
///
/// A gap stands for any characters, also for none.
package struct SearchPattern: Hashable, Sendable {
    /// At least one; only the first and the last may be empty.
    package let pieces: [String]

    package init(_ text: String) { pieces = [text] }

    /// Gaps that follow each other are one.
    package init(pieces: [String]) {
        precondition(!pieces.isEmpty, "a pattern has a piece")
        let inner = pieces.indices.dropFirst().dropLast()
        self.pieces = pieces.indices.filter { !inner.contains($0) || !pieces[$0].isEmpty }
            .map { pieces[$0] }
    }

    /// The text, where it has no gap.
    package var whole: String? { pieces.count == 1 ? pieces[0] : nil }

    /// The pattern of texts that contain this one.
    package var anywhere: SearchPattern { SearchPattern(pieces: [""] + pieces + [""]) }

    /// For `LIKE … ESCAPE '\'`, which takes no notice of the case of ASCII letters.
    package var like: String {
        pieces.map { Self.escaped($0, "%_\\") { "\\\($0)" } }.joined(separator: "%")
    }

    /// For `GLOB`, which tells upper from lower case.
    package var glob: String {
        pieces.map { Self.escaped($0, "*?[") { "[\($0)]" } }.joined(separator: "*")
    }

    private static func escaped(
        _ text: String, _ special: String, _ escape: (Unicode.Scalar) -> String
    ) -> String {
        let special = special.unicodeScalars
        var escaped = ""
        for scalar in text.unicodeScalars {
            if special.contains(scalar) {
                escaped += escape(scalar)
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
