/// The text of a message event, and its template.
struct SentryMessageScan {
    private var plain = JSONSlice.missing
    private var entry = Entry()
    private var entryUsesNewName = false

    /// The message as people read it.
    private(set) var text = JSONSlice.missing
    /// Stands in for `text` where parameters had to be put in.
    private(set) var composedText: [UInt8]?
    /// The message with its parameters unexpanded; missing where it has none.
    private(set) var template = JSONSlice.missing

    private struct Entry {
        var message = JSONSlice.missing
        var formatted = JSONSlice.missing
        var parameters: Range<Int>?

        init() {}

        /// A string, or `{message, formatted, params}`.
        init(_ scanner: inout JSONScanner) throws(JSONError) {
            if scanner.peek() == UInt8(ascii: "\"") {
                message = try scanner.takeString()
                return
            }
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                if scanner.bytes.matches(key, "message") {
                    message = try scanner.takeString()
                } else if scanner.bytes.matches(key, "formatted") {
                    formatted = try scanner.takeString()
                } else if scanner.bytes.matches(key, "params") {
                    parameters = try scanner.takeRaw()
                } else {
                    try scanner.skipValue()
                }
            }
        }
    }

    /// Takes the event's `message`: a string, or an entry under its oldest name.
    mutating func takeMessage(_ scanner: inout JSONScanner) throws(JSONError) {
        if scanner.peek() == UInt8(ascii: "{") {
            try takeLegacyEntry(&scanner)
        } else {
            plain = try scanner.takeString()
        }
    }

    mutating func takeEntry(_ scanner: inout JSONScanner) throws(JSONError) {
        entry = try Entry(&scanner)
        entryUsesNewName = true
    }

    mutating func takeLegacyEntry(_ scanner: inout JSONScanner) throws(JSONError) {
        let legacy = try Entry(&scanner)
        if !entryUsesNewName { entry = legacy }
    }

    /// Decides between the forms; called once, at the end of the event.
    ///
    /// - Parameter platform: the event's, of which it depends how parameters are printed.
    mutating func finish(_ bytes: JSONBytes, platform: JSONSlice) throws(JSONError) {
        var parameters = JSONValue.null
        if let range = entry.parameters {
            parameters = try JSONValue(JSONBytes(bytes.raw(range)), toleratesBadText: true)
        }
        let hasParameters = MessageFormat.hasParameters(parameters)
        if !entry.message.isEmpty, hasParameters || differs(bytes) { template = entry.message }
        text = entry.formatted.or(entry.message).or(plain)
        if entry.formatted.isEmpty, !entry.message.isEmpty, hasParameters {
            let language = bytes.withText(platform) { FrameLanguage(platform: $0) }
            composedText = Array(
                MessageFormat.expand(bytes.string(entry.message), parameters, language).utf8)
        }
    }

    /// True when the formatted text is there and is not the message itself.
    private func differs(_ bytes: JSONBytes) -> Bool {
        guard !entry.formatted.isEmpty else { return false }
        return bytes.withText(entry.message) { message in
            bytes.withText(entry.formatted) { !message.elementsEqual($0) }
        }
    }
}
