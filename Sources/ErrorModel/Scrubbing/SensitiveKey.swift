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

/// Tells by its name whether a field holds a secret.
///
/// Case does not matter, nor what stands between the words of a name: `X-Api-Key`, `api_key` and
/// `apiKey` are one. Most names are turned down by the letters that they lack.
package enum SensitiveKey {
    private struct Word {
        let text: [UInt8]
        /// A bit for each letter in it.
        let letters: UInt32
        let sensitivity: KeySensitivity
        /// The whole name, not a part of it.
        let isWhole: Bool

        init(_ text: String, _ sensitivity: KeySensitivity, isWhole: Bool = false) {
            self.text = Array(text.utf8)
            self.sensitivity = sensitivity
            self.isWhole = isWhole
            letters = self.text.reduce(0) { $0 | SensitiveKey.bit($1) }
        }
    }

    /// The stronger ones first: the first that fits decides.
    private static let words: [Word] =
        [
            "password", "passwd", "passphrase", "passcode", "secret", "apikey", "privatekey",
            "credential", "creditcard", "cardnumber", "accesskey", "encryptionkey", "signingkey",
            "kennwort", "passwort",
        ].map { Word($0, .secret) }
        + ["pwd", "mysqlpwd", "pgpassword", "cvv", "cvc", "ssn", "pan", "iban"]
        .map { Word($0, .secret, isWhole: true) }
        + [
            "token", "authorization", "cookie", "csrf", "xsrf", "amzsignature", "amzsecurity",
            "phpsessid", "jsessionid",
        ].map { Word($0, .token) }
        + [
            "auth", "oauth", "bearer", "jwt", "pass", "environ", "connectsid", "signature", "otp",
            "pin", "xauth",
        ].map { Word($0, .token, isWhole: true) }
        + ["remoteaddr", "xforwardedfor", "clientip", "remoteip", "ipaddress", "realip"]
        .map { Word($0, .address) }
        + ["ip", "forwarded"].map { Word($0, .address, isWhole: true) }

    private static let partLetters = Array(Set(words.filter { !$0.isWhole }.map(\.letters)))
    private static let wholeLetters = Array(Set(words.filter(\.isWhole).map(\.letters)))

    /// A longer name is judged by its beginning.
    package static let byteLimit = 128

    /// Judges a name; escapes in it do not matter, they hide no letter of a word that programs write.
    package static func classify(_ name: UnsafeRawBufferPointer) -> KeySensitivity {
        var letters: UInt32 = 0
        for byte in name { letters |= bit(byte) }
        for wanted in partLetters where letters & wanted == wanted { return classifySlowly(name) }
        for wanted in wholeLetters where letters == wanted { return classifySlowly(name) }
        return .none
    }

    @inline(__always)
    private static func bit(_ byte: UInt8) -> UInt32 {
        let letter = (byte | 0x20) &- 0x61
        return letter < 26 ? 1 << UInt32(letter) : 0
    }

    private static func classifySlowly(_ name: UnsafeRawBufferPointer) -> KeySensitivity {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteLimit) { plain in
            var count = 0
            for byte in name.prefix(byteLimit) {
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
            for word in words where isIn(word, text) { return word.sensitivity }
            return .none
        }
    }

    /// By hand: the search of the standard library takes a thousand times as long.
    private static func isIn(_ word: Word, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let length = word.text.count
        guard length <= text.count, !word.isWhole || length == text.count else { return false }
        return word.text.withUnsafeBufferPointer { wanted in
            for start in 0...(text.count - length) {
                var index = 0
                while index < length, text[start + index] == wanted[index] { index += 1 }
                if index == length { return true }
            }
            return false
        }
    }
}
