/// What the name of a field says about its value.
package enum KeySensitivity: UInt8, Sendable {
    case none
    /// An IP address; removed only where a project says so.
    case address
    /// Text and whatever is nested is removed; numbers stay, since they count such things.
    case token
    /// All but `null`, `true` and `false` is removed.
    case secret
}

extension KeySensitivity: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Tells by its name whether a field holds a secret.
///
/// Case does not matter, nor what stands between the words of a name: `X-Api-Key`, `api_key` and
/// `apiKey` are one. Most names are turned down by `SensitiveKeyFilter`.
package enum SensitiveKey {
    struct Word {
        let text: [UInt8]
        let sensitivity: KeySensitivity
        /// The whole name, not a part of it.
        let isWhole: Bool
        /// Letters in it that few other names have: no name without them is this word.
        let sign: [UInt8]

        init(_ text: String, _ sign: String, _ sensitivity: KeySensitivity, isWhole: Bool = false) {
            precondition(text.contains(sign), "\(sign) is to stand in \(text)")
            self.text = Array(text.utf8)
            self.sign = Array(sign.utf8)
            self.sensitivity = sensitivity
            self.isWhole = isWhole
        }
    }

    /// The stronger ones first: the first that fits decides.
    static let words: [Word] =
        [
            ("password", "ssw"), ("passwd", "ssw"), ("passphrase", "ssp"), ("passcode", "ssc"),
            ("secret", "ecr"), ("apikey", "pik"), ("privatekey", "tek"), ("credential", "ede"),
            ("creditcard", "itc"), ("cardnumber", "rdn"), ("accesskey", "ssk"),
            ("encryptionkey", "nke"), ("signingkey", "gke"), ("kennwort", "nnw"),
            ("passwort", "ssw"),
        ].map { Word($0, $1, .secret) }
        + [
            ("pwd", "pwd"), ("mysqlpwd", "lpw"), ("pgpassword", "ssw"), ("cvv", "cvv"),
            ("cvc", "cvc"), ("ssn", "ssn"), ("pan", "pan"), ("iban", "iba"),
        ].map { Word($0, $1, .secret, isWhole: true) }
        + [
            ("token", "oke"), ("authorization", "hor"), ("cookie", "ook"), ("csrf", "srf"),
            ("xsrf", "srf"), ("amzsignature", "mzs"), ("amzsecurity", "mzs"),
            ("phpsessid", "hps"), ("jsessionid", "jse"),
        ].map { Word($0, $1, .token) }
        + [
            ("auth", "uth"), ("oauth", "uth"), ("bearer", "rer"), ("jwt", "jwt"), ("pass", "pas"),
            ("environ", "iro"), ("connectsid", "tsi"), ("signature", "gna"), ("otp", "otp"),
            ("pin", "pin"), ("xauth", "uth"),
        ].map { Word($0, $1, .token, isWhole: true) }
        + [
            ("remoteaddr", "ead"), ("xforwardedfor", "rwa"), ("clientip", "tip"),
            ("remoteip", "tei"), ("ipaddress", "pad"), ("realip", "lip"),
        ].map { Word($0, $1, .address) }
        + [("ip", "ip"), ("forwarded", "rwa")].map { Word($0, $1, .address, isWhole: true) }

    /// A longer name is judged by its beginning.
    package static let byteLimit = 128

    /// Judges a name as it stands in JSON: letters may be written as `\u0061`.
    package static func classify(_ name: UnsafeRawBufferPointer) -> KeySensitivity {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteLimit) { plain in
            var count = 0
            var index = 0
            while index < name.count, count < byteLimit {
                let (byte, length) = character(name, at: index)
                index += length
                if ASCII.isLetter(byte) {
                    plain[count] = byte | 0x20
                } else if ASCII.isDigit(byte) {
                    plain[count] = byte
                } else {
                    continue
                }
                count += 1
            }
            let text = UnsafeBufferPointer(rebasing: plain[..<count])
            return sensitivity(text)
        }
    }

    /// The words by their first letters, each with its place in the order of strength.
    private static let wordsByLetter: [[(strength: Int, word: Word)]] = (0..<26).map { letter in
        words.enumerated().filter { $1.text[0] == UInt8(ascii: "a") + UInt8(letter) }
            .map { (strength: $0, word: $1) }
    }

    private static func sensitivity(_ text: UnsafeBufferPointer<UInt8>) -> KeySensitivity {
        var strongest = words.count
        for start in text.indices where ASCII.isLetter(text[start]) {
            for (strength, word) in wordsByLetter[Int(text[start] - UInt8(ascii: "a"))]
            where strength < strongest && isAt(start, word, text) {
                strongest = strength
            }
        }
        return strongest < words.count ? words[strongest].sensitivity : .none
    }

    /// The character at `index` and how many bytes it takes; 0 for one that no word has.
    private static func character(
        _ name: UnsafeRawBufferPointer, at index: Int
    ) -> (byte: UInt8, length: Int) {
        guard name[index] == UInt8(ascii: "\\") else { return (name[index], 1) }
        guard index + 6 <= name.count, name[index + 1] == UInt8(ascii: "u") else { return (0, 2) }
        var unit: UInt16 = 0
        for digit in name[index + 2..<index + 6] {
            guard let value = ASCII.hexValue(digit) else { return (0, 2) }
            unit = unit << 4 | UInt16(value)
        }
        return (unit < 0x80 ? UInt8(unit) : 0, 6)
    }

    private static func isAt(
        _ start: Int, _ word: Word, _ text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let length = word.text.count
        guard start + length <= text.count, !word.isWhole || length == text.count else {
            return false
        }
        return word.text.withUnsafeBufferPointer { wanted in
            var index = 1
            while index < length, text[start + index] == wanted[index] { index += 1 }
            return index == length
        }
    }
}
