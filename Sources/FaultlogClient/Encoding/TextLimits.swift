/// How much of what a host hands over is kept; all in bytes of UTF-8 or in counts.
///
/// An event has to fit into what the server takes of one (1 MiB) with room to spare, and a storm
/// of large ones must not fill the queue at once.
enum TextLimits {
    /// A message that goes on longer is a dump, and its beginning says what it is.
    static let message = 8192
    /// Other free text: messages of causes and breadcrumbs, texts in `extra`.
    static let text = 4096
    /// Names, types, ids, values of tags: all of them become columns and filters.
    static let name = 256
    /// Frames of one event: recursion is told by far fewer.
    static let frames = 64
    /// Causes of one event; also what stops a chain that leads back to itself.
    static let causes = 8
    /// Tags of one event: they are indexed, one by one.
    static let tags = 64
    /// What is kept of the data of one breadcrumb: a hundred of them lie in each scope.
    static let breadcrumbData = 16 << 10
    /// Breadcrumbs of one scope and one event: those of the last moments.
    static let breadcrumbs = 100
    /// Parts of a client's own fingerprint.
    static let fingerprint = 16
    /// Nesting of values; the server refuses 64 and more.
    static let depth = 12
    /// One encoded event: a quarter of what the server takes.
    static let event = 256 << 10

    /// The text itself, or as much of its front as fits, and a mark with its whole length.
    ///
    /// What comes out has at most `limit` bytes more than the mark.
    static func cut(_ text: String, to limit: Int) -> String {
        let utf8 = text.utf8
        // Most texts are short: their length is known without a walk.
        guard utf8.count > limit else { return text }
        var end = utf8.index(utf8.startIndex, offsetBy: max(limit, 0))
        // Back to the first byte of a character.
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return "\(text[..<end])… [cut: \(utf8.count) bytes]"
    }
}
