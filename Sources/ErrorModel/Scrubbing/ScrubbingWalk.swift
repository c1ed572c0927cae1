import Glibc

/// One pass over a payload, noting what is to be replaced.
struct ScrubbingWalk {
    let text: UnsafeRawBufferPointer
    let rules: ScrubbingRules
    private(set) var edits: [Edit] = []
    private var paths: [String] = []
    private var containers: [Container] = []
    /// Containers that are open beyond `Scrubber.depthLimit`.
    private var deeper = 0
    /// The name in front of the value that comes next.
    private var key: Range<Int>?
    private var keySensitivity = KeySensitivity.none
    private var secrets: [Range<Int>] = []
    private var judged = JudgedNames()
    /// A container was met that does not end.
    private var isUnclosed = false

    struct Edit {
        var range: Range<Int>
        var replacement: Replacement
    }

    enum Replacement {
        /// Inside a string.
        case marker
        case quotedMarker
        case null
    }

    /// An object or a list that is open.
    private struct Container {
        /// Its name in the object around it; nil for elements of a list.
        var name: Range<Int>?
        var isList: Bool
        /// Values that have begun in it.
        var count = 0
        /// Of the first element of a pair, or of the `key` or `name` that an object gives itself.
        var sensitivity = KeySensitivity.none
        /// Names in it are those of programs, not of values.
        var hasForeignNames = false
    }

    init(text: UnsafeRawBufferPointer, rules: ScrubbingRules) {
        self.text = text
        self.rules = rules
    }

