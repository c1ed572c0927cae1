import ErrorModel

/// The tags of the events of an issue: how many events have each value.
///
/// A pure value that depends on the set of events alone. Of a key with many values, such as the id
/// of a request, those with the smallest hashes are kept: a value that is among them now always
/// was, since the bound only ever falls, so that every count that is shown is exact, whatever the
/// order of the events. Keys are bounded likewise.
package struct TagCounts: Hashable, Sendable {
    /// More values are no breakdown that a person reads, and an issue's row stays at some KB.
    package static let valueLimit = 100
    /// SDKs set a dozen.
    package static let keyLimit = 50

    /// What is known of one key.
    package struct Key: Hashable, Sendable {
        /// Events that have the key, whatever its value.
        package var events = 0
        package internal(set) var values: [ByteText: Int] = [:]
        /// There are more values than are kept.
        package internal(set) var isCut = false
    }

    package private(set) var keys: [ByteText: Key] = [:]
    /// There are more keys than are kept.
    package private(set) var isCut = false

    package init() {}

    package var isEmpty: Bool { keys.isEmpty }

    /// Counts events with a value.
    package mutating func add(_ events: Int, _ key: String, _ value: String) {
        let key = ByteText(key)
        keys[key, default: Key()].events += events
        keys[key, default: Key()].values[ByteText(value), default: 0] += events
    }

    /// Adds what another has counted of other events.
    package mutating func formUnion(_ other: TagCounts) {
        for (name, key) in other.keys {
            keys[name, default: Key()].events += key.events
            for (value, events) in key.values {
                keys[name, default: Key()].values[value, default: 0] += events
            }
            if key.isCut { keys[name]?.isCut = true }
        }
        if other.isCut { isCut = true }
        cut()
    }

    /// Lets go of what is beyond the bounds; to be called before it is kept or shown.
    package mutating func cut() {
        for (name, key) in keys where key.values.count > Self.valueLimit {
            keys[name]?.values = Self.smallest(key.values, Self.valueLimit)
            keys[name]?.isCut = true
        }
        if keys.count > Self.keyLimit {
            keys = Self.smallest(keys, Self.keyLimit)
            isCut = true
        }
    }

    private static func smallest<Value>(
        _ all: [ByteText: Value], _ limit: Int
    ) -> [ByteText: Value] {
        let rated = all.map { (hash: hash($0.key.text), name: $0.key, value: $0.value) }
            .sorted { ($0.hash, $0.name) < ($1.hash, $1.name) }
        return Dictionary(
            rated.prefix(limit).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// FNV-1a with 64 bits, then mixed: part of the format of the view.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        return hash ^ hash >> 33
    }
}

extension TagCounts {
    /// `{"region":{"events":12,"values":{"eu":8,"us":4}}}`, with `"cut":true` where there are more
    /// values; names in their order.
    var json: JSONValue {
        .pairs(
            keys.sorted { $0.key < $1.key }.map { name, key in
                var members: [(String, JSONValue)] = [
                    ("events", .integer(key.events)),
                    (
                        "values",
                        .pairs(
                            key.values.sorted { $0.key < $1.key }
                                .map { ($0.key.text, .integer($0.value)) })
                    ),
                ]
                if key.isCut { members.append(("cut", true)) }
                return (name.text, .pairs(members))
            })
    }

    /// Reads `json` back.
    init(stored text: String, isCut: Bool) throws {
        guard let members = try JSONValue(parsing: text).members else {
            throw FoldError("the table issue_tags has a row that cannot be read")
        }
        self.isCut = isCut
        for member in members {
            let value = member.value
            var key = Key(events: Int(value["events"]?.int64 ?? 0))
            for value in value["values"]?.members ?? [] {
                key.values[ByteText(value.key)] = Int(value.value.int64 ?? 0)
            }
            key.isCut = value["cut"]?.bool == true
            keys[ByteText(member.key)] = key
        }
    }

    /// Stands in `tag_cut` for all keys that are not kept; no SDK sets it.
    static let anyKey = "*"
}
