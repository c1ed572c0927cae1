/// A text that equals another by its bytes.
///
/// Swift's own equality takes é and e with an accent for one; then which of them a fold keeps would
/// depend on the order in which it meets them.
package struct ByteText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(stringLiteral text: String) { self.text = text }

    package static func == (a: ByteText, b: ByteText) -> Bool {
        a.text.utf8.elementsEqual(b.text.utf8)
    }

    package static func < (a: ByteText, b: ByteText) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