    mutating func run() {
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""): index = takeString(at: index)
            case UInt8(ascii: "{"): index = open(at: index, isList: false)
            case UInt8(ascii: "["): index = open(at: index, isList: true)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                close()
                index += 1
            case UInt8(ascii: "-"), 0x30...0x39: index = takeNumber(at: index)
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                // true, false, null.
                beginValue()
                key = nil
                while index < text.count, ASCII.isLetter(text[index]) { index += 1 }
            default: index += 1
            }
        }
    }

    // MARK: structure

    private mutating func open(at index: Int, isList: Bool) -> Int {
        beginValue()
        if let end = endOfRemoved(from: index) {
            remove(index..<end)
            key = nil
            return end
        }
        defer { key = nil }
        guard containers.count < Scrubber.depthLimit else {
            deeper += 1
            return index + 1
        }
        containers.append(
            Container(name: key, isList: isList, hasForeignNames: hasForeignNames()))
        return index + 1
    }

    private mutating func close() {
        if deeper > 0 {
            deeper -= 1
        } else {
            _ = containers.popLast()
        }
        key = nil
    }

    /// Counts a value of the innermost list.
    private mutating func beginValue() {
        guard deeper == 0, let last = containers.indices.last else { return }
        containers[last].count += 1
    }

    /// Packages are called what they are called; what they are is no secret.
    private func hasForeignNames() -> Bool {
        if let last = containers.last, last.hasForeignNames { return true }
        guard containers.count == 1, let key else { return false }
        return isNamed(key, "modules") || isNamed(key, "sdk") || isNamed(key, "debug_meta")
            || isNamed(key, "debugIds")
    }

    /// Where the object or list that begins at `start` ends, if it goes as a whole.
    private mutating func endOfRemoved(from start: Int) -> Int? {
        if isRemoved() {
            guard !isUnclosed else { return nil }
            let end = endOfContainer(from: start, limit: text.count)
            // What is around it is not closed either: it is no JSON, and nothing is looked at twice.
            isUnclosed = end == nil
            return end
        }
        guard key == nil, let last = containers.last, deeper == 0, last.isList, last.count == 2,
            last.sensitivity > .none,
            let end = endOfContainer(
                from: start, limit: min(text.count, start + Self.pairByteLimit)),
            isRemoved(endingAt: end)
        else { return nil }
        return end
    }

    /// A list behind the name of a secret is looked at so far: each may be the last of its pair.
    private static let pairByteLimit = 4_096

    /// Behind the bracket that closes the one at `start`; nil where it is not closed before `limit`.
    private func endOfContainer(from start: Int, limit: Int) -> Int? {
        var depth = 0
        var index = start
        while index < limit {
            switch text[index] {
            case UInt8(ascii: "\""): index = endOfString(from: index) - 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Behind the quote that ends the string at `start`, or the end of the text.
    private func endOfString(from start: Int) -> Int {
        guard let base = text.baseAddress else { return text.count }
        var index = start + 1
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Eight bytes at once, up to the first quote or backslash.
        while index + 8 <= text.count {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let hits =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & (ones &* 0x80)
            if hits == 0 {
                index += 8
                continue
            }
            index += hits.trailingZeroBitCount >> 3
            if base.load(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\"") {
                return index + 1
            }
            index += 2
        }
        while index < text.count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: "\"") { return index + 1 }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return text.count
    }

    private func next(from start: Int) -> UInt8? {
        var index = start
        while index < text.count, ASCII.isSpace(text[index]) { index += 1 }
        return index < text.count ? text[index] : nil
    }

    // MARK: values

    private mutating func takeString(at start: Int) -> Int {
        let end = endOfString(from: start)
        // A string that is not ended is nobody's: the decoder refuses the payload.
        guard end - start >= 2, text[end - 1] == UInt8(ascii: "\"") else { return end }
        let content = start + 1..<end - 1
        if next(from: end) == UInt8(ascii: ":") {
            key = content
            keySensitivity = .none
            if rules.hasDefaults || !rules.keepsAddresses,
                containers.last?.hasForeignNames != true
            {
                keySensitivity = judged.sensitivity(
                    of: UnsafeRawBufferPointer(rebasing: text[content]))
            }
            return end
        }
        beginValue()
        defer { key = nil }
        noteName(content)
        if isRemoved(endingAt: end) {
            if !isNothing(content) { remove(start..<end) }
        } else {
            takeSecrets(in: content)
        }
        return end
    }

    private mutating func takeNumber(at start: Int) -> Int {
        var end = start + 1
        while end < text.count, ASCII.isDigit(text[end]) || isInNumber(text[end]) { end += 1 }
        beginValue()
        defer { key = nil }
        if isRemoved(endingAt: end, isNumber: true) {
            remove(start..<end)
        } else if rules.hasDefaults, end - start >= CardNumber.digitRange.lowerBound,
            TextView(text: UnsafeRawBufferPointer(rebasing: text[start..<end])).card(at: 0)?.count
                == end - start
        {
            remove(start..<end)
        }
        return end
    }

    private func isInNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-")
    }

    /// Remembers the first element of a list, and the `key` or `name` of an object, as a name.
    private mutating func noteName(_ content: Range<Int>) {
        guard rules.hasDefaults, deeper == 0, let last = containers.indices.last else { return }
        let isName: Bool
        if containers[last].isList {
            isName = containers[last].count == 1 && key == nil
        } else if let key {
            isName = isNamed(key, "key") || isNamed(key, "name")
        } else {
            isName = false
        }
        guard isName, content.count <= SensitiveKey.byteLimit else { return }
        containers[last].sensitivity = SensitiveKey.classify(
            UnsafeRawBufferPointer(rebasing: text[content]))
    }

    /// True where the value that begins now, and ends at `end` where it is none that nests, goes.
    private func isRemoved(endingAt end: Int? = nil, isNumber: Bool = false) -> Bool {
        isSensitive(sensitivity(endingAt: end), isNumber: isNumber) || isNamedByProject()
    }

    private func isSensitive(_ sensitivity: KeySensitivity, isNumber: Bool) -> Bool {
        switch sensitivity {
        case .none: false
        case .address: !rules.keepsAddresses && !isNumber
        case .token: rules.hasDefaults && !isNumber
        case .secret: rules.hasDefaults
        }
    }

    private func sensitivity(endingAt end: Int?) -> KeySensitivity {
        guard deeper == 0, let last = containers.last else {
            return key == nil ? .none : keySensitivity
        }
        if let key {
            // {"key":"token","value":"…"}
            if last.sensitivity > .none, isNamed(key, "value") {
                return last.sensitivity
            }
            return keySensitivity
        }
        // ["token","…"]
        guard last.isList, last.count == 2, last.sensitivity > .none, let end,
            next(from: end) == UInt8(ascii: "]")
        else { return .none }
        return last.sensitivity
    }

    private func isNamedByProject() -> Bool {
        guard !rules.fields.isEmpty, deeper == 0 else { return false }
        let names = self.names
        return rules.fields.contains { path in
            path.fits(names.count) { UnsafeRawBufferPointer(rebasing: text[names[$0]]) }
        }
    }

    /// The names from the top to the value that begins now.
    private var names: [Range<Int>] {
        var names = containers.compactMap(\.name)
        if let key { names.append(key) }
        return names
    }

    /// Empty, or what somebody else has left of a value.
    private func isNothing(_ content: Range<Int>) -> Bool {
        let bytes = text[content]
        return bytes.isEmpty || bytes.elementsEqual(Scrubber.marker)
            || bytes.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private mutating func takeSecrets(in content: Range<Int>) {
        secrets.removeAll(keepingCapacity: true)
        if rules.hasDefaults || !rules.keepsAddresses {
            SecretText(
                isCode: isCode, removesAddresses: !rules.keepsAddresses,
                hasDefaults: rules.hasDefaults
            ).find(in: text, content, into: &secrets)
        }
        if !rules.patterns.isEmpty { findPatterns(in: content) }
        guard !secrets.isEmpty else { return }
        secrets.sort { $0.lowerBound < $1.lowerBound }
        var last = secrets[0]
        for secret in secrets.dropFirst() {
            if secret.lowerBound <= last.upperBound {
                last = last.lowerBound..<max(last.upperBound, secret.upperBound)
            } else {
                replace(last, in: content)
                last = secret
            }
        }
        replace(last, in: content)
    }

    private mutating func findPatterns(in content: Range<Int>) {
        let part = UnsafeRawBufferPointer(rebasing: text[content])
        for pattern in rules.patterns {
            var index = 0
            while index < part.count {
                if let match = pattern.match(part, at: index) {
                    secrets.append(
                        match.lowerBound + content.lowerBound..<match.upperBound
                            + content.lowerBound)
                    index = match.upperBound
                } else {
                    index += 1
                }
            }
        }
    }

    /// Lines of source, which speak of secrets without holding them.
    private var isCode: Bool {
        let name = key ?? containers.last?.name
        guard let name else { return false }
        return isNamed(name, "context_line") || isNamed(name, "pre_context")
            || isNamed(name, "post_context")
    }

    @inline(__always)
    private func isNamed(_ name: Range<Int>, _ wanted: StaticString) -> Bool {
        guard name.count == wanted.utf8CodeUnitCount, let base = text.baseAddress else {
            return false
        }
        return memcmp(base + name.lowerBound, wanted.utf8Start, name.count) == 0
    }

    // MARK: edits

    /// A part of a string.
    private mutating func replace(_ part: Range<Int>, in content: Range<Int>) {
        let range = aligned(part, in: content)
        let start = max(range.lowerBound, edits.last?.range.upperBound ?? 0)
        guard start < range.upperBound,
            !text[start..<range.upperBound].elementsEqual(Scrubber.marker)
        else { return }
        edits.append(Edit(range: start..<range.upperBound, replacement: .marker))
        notePath()
    }

    /// Widened so that it cuts neither an escape nor a character in two.
    private func aligned(_ part: Range<Int>, in content: Range<Int>) -> Range<Int> {
        var start = part.lowerBound
        var end = part.upperBound
        while start > content.lowerBound, text[start] & 0xC0 == 0x80 { start -= 1 }
        while end < content.upperBound, text[end] & 0xC0 == 0x80 { end += 1 }
        start = escape(around: start, in: content)?.lowerBound ?? start
        end = escape(around: end, in: content)?.upperBound ?? end
        return start..<min(end, content.upperBound)
    }

    /// The escape that begins before `place` and ends behind it.
    private func escape(around place: Int, in content: Range<Int>) -> Range<Int>? {
        // The longest is \\u and four digits.
        for start in max(content.lowerBound, place - 5)..<max(content.lowerBound, place)
        where text[start] == UInt8(ascii: "\\") {
            var before = start
            while before > content.lowerBound, text[before - 1] == UInt8(ascii: "\\") {
                before -= 1
            }
            guard (start - before).isMultiple(of: 2), start + 1 < content.upperBound else {
                continue
            }
            let end = start + (text[start + 1] == UInt8(ascii: "u") ? 6 : 2)
            if end > place { return start..<end }
        }
        return nil
    }

    /// A whole value.
    private mutating func remove(_ range: Range<Int>) {
        // By the fields of a user the product counts: all without one would be one user.
        let isOfUser =
            containers.count > 1
            && containers[1].name.map { text[$0].elementsEqual("user".utf8) }
                ?? false
        let isAddress = keySensitivity == .address && key != nil
        edits.append(
            Edit(range: range, replacement: isOfUser || isAddress ? .null : .quotedMarker))
        notePath()
    }

    private mutating func notePath() {
        guard paths.count < Scrubber.pathLimit else { return }
        var bytes: [UInt8] = []
        for name in names {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ".")) }
            bytes.append(contentsOf: text[name].prefix(Scrubber.pathByteLimit - bytes.count))
            if bytes.count >= Scrubber.pathByteLimit { break }
        }
        let path = String(decoding: bytes, as: UTF8.self)
        if !path.isEmpty, !paths.contains(path) { paths.append(path) }
    }

    func result() -> ScrubbedPayload {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + edits.count * (Scrubber.marker.count + 2))
        var position = 0
        for edit in edits {
            bytes.append(contentsOf: text[position..<edit.range.lowerBound])
            switch edit.replacement {
            case .marker: bytes.append(contentsOf: Scrubber.marker)
            case .quotedMarker:
                bytes.append(UInt8(ascii: "\""))
                bytes.append(contentsOf: Scrubber.marker)
                bytes.append(UInt8(ascii: "\""))
            case .null: bytes.append(contentsOf: "null".utf8)
            }
            position = edit.range.upperBound
        }
        bytes.append(contentsOf: text[position...])
        return ScrubbedPayload(bytes: bytes, paths: paths)
    }
}
