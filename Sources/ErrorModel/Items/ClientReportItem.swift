/// Adds up the client reports of an envelope.
package struct LossTally: Sendable {
    private var order: [Key] = []
    private var quantities: [Key: UInt64] = [:]

    private struct Key: Hashable {
        var reason: String
        var category: String
    }

    /// One entry of a report says at most so much: no SDK loses more between two reports, and the
    /// sum of many entries stays within 64 bits.
    static let quantityLimit: UInt64 = 1_000_000_000
    /// Pairs of reason and category of one envelope: there are about fifteen of each.
    static let pairLimit = 100

    package init() {}

    /// Adds the entries of one report; false where it is no report.
    ///
    /// An entry without a quantity, or with a wrong one, is passed over.
    package mutating func add(_ payload: RawSpan) -> Bool {
        guard
            let report = payload.withJSON({ text in
                try? JSONValue(text, toleratesBadText: true)
            }), report.members != nil
        else { return false }
        // The other lists are older names for what a server has filtered, or a proxy.
        for name in ["discarded_events", "rate_limited_events", "filtered_events"] {
            for entry in report[name]?.array ?? [] { add(entry) }
        }
        return true
    }

    private mutating func add(_ entry: JSONValue) {
        guard let quantity = entry["quantity"]?.int64, quantity > 0 else { return }
        let key = Key(
            reason: Self.word(entry["reason"]?.string),
            category: Self.word(entry["category"]?.string))
        if quantities[key] == nil {
            guard order.count < Self.pairLimit else { return }
            order.append(key)
        }
        quantities[key, default: 0] += min(UInt64(quantity), Self.quantityLimit)
    }

    /// A word as SDKs use them; all else is `other`, since it becomes a row and a label.
    private static func word(_ text: String?) -> String {
        guard let text, !text.isEmpty, text.utf8.count <= ItemLimits.lossWord,
            text.utf8.allSatisfy({
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            })
        else { return "other" }
        return text
    }

    /// The record; nil where nothing was lost.
    package var record: ClientReported? {
        if order.isEmpty { return nil }
        return ClientReported(
            losses: order.map {
                .init(
                    reason: $0.reason, category: $0.category, quantity: quantities[$0] ?? 0)
            })
    }
}
