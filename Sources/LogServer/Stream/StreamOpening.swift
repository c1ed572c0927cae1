import ErrorModel
import EventLog

/// What a stream is, as its first line says.
struct StreamHello: Equatable {
    var key: String
    /// Nil: the server's usual class.
    var durability: Durability?
    /// The first line is an event with its key: of a shipper that says no hello and reads no acks.
    var isQuiet = false

    /// Reads a first line; throws what the client is to be told.
    init(_ line: UnsafeRawBufferPointer) throws(StreamFault) {
        let members: Members
        do throws(JSONError) {
            members = try Members(JSONBytes(line))
        } catch {
            throw .notJSON(error)
        }
        guard let version = members.version else {
            guard let key = members.key else { throw .noHello }
            (self.key, isQuiet) = (key, true)
            return
        }
        guard version == StreamLimits.version else { throw .unknownVersion }
        guard let key = members.key else { throw .missingKey }
        self.key = key
        if let name = members.durability {
            guard let durability = Durability(rawValue: name) else { throw .unknownDurability }
            self.durability = durability
        }
    }

    /// What is looked for in a line; members that are not known are passed over.
    private struct Members {
        /// 0 where it is no number.
        var version: Int?
        var key: String?
        /// Empty where it is no text.
        var durability: String?

        init(_ bytes: JSONBytes) throws(JSONError) {
            var scanner = try JSONScanner(bytes, toleratesBadText: true)
            try scanner.enterObject()
            var isFirst = true
            while let name = try scanner.nextKey(&isFirst) {
                if bytes.matches(name, "hello") {
                    version = Int(bytes.string(try scanner.takeNumber())) ?? 0
                } else if bytes.matches(name, "key") {
                    key = bytes.optionalString(try scanner.takeString())
                } else if bytes.matches(name, "durability") {
                    durability = bytes.string(try scanner.takeString())
                } else {
                    try scanner.skipValue()
                }
            }
            try scanner.expectEnd()
        }
    }
}

/// The key that an event of a quiet stream carries, and where it stands.
struct StreamKey: Equatable {
    /// Nil where there is none.
    var key: String?
    /// What to take out, so that the key is not stored with the event: each member `key` that is a
    /// text, with one comma beside it.
    var places: [Range<Int>] = []

    init(_ line: UnsafeRawBufferPointer) throws(JSONError) {
        let bytes = JSONBytes(line)
        var scanner = try JSONScanner(bytes, toleratesBadText: true)
        try scanner.enterObject()
        var isFirst = true
        var isFirstKept = true
        while true {
            let start = scanner.position
            guard let name = try scanner.nextKey(&isFirst) else { return }
            guard bytes.matches(name, "key"), scanner.peek() == UInt8(ascii: "\"") else {
                isFirstKept = false
                try scanner.skipValue()
                continue
            }
            key = bytes.string(try scanner.takeString())
            let end = scanner.position
            // The comma in front goes with it; where nothing is left in front, the one behind.
            let hasComma = isFirstKept && scanner.peek() == UInt8(ascii: ",")
            places.append(start..<(hasComma ? scanner.position + 1 : end))
        }
    }
}
