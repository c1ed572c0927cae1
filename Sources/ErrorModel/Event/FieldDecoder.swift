/// Reads the fields of a payload's tree leniently: a field of a wrong type is dropped, and its
/// name noted.
struct FieldDecoder {
    private(set) var dropped: [String] = []

    /// A string; null counts as missing.
    mutating func string(_ object: JSONValue, _ name: String) -> String? {
        guard let value = present(object, name) else { return nil }
        if let text = value.string { return text }
        drop(name)
        return nil
    }

    /// A string, or the text of a number or boolean.
    mutating func scalar(_ object: JSONValue, _ name: String) -> String? {
        guard let value = present(object, name) else { return nil }
        if let text = value.scalarText { return text }
        drop(name)
        return nil
    }

    mutating func bool(_ object: JSONValue, _ name: String) -> Bool? {
        guard let value = present(object, name) else { return nil }
        if let bool = value.bool { return bool }
        drop(name)
        return nil
    }

    /// A whole number from 1 on.
    mutating func line(_ object: JSONValue, _ name: String) -> Int64? {
        guard let value = present(object, name) else { return nil }
        if let number = value.int64 { return number > 0 ? number : nil }
        drop(name)
        return nil
    }

    /// A time as text or as a number of seconds.
    mutating func timestamp(_ object: JSONValue, _ name: String) -> Timestamp? {
        guard let value = present(object, name) else { return nil }
        let time: Timestamp? =
            switch value {
            case .string(let text): Timestamp(text: text)
            case .number(let text): Timestamp(numberText: text)
            default: nil
            }
        if time == nil { drop(name) }
        return time
    }

    mutating func level(_ object: JSONValue) -> Level {
        guard let value = present(object, "level") else { return .error }
        let level: Level? =
            switch value {
            case .string(let name): LevelName.level(name)
            case .number: value.int64.flatMap { LevelName.level(number: $0) }
            default: nil
            }
        if level == nil { drop("level") }
        return level ?? .error
    }

    mutating func id(_ object: JSONValue, _ name: String) -> EventID? {
        guard let text = string(object, name) else { return nil }
        let id = EventID(text)
        if id == nil { drop(name) }
        return id
    }

    mutating func object(_ object: JSONValue, _ name: String) -> JSONValue? {
        guard let value = present(object, name) else { return nil }
        if value.members != nil { return value }
        drop(name)
        return nil
    }

    /// The objects of a list, `[…]` or `{"values":[…]}`.
    mutating func list(_ object: JSONValue, _ name: String) -> [JSONValue] {
        guard let value = present(object, name) else { return [] }
        if let list = value.array ?? value["values"]?.array { return list }
        if value["values"] == nil || value["values"]?.isNull != true { drop(name) }
        return []
    }

    /// Strings and other scalars of a list.
    mutating func scalars(_ object: JSONValue, _ name: String) -> [String] {
        guard let value = present(object, name) else { return [] }
        guard let list = value.array else {
            drop(name)
            return []
        }
        return list.compactMap(\.scalarText)
    }

    /// Tags as a map, as a list of pairs or as a list of `{key, value}`; sorted by key.
    mutating func tags(_ object: JSONValue) -> [EventDigest.Tag] {
        guard let value = present(object, "tags") else { return [] }
        var texts: [String: String?] = [:]
        switch value {
        case .object(let members):
            for member in members { texts[member.key] = .some(member.value.scalarText) }
        case .array(let list):
            for element in list {
                let pair = element.array
                let key = pair?.first?.scalarText ?? element["key"]?.scalarText
                let value = (pair.map { $0.count > 1 ? $0[1] : .null }) ?? element["value"]
                if let key { texts[key] = .some(value?.scalarText) }
            }
        default:
            drop("tags")
        }
        return texts.compactMap { key, text in text.map { EventDigest.Tag(key: key, value: $0) } }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    mutating func drop(_ name: String) {
        if !dropped.contains(name) { dropped.append(name) }
    }

    private func present(_ object: JSONValue, _ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }
}

extension JSONValue {
    /// The text of a string, number or boolean; nil for null and containers.
    package var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }
}

extension Timestamp {
    init?(numberText: String) {
        var text = numberText
        guard let time = text.withUTF8({ Timestamp(number: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = time
    }
}

extension [EventDigest.Tag] {
    /// The value of the first of these keys that is there and not empty.
    func value(_ names: String...) -> String? {
        for name in names {
            if let tag = first(where: { $0.key == name }), !tag.value.isEmpty { return tag.value }
        }
        return nil
    }
}
