/// The name of an error's type, the same in every run and every build.
enum TypeName {
    /// With its module, and without the address that stands in the names of private and local
    /// types: that one differs from start to start, and would make an issue of each.
    static func name(of type: Any.Type) -> String {
        withoutAddresses(String(reflecting: type))
    }

    static func withoutAddresses(_ name: String) -> String {
        let mark = "(unknown context at $"
        guard name.contains("(") else { return name }
        var kept = ""
        var rest = Substring(name)
        while let open = rest.firstIndex(of: "(") {
            let tail = rest[open...]
            kept += rest[..<open]
            guard tail.hasPrefix(mark), let end = tail.firstIndex(of: ")") else {
                kept += "("
                rest = tail.dropFirst()
                continue
            }
            rest = tail[end...].dropFirst()
            if rest.hasPrefix(".") { rest = rest.dropFirst() }
        }
        return kept + rest
    }

    /// The name of an enum's case; nil where it is none, or where nobody can say.
    ///
    /// Swift's errors bring no stack, so that the case is what tells one failure of a type from
    /// another.
    static func caseName(of error: any Error) -> String? {
        // Its type is asked, not the error: that one can be bridged to a class that has it all.
        let type = Swift.type(of: error)
        // A mirror of one's own shows what its author wants.
        if type is any CustomReflectable.Type { return nil }
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else { return nil }
        if let label = mirror.children.first?.label { return label }
        // Without a payload the text is the case, unless the type has a text of its own.
        if type is any CustomStringConvertible.Type || type is any CustomDebugStringConvertible.Type
        {
            return nil
        }
        return String(describing: error)
    }
}
