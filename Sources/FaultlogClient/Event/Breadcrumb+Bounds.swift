extension OutgoingEvent.Breadcrumb {
    /// With its texts cut to what will be sent of them.
    var bounded: Self {
        var room = TextLimits.breadcrumbData
        return Self(
            timestampMicroseconds: timestampMicroseconds,
            category: category.map { TextLimits.cut($0, to: TextLimits.name) },
            message: TextLimits.cut(message, to: TextLimits.text), level: level,
            data: AttributeValue.bounded(data, &room, depth: 1))
    }
}

extension AttributeValue {
    /// The members that there is room for, in the order of their names, so that equal ones stay equal.
    fileprivate static func bounded(
        _ members: [String: AttributeValue], _ room: inout Int, depth: Int
    ) -> [String: AttributeValue] {
        var kept: [String: AttributeValue] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard room > 0 else { break }
            let name = TextLimits.cut(name, to: TextLimits.name)
            room -= name.utf8.count
            kept[name] = value.bounded(&room, depth: depth)
        }
        return kept
    }

    private func bounded(_ room: inout Int, depth: Int) -> AttributeValue {
        room -= Self.scalarByteCount
        switch self {
        case .string(let text):
            let cut = TextLimits.cut(text, to: min(TextLimits.text, max(room, 0)))
            room -= cut.utf8.count
            return .string(cut)
        case .integer, .double, .bool, .null: return self
        case .array where depth >= TextLimits.depth, .object where depth >= TextLimits.depth:
            return .string("… [cut: nested too deeply]")
        case .array(let elements):
            var kept: [AttributeValue] = []
            for element in elements {
                guard room > 0 else { break }
                kept.append(element.bounded(&room, depth: depth + 1))
            }
            return .array(kept)
        case .object(let members):
            return .object(Self.bounded(members, &room, depth: depth + 1))
        }
    }

    /// About what a value takes by itself.
    private static var scalarByteCount: Int { 16 }
}
