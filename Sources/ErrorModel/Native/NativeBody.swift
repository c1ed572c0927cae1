/// Splits a body of our own JSON into events: one object, an array of objects, or NDJSON.
package struct NativeBody: Equatable, Sendable {
    /// One event's bytes, not yet decoded.
    package struct Item: Equatable, Sendable {
        /// Of an array the element, else the line; from 1 on.
        package var number: Int
        package var range: Range<Int>

        package init(number: Int, range: Range<Int>) {
            self.number = number
            self.range = range
        }
    }

    package struct Refusal: Equatable, Sendable {
        package var number: Int
        /// The byte of the body at which the refused part begins.
        package var offset: Int
        package var reason: String

        package init(number: Int, offset: Int, reason: String) {
            self.number = number
            self.offset = offset
            self.reason = reason
        }
    }

    package private(set) var items: [Item] = []
    /// What is not even JSON; after a break in an array nothing more can be found.
    package private(set) var refused: [Refusal] = []

    /// Most events of one body: a batch of more would hold up its neighbours in the log.
    package static let itemLimit = 100_000

    package init(splitting body: RawSpan) {
        self = body.withJSON { NativeBody($0) }
    }

    package init(splitting body: [UInt8]) {
        self.init(splitting: body.span.bytes)
    }

    private init(_ text: JSONBytes) {
        guard let start = (0..<text.count).first(where: { !ASCII.isSpace(text[$0]) }) else {
            refused.append(Refusal(number: 1, offset: 0, reason: "the body is empty"))
            return
        }
        if text[start] == UInt8(ascii: "[") {
            splitArray(text)
        } else if Self.isWholeValue(text, Self.line(text, from: start)) {
            splitLines(text)
        } else if Self.isWholeValue(text, start..<text.count) {
            // One object over several lines.
            items.append(Item(number: 1, range: start..<text.count))
        } else {
            splitLines(text)
        }
    }

    private static func line(_ text: JSONBytes, from start: Int) -> Range<Int> {
        start..<(text.newline(from: start) ?? text.count)
    }

    private static func isWholeValue(_ text: JSONBytes, _ range: Range<Int>) -> Bool {
        do throws(JSONError) {
            var scanner = try JSONScanner(
                JSONBytes(text.raw(range)), toleratesBadText: true)
            try scanner.skipValue()
            try scanner.expectEnd()
            return true
        } catch {
            return false
        }
    }

    private mutating func splitLines(_ text: JSONBytes) {
        var start = 0
        var number = 0
        while start < text.count {
            let line = Self.line(text, from: start)
            number += 1
            start = line.upperBound + 1
            guard text.raw(line).contains(where: { !ASCII.isSpace($0) }) else { continue }
            guard append(Item(number: number, range: line)) else { return }
        }
    }

    private mutating func splitArray(_ text: JSONBytes) {
        var number = 1
        var offset = 0
        do throws(JSONError) {
            var scanner = try JSONScanner(text, toleratesBadText: true)
            try scanner.enterArray()
            var isFirst = true
            while try scanner.nextElement(&isFirst) {
                offset = scanner.position
                let range = try scanner.takeRaw()
                guard append(Item(number: number, range: range)) else { return }
                number += 1
                offset = range.upperBound
            }
            try scanner.expectEnd()
        } catch {
            refused.append(Refusal(number: number, offset: offset, reason: "\(error)"))
        }
    }

    /// False, with a refusal, where the body holds too many.
    private mutating func append(_ item: Item) -> Bool {
        guard items.count < Self.itemLimit else {
            refused.append(
                Refusal(
                    number: item.number, offset: item.range.lowerBound,
                    reason: "more than \(Self.itemLimit) events in one body"))
            return false
        }
        items.append(item)
        return true
    }
}
