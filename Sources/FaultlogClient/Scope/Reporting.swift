import Foundation
import Synchronization

/// Whether the code that runs was called in the midst of reporting: what it captures or logs there
/// would lead to more of the same, without end.
///
/// Tasks that are started there are not inside: they run on their own, also later.
enum Reporting {
    private final class Visit: Sendable {
        private let thread = ObjectIdentifier(Thread.current)
        private let isOver = Atomic(false)

        func end() { isOver.store(true, ordering: .relaxed) }

        /// Of all that has inherited the visit only the code that is called within it runs on its
        /// thread before it is over: reporting does not wait.
        var isHere: Bool {
            !isOver.load(ordering: .relaxed) && thread == ObjectIdentifier(Thread.current)
        }
    }

    @TaskLocal private static var visit: Visit?

    static var isInside: Bool { visit?.isHere ?? false }

    /// Runs `body`, which is inside.
    static func inside<Result>(_ body: () throws -> Result) rethrows -> Result {
        let visit = Visit()
        defer { visit.end() }
        return try $visit.withValue(visit, operation: body)
    }
}
