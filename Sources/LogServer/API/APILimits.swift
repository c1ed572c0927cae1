/// The bounds of what a request of the API may carry, in bytes.
enum APILimits {
    /// A body is a small object: this is a long comment with room to spare.
    static let bodyBytes = 64 << 10
    /// Stacks of some thousand frames: those of a recursion without end.
    static let stackBytes = 1 << 20
    /// A user name or the name of a program.
    static let actorBytes = 100
    /// A page of text; it is shown whole in the history.
    static let commentBytes = 10_000
    /// A month: an old key that is kept longer is kept for good.
    static let keyOverlapSeconds: Int64 = 31 * 86_400
    /// The name of a project stands in a table's column.
    static let projectNameBytes = 200
    /// A paragraph.
    static let projectDescriptionBytes = 2_000
    /// Sentry's own bound for a release name.
    static let releaseNameBytes = 250
    /// Any other text: a word or a number of one of the routes.
    static let textBytes = 1_000
}
