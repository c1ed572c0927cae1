import Glibc

/// One pass over a payload, noting what is to be replaced.
///
/// Names are known from values by the brackets around them: in an object they take turns. Of text
/// that is no JSON anything may be noted: whoever decodes it refuses it.
///
/// Methods that change nothing are `mutating` as well: the compiler hands others a copy of it all.
struct ScrubbingWalk: ~Copyable {
    let text: JSONBytes
    let rules: ScrubbingRules
    private var places: TellingPlaces
    private(set) var edits: [Edit] = []
    private var paths: [String] = []
    /// Those that are open: room for `depthLimit`.
    private let containers: UnsafeMutablePointer<Container>
    private var depth = 0
    /// The name in front of the value that comes next.
    private var key: Range<Int>?
    private var keySensitivity = KeySensitivity.none
    /// The next string is a name.
    private var isNameNext = false
    private var secrets: [Range<Int>] = []
    private let names = SensitiveKeyFilter.shared
    private let search: SecretText
    private let findsSecrets: Bool
    /// The project names fields or gives patterns.
    private let hasOwnRules: Bool
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

    /// What nests deeper is decoded by nobody.
    private static let depthLimit = JSONLimits.depth + 1

    /// Nil where there is nothing to take out.
    static func scrub(
        _ text: UnsafeRawBufferPointer, _ rules: ScrubbingRules
    ) -> ScrubbedPayload? {
        let bytes = JSONBytes(text)
        let knowsRules = SecretGlance.knows(rules)
        if knowsRules, !SecretGlance.mayHoldSecrets(bytes) { return nil }
        // What is stored, where nothing is taken out, is the text as it came.
        guard let plain = EscapedASCII.plain(bytes) else { return walk(bytes, rules) }
        return plain.withUnsafeBytes { plain in
            let plain = JSONBytes(plain)
            if knowsRules, !SecretGlance.mayHoldSecrets(plain) { return nil }
            return walk(plain, rules)
        }
    }

    /// The same without a glance, of a text whose characters are not hidden by escapes.
    static func walk(_ text: JSONBytes, _ rules: ScrubbingRules) -> ScrubbedPayload? {
        withUnsafeTemporaryAllocation(of: Container.self, capacity: depthLimit) { room in
            var walk = ScrubbingWalk(
                text: text, rules: rules, containers: room.baseAddress!)
            walk.run()
            return walk.edits.isEmpty ? nil : walk.result()
        }
    }

    private init(
        text: JSONBytes, rules: ScrubbingRules,
        containers: UnsafeMutablePointer<Container>
    ) {
        self.text = text
        self.rules = rules
        self.containers = containers
        places = TellingPlaces(text, findsAddresses: !rules.keepsAddresses)
        hasOwnRules = !rules.fields.isEmpty || !rules.patterns.isEmpty
        findsSecrets = rules.hasDefaults || !rules.keepsAddresses
        search = SecretText(
            text: text, removesAddresses: !rules.keepsAddresses, hasDefaults: rules.hasDefaults)
    }

    private mutating func run() {
        while true {
            let index = places.next()
            guard index < text.count else { return }
            switch text[index] {
            case UInt8(ascii: "\""):
                if isNameNext { takeName(at: index) } else { takeString(at: index) }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.depthLimit else { return }
                open(at: index, isList: text[index] == UInt8(ascii: "["))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth > 0 { depth -= 1 }
                endValue()
            case UInt8(ascii: "-"), 0x30...0x39: takeNumber(at: index)
            default:
                // true, false, null.
                beginValue()
                endValue()
            }
        }
    }

    // MARK: structure

    private mutating func open(at index: Int, isList: Bool) {
        beginValue()
        if let end = endOfRemoved(from: index) {
            remove(index..<end)
            places.skip(to: end)
            endValue()
            return
        }
        // The memory holds nothing that would have to be freed.
        (containers + depth).initialize(
            to: Container(name: key, isList: isList, hasForeignNames: hasForeignNames()))
        depth += 1
        endValue()
    }

