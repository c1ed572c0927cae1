import ErrorModel

/// JSON, envelopes and the scrubber: text that anybody may send.
enum Texts {
    // MARK: JSON

    /// What is taken reads back the same; skipping judges as taking does; an error says where.
    static func runJSON(_ input: [UInt8]) {
        let tree = parse(input, tolerant: false)
        let tolerant = parse(input, tolerant: true)
        require(tree == nil || tolerant == tree, "what is good is the same where bad is tolerated")
        require(skips(input, tolerant: false) == (tree != nil), "skipping judges as taking does")
        require(skips(input, tolerant: true) == (tolerant != nil), "and so where bad is tolerated")
        if let tolerant {
            let written = tolerant.compactBytes
            require(parse(written, tolerant: false) == tolerant, "what is written reads back")
        }
        do throws(JSONError) {
            _ = try JSONValue(parsing: input)
        } catch {
            require((0...input.count).contains(error.offset), "an error is at a byte of the text")
        }
    }

    private static func parse(_ input: [UInt8], tolerant: Bool) -> JSONValue? {
        try? input.withJSON { (text) throws(JSONError) in
            try JSONValue(text, toleratesBadText: tolerant)
        }
    }

    private static func skips(_ input: [UInt8], tolerant: Bool) -> Bool {
        let isTaken: Void? = try? input.withJSON { (text) throws(JSONError) in
            var scanner = try JSONScanner(text, toleratesBadText: tolerant)
            try scanner.skipValue()
            try scanner.expectEnd()
            if scanner.sawNonASCII, !tolerant, !UTF8Check.isValid(text.raw(0..<text.count)) {
                throw JSONError(.invalidUTF8, at: 0)
            }
        }
        return isTaken != nil
    }

    // MARK: Envelopes

    /// Payloads lie in the body, in order; the whole way of an event behind them never traps.
    static func runEnvelope(_ input: [UInt8]) {
        do throws(EnvelopeError) {
            let envelope = try Envelope(parsing: input)
            var end = 0
            for (index, item) in envelope.items.enumerated() {
                require(item.number == index + 1, "items are counted")
                require(
                    end <= item.payload.lowerBound && item.payload.upperBound <= input.count,
                    "payloads lie in the body one behind the other")
                end = item.payload.upperBound
                guard item.kind == .event else { continue }
                runEvent(Array(input[item.payload]), envelope.header.facts)
            }
            require(envelope.items.count <= Envelope.itemLimit, "items are bounded")
        } catch {
            require((0...input.count).contains(error.offset), "an error is at a byte of the body")
        }
    }

    /// An event comes out as JSON without what was to be taken out, or not at all.
    private static func runEvent(_ payload: [UInt8], _ facts: EnvelopeFacts) {
        _ = try? EventIntake.event(
            payload: payload.span.bytes, protocol: .sentry,
            receivedAt: Timestamp(microseconds: 0), envelope: facts,
            newID: facts.eventID ?? EventID(high: 1, low: 2), project: 1, salt: salt,
            scrubber: Scrubber(.init()))
    }

    private static let salt = Array(repeating: UInt8(7), count: 32)

    // MARK: The scrubber

    private static let rules: [ScrubbingRules] = {
        var fields = ScrubbingRules()
        fields.fields = ["a", "a.b", "**.c", "*.*.d", "user.*"].compactMap { FieldPath($0) }
        var patterns = ScrubbingRules.off
        patterns.patterns = ["ORD-####", "@@##*", "??"].compactMap { TextPattern($0) }
        var all = fields
        all.patterns = patterns.patterns
        all.keepsAddresses = false
        return [ScrubbingRules(), fields, patterns, all]
    }()

    /// Rules that take out what the defaults do, but of which nobody can tell so at a glance.
    private static let unglanced: ScrubbingRules = {
        var rules = ScrubbingRules()
        rules.fields = ["\u{1}.\u{2}.\u{3}"].compactMap { FieldPath($0) }
        return rules
    }()

    /// A byte that chooses the rules, then the payload: JSON before is JSON after, and a glance
    /// misses nothing.
    static func runScrubber(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let payload = Array(input.dropFirst())
        if parse(payload, tolerant: true) != nil {
            let (glanced, walked) = payload.withUnsafeBytes {
                (Scrubber(rules[0]).scrub($0), Scrubber(unglanced).scrub($0))
            }
            require(glanced?.bytes == walked?.bytes, "a glance misses nothing")
        }
        let scrubber = Scrubber(rules[Int(first & 3)])
        guard let scrubbed = payload.withUnsafeBytes({ scrubber.scrub($0) }) else { return }
        require(scrubbed.paths.count <= Scrubber.pathLimit, "places are bounded")
        for tolerant in [false, true] where parse(payload, tolerant: tolerant) != nil {
            require(
                parse(scrubbed.bytes, tolerant: tolerant) != nil, "JSON before is JSON after")
        }
    }
}
