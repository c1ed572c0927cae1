/// Finds secrets in text: what looks like one wherever it stands, whatever the field is called.
///
/// Card numbers; private keys in PEM; `Bearer` and `Basic` credentials; JSON Web Tokens and the
/// tokens of well-known services; the password in a URL; and what follows the name of a secret:
/// `?token=…`, `password: …`, `"apiKey":"…"`, also in JSON that stands inside a string. One pass, with
/// bounded looks back and forth from a few telling bytes.
///
/// Text is a JSON string as it stands, escapes included.
struct SecretText {
    /// Lines of source code, where `token = next()` is no secret but `key = "…"` may be.
    var isCode = false
    /// IPv4 addresses go as well.
    var removesAddresses = false
    var hasDefaults = true

    /// The name before a `=` or `:` is looked at so far back.
    static let nameByteLimit = 64
    /// User and password of a URL are looked for so far back.
    static let userInfoByteLimit = 256

    /// Appends what is to be removed of `range`, in any order, perhaps overlapping.
    func find(
        in text: UnsafeRawBufferPointer, _ range: Range<Int>, into found: inout [Range<Int>]
    ) {
        let view = TextView(text: UnsafeRawBufferPointer(rebasing: text[range]))
        let start = found.count
        var index = 0
        var covered = Covered()
        let count = view.count
        while index < count {
            let byte = view.text[index]
            guard Self.isTelling(byte) else {
                index += 1
                continue
            }
            if ASCII.isDigit(byte) {
                takeNumbers(view, at: index, &found)
                index = view.end(from: index, while: ASCII.isDigit)
                continue
            }
            if hasDefaults, let hit = look(at: index, byte, view, &covered) { found.append(hit) }
            index += 1
        }
        for place in start..<found.count {
            let part = found[place]
            found[place] = part.lowerBound + range.lowerBound..<part.upperBound + range.lowerBound
        }
    }

    /// Bytes from which a look around is worth it: digits and ` % - : = @ J K _ z`.
    @inline(__always)
    private static func isTelling(_ byte: UInt8) -> Bool {
        if byte < 64 { return lowTelling >> UInt64(byte) & 1 == 1 }
        return byte < 128 && highTelling >> UInt64(byte & 63) & 1 == 1
    }

    /// A bit for each byte below 64: space, `%`, `-`, digits, `:` and `=`.
    private static var lowTelling: UInt64 { 0x27FF_2021_0000_0000 }
    /// The same of those from 64 on: `@`, `J`, `K`, `_` and `z`.
    private static var highTelling: UInt64 { 0x0400_0000_8000_0C01 }

    /// What needs no second look: it is found already.
    private struct Covered {
        var end = 0
        var keyEnd = 0
    }

    private func takeNumbers(_ view: TextView, at index: Int, _ found: inout [Range<Int>]) {
        if hasDefaults, let card = view.card(at: index) { found.append(card) }
        if removesAddresses, let address = view.address(at: index) { found.append(address) }
    }

    /// Looks around a telling byte.
    private func look(
        at index: Int, _ byte: UInt8, _ view: TextView, _ covered: inout Covered
    ) -> Range<Int>? {
        let hit: Range<Int>?
        switch byte {
        case UInt8(ascii: "-") where index >= covered.keyEnd:
            // Also inside of what is covered: a key may begin there and go on behind it.
            if let key = view.privateKey(at: index) {
                covered.keyEnd = key.upperBound
                hit = key
            } else {
                hit = index < covered.end ? nil : view.token(around: index)
            }
        case UInt8(ascii: "@"): hit = view.password(before: index)
        case _ where index < covered.end: hit = nil
        case UInt8(ascii: "="): hit = assigned(view, name: index, value: index + 1)
        case UInt8(ascii: "%"):
            let isSign = view.has("3D", at: index + 1) || view.has("3d", at: index + 1)
            hit = isSign ? assigned(view, name: index, value: index + 3) : nil
        case UInt8(ascii: ":"): hit = stated(view, at: index)
        case UInt8(ascii: " "): hit = view.credentials(after: index)
        case UInt8(ascii: "J"): hit = view.webToken(around: index)
        default: hit = view.token(around: index)
        }
        if let hit { covered.end = max(covered.end, hit.upperBound) }
        return hit
    }

    /// The value in `name=value`.
    private func assigned(_ view: TextView, name end: Int, value start: Int) -> Range<Int>? {
        // `==`, `!=`, `<=`, `>=` and `=>` compare or map.
        guard !view.isOne(of: "=<>!", at: end - 1), !view.isOne(of: "=>", at: start),
            view.name(before: end) != nil
        else { return nil }
        if isCode, !view.isQuoted(from: start) { return nil }
        let value = view.value(from: start, until: .field)
        return value.isEmpty ? nil : value.range
    }

    /// The value in `name: value`.
    private func stated(_ view: TextView, at colon: Int) -> Range<Int>? {
        guard let name = view.name(before: colon) else { return nil }
        let start = colon + 1
        if !name.isQuoted, name.isHeader, !isCode {
            let value = view.value(from: start, until: .line)
            return value.isEmpty ? nil : value.range
        }
        let isQuoted = view.isQuoted(from: start)
        if isCode, !isQuoted { return nil }
        guard !isQuoted, !name.isQuoted, name.sensitivity != .secret else {
            let value = view.value(from: start, until: .field)
            return value.isEmpty ? nil : value.range
        }
        // "Unexpected token: foo" names no secret.
        let value = view.value(from: start, until: .field, limit: Self.toldByteLimit)
        return view.isOpaque(value.range) ? value.range : nil
    }

    /// Of what may be a token or just the next word so much is looked at.
    private static let toldByteLimit = 128
}

extension KeySensitivity: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