    /// The innermost container; nil where none is open.
    @inline(__always)
    private var last: UnsafeMutablePointer<Container>? {
        mutating get { depth > 0 ? containers + (depth - 1) : nil }
    }

    /// What comes next in an object is a name.
    @inline(__always)
    private mutating func endValue() {
        key = nil
        keySensitivity = .none
        isNameNext = depth > 0 && !containers[depth - 1].isList
    }

    /// Counts a value of the innermost list.
    @inline(__always)
    private mutating func beginValue() {
        if depth > 0 { containers[depth - 1].count += 1 }
    }

    /// Packages are called what they are called; what they are is no secret.
    private mutating func hasForeignNames() -> Bool {
        if let last, last.pointee.hasForeignNames { return true }
        guard depth == 1, let key else { return false }
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
        guard key == nil, let last, last.pointee.isList, last.pointee.count == 2,
            last.pointee.sensitivity > .none,
            let end = endOfContainer(
                from: start, limit: min(text.count, start + Self.pairByteLimit)),
            isRemoved(endingAt: end)
        else { return nil }
        return end
    }

    /// A list behind the name of a secret is looked at so far: each may be the last of its pair.
    private static let pairByteLimit = 4_096

    /// Behind the bracket that closes the one at `start`; nil where it is not closed before `limit`.
    private mutating func endOfContainer(from start: Int, limit: Int) -> Int? {
        var depth = 0
        var index = start
        while index < limit {
            switch text[index] {
            case UInt8(ascii: "\""): index = search.endOfString(from: index + 1)
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

    private mutating func next(from start: Int) -> UInt8? {
        var index = start
        while index < text.count, ASCII.isSpace(text[index]) { index += 1 }
        return index < text.count ? text[index] : nil
    }

    // MARK: values

    private mutating func takeName(at start: Int) {
        isNameNext = false
        let end = places.nextQuote()
        guard end < text.count else { return }
        key = start + 1..<end
        keySensitivity =
            last?.pointee.hasForeignNames == true
            ? .none : names.sensitivity(text.raw(start + 1..<end))
    }

    private mutating func takeString(at start: Int) {
        beginValue()
        defer { endValue() }
        let end: Int
        if findsSecrets {
            let first = places.next()
            end =
                search.isEnd(first, from: start + 1)
                ? first
                : search.find(
                    from: start + 1, at: first, in: &places, lineOf: key ?? last?.pointee.name,
                    into: &secrets)
        } else {
            end = places.nextQuote()
        }
        defer { if !secrets.isEmpty { secrets.removeAll(keepingCapacity: true) } }
        // A string that is not ended is nobody's: the decoder refuses the payload.
        guard end < text.count else { return }
        let content = start + 1..<end
        noteName(content)
        // Nearly all strings: no name, no rule and no look tells of a secret.
        if !hasOwnRules, keySensitivity == .none, secrets.isEmpty,
            depth == 0 || containers[depth &- 1].sensitivity == .none
        {
            return
        }
        if isRemoved(endingAt: end + 1) {
            if !isNothing(content) { remove(start..<end + 1) }
        } else {
            if !rules.patterns.isEmpty { findPatterns(in: content) }
            if !secrets.isEmpty { replaceSecrets(in: content) }
        }
    }

    private mutating func takeNumber(at start: Int) {
        var end = start + 1
        while end < text.count, ASCII.isDigit(text[end]) || isInNumber(text[end]) { end += 1 }
        beginValue()
        defer { endValue() }
        if isRemoved(endingAt: end, isNumber: true) {
            remove(start..<end)
        } else if rules.hasDefaults, end - start >= CardNumber.digitRange.lowerBound,
            TextView(text: text.raw(start..<end)).card(at: 0)?.count
                == end - start
        {
            remove(start..<end)
        }
    }

    @inline(__always)
    private mutating func isInNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-")
    }

    /// Remembers the first element of a list, and the `key` or `name` of an object, as a name.
    @inline(__always)
    private mutating func noteName(_ content: Range<Int>) {
        guard rules.hasDefaults, let last else { return }
        let isName: Bool
        if last.pointee.isList {
            isName = last.pointee.count == 1 && key == nil
        } else if let key {
            isName = isNamed(key, "key") || isNamed(key, "name")
        } else {
            isName = false
        }
        guard isName, content.count <= SensitiveKey.byteLimit else { return }
        last.pointee.sensitivity = names.sensitivity(text.raw(content))
    }

    /// True where the value that begins now, and ends at `end` where it is none that nests, goes.
    @inline(__always)
    private mutating func isRemoved(endingAt end: Int? = nil, isNumber: Bool = false) -> Bool {
        isSensitive(sensitivity(endingAt: end), isNumber: isNumber)
            || !rules.fields.isEmpty && isNamedByProject()
    }

    @inline(__always)
    private mutating func isSensitive(_ sensitivity: KeySensitivity, isNumber: Bool) -> Bool {
        switch sensitivity {
        case .none: false
        case .address: !rules.keepsAddresses && !isNumber
        case .token: rules.hasDefaults && !isNumber
        case .secret: rules.hasDefaults
        }
    }

    @inline(__always)
    private mutating func sensitivity(endingAt end: Int?) -> KeySensitivity {
        guard let last else { return key == nil ? .none : keySensitivity }
        let told = last.pointee.sensitivity
        if let key {
            // {"key":"token","value":"…"}
            return told > .none && isNamed(key, "value") ? told : keySensitivity
        }
        // ["token","…"]
        guard told > .none, last.pointee.isList, last.pointee.count == 2, let end,
            next(from: end) == UInt8(ascii: "]")
        else { return .none }
        return told
    }

    private mutating func isNamedByProject() -> Bool {
        let path = self.path
        return rules.fields.contains { field in
            field.fits(path.count) { text.raw(path[$0]) }
        }
    }

    /// The names from the top to the value that begins now.
    private var path: [Range<Int>] {
        var names = (0..<depth).compactMap { containers[$0].name }
        if let key { names.append(key) }
        return names
    }

    /// Empty, or what somebody else has left of a value.
    private mutating func isNothing(_ content: Range<Int>) -> Bool {
        let bytes = text.raw(content)
        return bytes.isEmpty || bytes.elementsEqual(Scrubber.marker)
            || bytes.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private mutating func replaceSecrets(in content: Range<Int>) {
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
        let part = text.raw(content)
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

    @inline(__always)
    private mutating func isNamed(_ name: Range<Int>, _ wanted: StaticString) -> Bool {
        name.count == wanted.utf8CodeUnitCount
            && memcmp(text.base + name.lowerBound, wanted.utf8Start, name.count) == 0
    }

    // MARK: edits

    /// A part of a string.
    private mutating func replace(_ part: Range<Int>, in content: Range<Int>) {
        let range = aligned(part, in: content)
        let start = max(range.lowerBound, edits.last?.range.upperBound ?? 0)
        guard start < range.upperBound,
            !text.raw(start..<range.upperBound).elementsEqual(Scrubber.marker)
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
            depth > 1 && containers[1].name.map { isNamed($0, "user") } ?? false
        let isAddress = keySensitivity == .address && key != nil
        edits.append(
            Edit(range: range, replacement: isOfUser || isAddress ? .null : .quotedMarker))
        notePath()
    }

    private mutating func notePath() {
        guard paths.count < Scrubber.pathLimit else { return }
        var bytes: [UInt8] = []
        for name in path {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ".")) }
            bytes.append(contentsOf: text.raw(name).prefix(Scrubber.pathByteLimit - bytes.count))
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
            bytes.append(contentsOf: text.raw(position..<edit.range.lowerBound))
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
        bytes.append(contentsOf: text.raw(position..<text.count))
        return ScrubbedPayload(bytes: bytes, paths: paths)
    }
}
