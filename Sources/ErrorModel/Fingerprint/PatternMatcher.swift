/// Finds what changes from event to event in one line of text; linear in its length.
struct PatternMatcher {
    struct Match {
        var end: Int
        var name: StaticString
    }

    private let text: UnsafeRawBufferPointer
    /// Up to here no URL can begin: the run of scheme letters is known to lead nowhere.
    private var noURLBefore = 0
    /// Up to here no e-mail address can begin, for the same reason.
    private var noEmailBefore = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// The first of url, email, uuid, time, ip, hex, num that matches at the index.
    mutating func match(at index: Int) -> Match? {
        let byte = text[index]
        guard byte < 0x80, byte > 0x20 else { return nil }
        if let end = url(at: index) { return Match(end: end, name: "<url>") }
        if UTF8Scalar.isWord(text, before: index) { return nil }
        if let end = email(at: index) { return Match(end: end, name: "<email>") }
        guard ASCII.isHex(byte) else { return nil }
        if let end = uuid(at: index) { return Match(end: end, name: "<uuid>") }
        if let end = time(at: index) { return Match(end: end, name: "<time>") }
        if let end = address(at: index) { return Match(end: end, name: "<ip>") }
        if let end = hexadecimal(at: index) { return Match(end: end, name: "<hex>") }
        if let end = number(at: index) { return Match(end: end, name: "<num>") }
        return nil
    }

    // MARK: URL

    private mutating func url(at index: Int) -> Int? {
        guard index >= noURLBefore, ASCII.isLetter(text[index]) else { return nil }
        let schemeEnd = run(from: index, FileName.isSchemeByte)
        guard text.part(schemeEnd..<text.count).hasASCIIPrefix("://") else {
            noURLBefore = schemeEnd
            return nil
        }
        var end = schemeEnd + 3
        while end < text.count, !Self.endsURL(text[end]), !UTF8Scalar.isSpace(text, at: end) {
            end += UTF8Scalar.length(text, at: end)
        }
        return end
    }

