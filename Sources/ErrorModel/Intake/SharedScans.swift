/// Parts of a payload that both protocols write alike.
extension JSONScanner {
    /// Takes the members of an object; anything but an object is skipped.
    ///
    /// `body` must consume the value of every key.
    @inline(__always)
    mutating func forEachMember(
        _ body: (inout JSONScanner, JSONSlice) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard peek() == UInt8(ascii: "{") else { return try skipValue() }
        try enterObject()
        var isFirst = true
        while let key = try nextKey(&isFirst) { try body(&self, key) }
    }

    /// Takes the elements of an array; anything but an array is skipped.
    @inline(__always)
    mutating func forEachElement(
        _ body: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard peek() == UInt8(ascii: "[") else { return try skipValue() }
        try enterArray()
        var isFirst = true
        while try nextElement(&isFirst) { try body(&self) }
    }

    /// A time as text or as a number of seconds.
    mutating func takeTimestamp() throws(JSONError) -> Timestamp? {
        let isText = peek() == UInt8(ascii: "\"")
        let slice = isText ? try takeString() : try takeNumber()
        if slice.isMissing { return nil }
        guard isText else { return Timestamp(number: bytes.raw(slice)) }
        return bytes.withText(slice) { Timestamp(utf8: $0) }
    }

    /// A level as a name or as a number.
    mutating func takeLevel() throws(JSONError) -> Level? {
        if peek() == UInt8(ascii: "\"") {
            let name = try takeString()
            return bytes.withText(name) { LevelName.level($0) }
        }
        let number = try takeNumber()
        return JSONNumber.int64(bytes.raw(number)).flatMap { LevelName.level(number: $0) }
    }

    mutating func takeEventID() throws(JSONError) -> EventID? {
        let slice = try takeString()
        return bytes.withText(slice) { EventID(utf8: $0) }
    }

    /// Strings and other scalars of a list; the rest is dropped.
    mutating func takeScalars() throws(JSONError) -> [JSONSlice] {
        var parts: [JSONSlice] = []
        try forEachElement { (scanner) throws(JSONError) in
            let part = try scanner.takeScalar()
            if !part.isMissing { parts.append(part) }
        }
        return parts
    }

    /// Tags as a map, as a list of pairs or as a list of `{key, value}`.
    mutating func takeTags() throws(JSONError) -> [TagFacts] {
        var tags: [TagFacts] = []
        switch peek() {
        case UInt8(ascii: "{"):
            tags.reserveCapacity(16)
            try forEachMember { (scanner, key) throws(JSONError) in
                tags.append(TagFacts(key: key, value: try scanner.takeScalar()))
            }
        default:
            try forEachElement { (scanner) throws(JSONError) in
                if let tag = try scanner.takeTag() { tags.append(tag) }
            }
        }
        return tags
    }

    private mutating func takeTag() throws(JSONError) -> TagFacts? {
        var tag = TagFacts(key: .missing, value: .missing)
        if peek() == UInt8(ascii: "[") {
            var index = 0
            try forEachElement { (scanner) throws(JSONError) in
                switch index {
                case 0: tag.key = try scanner.takeScalar()
                case 1: tag.value = try scanner.takeScalar()
                default: try scanner.skipValue()
                }
                index += 1
            }
        } else {
            try forEachMember { (scanner, key) throws(JSONError) in
                if scanner.bytes.matches(key, "key") {
                    tag.key = try scanner.takeScalar()
                } else if scanner.bytes.matches(key, "value") {
                    tag.value = try scanner.takeScalar()
                } else {
                    try scanner.skipValue()
                }
            }
        }
        return tag.key.isMissing ? nil : tag
    }
}

extension JSONBytes {
    /// Lends the value of a slice as UTF-8 with its escapes undone; no bytes for a missing one.
    @inline(__always)
    func withText<Result>(
        _ slice: JSONSlice, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        slice.hasEscapes ? withUnescaped(slice, body) : body(raw(slice))
    }

    @inline(never)
    private func withUnescaped<Result>(
        _ slice: JSONSlice, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var bytes: [UInt8] = []
        append(slice, to: &bytes)
        return bytes.withUnsafeBytes(body)
    }
}
