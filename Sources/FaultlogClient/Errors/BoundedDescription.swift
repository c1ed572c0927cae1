/// The text of an error as `String(describing:)` gives it, where that is of a sensible size.
///
/// That one writes all that an error holds, however long it takes and however deep it goes: a buffer of
/// 10 MB took seconds, and a chain of some thousand errors the host's stack.
enum BoundedDescription {
    /// Nesting up to which all is written; nobody reads more.
    private static let depthLimit = 32
    /// Values up to which all is written, lists and their elements included.
    private static let countLimit = 1_000
    /// Bytes of texts up to which all is written: more than is kept of a message.
    private static let byteLimit = 4 * TextLimits.message

    static func text(of value: Any) -> String {
        var budget = Budget()
        if budget.holds(value, depth: 0) { return String(describing: value) }
        return outline(of: value)
    }

    private struct Budget {
        var count = countLimit
        var bytes = byteLimit

        /// Whether all of a value is within what is left; looks at no more than that.
        mutating func holds(_ value: Any, depth: Int) -> Bool {
            count -= 1
            guard count > 0, depth < depthLimit else { return false }
            if let text = value as? String {
                bytes -= text.utf8.count
                return bytes > 0
            }
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .collection, .dictionary, .set, .optional, .tuple: break
            case .struct, .enum:
                // It writes itself, and how much is its author's affair.
                if value is any CustomStringConvertible || value is any CustomDebugStringConvertible
                {
                    return true
                }
            // A class is written by its name.
            default: return true
            }
            for child in mirror.children where !holds(child.value, depth: depth + 1) {
                return false
            }
            return true
        }
    }

    /// The names of a value's parts, and those parts that are small.
    private static func outline(of value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        let name = String(describing: Swift.type(of: value))
        let parts = mirror.children.prefix(partLimit).map { child in
            var budget = Budget(count: partCountLimit, bytes: TextLimits.name)
            let text = budget.holds(child.value, depth: 0) ? String(describing: child.value) : "…"
            return child.label.map { "\($0): \(text)" } ?? text
        }
        return "\(name)(\(parts.joined(separator: ", "))) [cut: too large to be described]"
    }

    /// Parts of an error that are named where it is too large.
    private static let partLimit = 16
    /// Values of such a part up to which it is written.
    private static let partCountLimit = 32
}