    private static func endsURL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: false
        }
    }

    // MARK: E-mail address

    private mutating func email(at index: Int) -> Int? {
        guard index >= noEmailBefore else { return nil }
        let localEnd = run(from: index, Self.isLocalByte)
        guard localEnd > index, localEnd < text.count, text[localEnd] == UInt8(ascii: "@"),
            let end = domainEnd(from: localEnd + 1)
        else {
            noEmailBefore = localEnd
            return nil
        }
        return end
    }

    private static func isLocalByte(_ byte: UInt8) -> Bool {
        isDomainByte(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "%")
            || byte == UInt8(ascii: "+")
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-")
    }

    /// The longest name with a dot whose last part is two letters or more.
    private func domainEnd(from start: Int) -> Int? {
        var end = run(from: start, Self.isDomainByte)
        while end > start {
            var label = end
            while label > start, ASCII.isLetter(text[label - 1]) { label -= 1 }
            if end - label >= 2, label - 1 > start, text[label - 1] == UInt8(ascii: "."),
                isFree(end)
            {
                return end
            }
            // On to the next shorter end that a dot or dash follows.
            end -= 1
            while end > start, ASCII.isLetter(text[end]) || ASCII.isDigit(text[end]) { end -= 1 }
        }
        return nil
    }

    // MARK: Ids and times

    private func uuid(at index: Int) -> Int? {
        var place = index
        for (group, count) in [8, 4, 4, 4, 12].enumerated() {
            if group > 0 {
                guard byte(place) == UInt8(ascii: "-") else { return nil }
                place += 1
            }
            for _ in 0..<count {
                guard ASCII.isHex(byte(place)) else { return nil }
                place += 1
            }
        }
        return isFree(place) ? place : nil
    }

    /// An ISO 8601 date; with as much of time, fraction and zone as makes a whole.
    private func time(at index: Int) -> Int? {
        guard let year = digits(4, at: index), let month = digits(2, at: year, after: "-"),
            let date = digits(2, at: month, after: "-")
        else { return nil }
        var longest = isFree(date) ? date : nil
        guard byte(date) == UInt8(ascii: "T") || byte(date) == 0x20,
            let hour = digits(2, at: date + 1)
        else { return longest }
        // Behind a space, two digits may be any number.
        if byte(date) == UInt8(ascii: "T") { noteTime(&longest, hour) }
        guard let minute = digits(2, at: hour, after: ":") else { return longest }
        noteTime(&longest, minute)
        guard let second = digits(2, at: minute, after: ":") else { return longest }
        noteTime(&longest, second)
        guard byte(second) == UInt8(ascii: ".") || byte(second) == UInt8(ascii: ",") else {
            return longest
        }
        let fraction = run(from: second + 1, ASCII.isDigit)
        if fraction > second + 1 { noteTime(&longest, fraction) }
        return longest
    }

    /// Notes the end of a time, with a zone after it if there is one.
    private func noteTime(_ longest: inout Int?, _ end: Int) {
        if isFree(end) { longest = end }
        if byte(end) == UInt8(ascii: "Z"), isFree(end + 1) { longest = end + 1 }
        guard byte(end) == UInt8(ascii: "+") || byte(end) == UInt8(ascii: "-"),
            let hours = digits(2, at: end + 1)
        else { return }
        if isFree(hours) { longest = hours }
        let minutes = digits(2, at: byte(hours) == UInt8(ascii: ":") ? hours + 1 : hours)
        if let minutes, isFree(minutes) { longest = minutes }
    }

    private func address(at index: Int) -> Int? {
        var place = index
        for group in 0..<4 {
            if group > 0 {
                guard byte(place) == UInt8(ascii: ".") else { return nil }
                place += 1
            }
            let end = run(from: place, ASCII.isDigit)
            guard (1...3).contains(end - place) else { return nil }
            place = end
        }
        if byte(place) == UInt8(ascii: ":") {
            let port = run(from: place + 1, ASCII.isDigit)
            if port > place + 1, isFree(port) { return port }
        }
        return isFree(place) ? place : nil
    }

    // MARK: Numbers

    private func hexadecimal(at index: Int) -> Int? {
        if byte(index) == UInt8(ascii: "0"), byte(index + 1) == UInt8(ascii: "x") {
            let end = run(from: index + 2, ASCII.isHex)
            if end > index + 2, isFree(end) { return end }
        }
        let end = run(from: index, ASCII.isHex)
        guard end - index >= 8, isFree(end), text[index..<end].contains(where: ASCII.isDigit)
        else { return nil }
        return end
    }

    private func number(at index: Int) -> Int? {
        var end = run(from: index, ASCII.isDigit)
        guard end > index else { return nil }
        var longest = isFree(end) ? end : nil
        while byte(end) == UInt8(ascii: ".") || byte(end) == UInt8(ascii: ",") {
            let next = run(from: end + 1, ASCII.isDigit)
            guard next > end + 1 else { break }
            end = next
            if isFree(end) { longest = end }
        }
        return longest
    }

    // MARK: Parts

    /// The byte at the index, 0 past the end.
    private func byte(_ index: Int) -> UInt8 {
        index < text.count ? text[index] : 0
    }

    /// True when no letter, digit or underscore follows.
    private func isFree(_ end: Int) -> Bool {
        end >= text.count || !UTF8Scalar.isWord(text, at: end)
    }

    private func run(from start: Int, _ belongs: (UInt8) -> Bool) -> Int {
        var end = start
        while end < text.count, belongs(text[end]) { end += 1 }
        return end
    }

    /// The end of exactly so many digits that stand at the place, or after `divider` there.
    private func digits(_ count: Int, at place: Int, after divider: Character? = nil) -> Int? {
        var place = place
        if let divider {
            guard byte(place) == divider.asciiValue else { return nil }
            place += 1
        }
        for _ in 0..<count {
            guard ASCII.isDigit(byte(place)) else { return nil }
            place += 1
        }
        return place
    }
}
