/// Bounds of what is made of a stack's text; the time is linear in its length without them.
package enum StackLimits {
    /// Frames of one exception: engines print 10 to 1,000, and those nearest to the throw are kept.
    package static let frames = 1_000
    /// Exceptions of one text, all chains and groups together: CPython prints 15 members of a group.
    package static let exceptions = 256
    /// Causes and contexts behind each other: longer chains are loops of retries, whose end is kept.
    package static let chain = 32
    /// Groups within groups: CPython prints 10.
    package static let groupDepth = 16
}
