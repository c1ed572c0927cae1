/// A payload without what must not be kept.
package struct ScrubbedPayload: Sendable {
    /// JSON, if the payload was.
    package var bytes: [UInt8]
    /// Where something was taken out, each place once, in the order of the payload; at most
    /// `Scrubber.pathLimit`.
    package var paths: [String]
}

/// Takes secrets out of the JSON of a payload before anything else reads it.
///
/// What goes is decided by the name of a field (`SensitiveKey`), by the look of a text
/// (`SecretText`), and by the rules of the project. `[Filtered]` takes its place, or `null` where
/// the product would count by the value. One pass over the bytes, in time and memory in proportion
/// to them. Text that is no JSON goes through it unharmed or not: whoever decodes it refuses it.
package struct Scrubber: Sendable {
    package let rules: ScrubbingRules

    /// Places that are named; what is removed beyond them is removed as well.
    package static let pathLimit = 32
    /// A place with longer names is named by its beginning.
    static let pathByteLimit = 160

    static let marker = Array("[Filtered]".utf8)

    package init(_ rules: ScrubbingRules) {
        self.rules = rules
    }

    /// Nil where there is nothing to take out.
    package func scrub(_ payload: UnsafeRawBufferPointer) -> ScrubbedPayload? {
        rules.isOff ? nil : ScrubbingWalk.scrub(payload, rules)
    }

    package func scrub(_ payload: RawSpan) -> ScrubbedPayload? {
        payload.withUnsafeBytes { scrub($0) }
    }

    /// A name or an id that is kept beside payloads, without what its look tells to be a secret.
    package func clean(_ text: String) -> String {
        // An id, as nearly all are.
        if text.utf8.count == 32, text.utf8.allSatisfy(ASCII.isHex) { return text }
        let json = JSONValue.string(text).compactBytes
        guard let clean = json.withUnsafeBytes({ scrub($0) }) else { return text }
        return (try? JSONValue(parsing: clean.bytes))?.string
            ?? String(decoding: Self.marker, as: UTF8.self)
    }
}
