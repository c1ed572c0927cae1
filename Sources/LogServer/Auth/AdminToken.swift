import Crypto
import ErrorModel

/// The bearer token that opens the API on TCP.
///
/// Made at first start. Only its hash is kept; the clear text is in a file of mode 0600 until
/// whoever runs the server has read and deleted it. To get a new one, delete `token.sha256` and
/// start again.
package struct AdminToken: Sendable {
    private let hash: [UInt8]

    /// Reads the hash, or makes a token.
    package static func load(_ directory: DataDirectory) throws -> AdminToken {
        if let text = try DataDirectory.readSecret(directory.tokenHash) {
            guard let hash = bytes(hex: text), hash.count == SHA256.byteCount else {
                throw StartError(
                    "\(directory.tokenHash) does not hold a SHA-256; delete it to make a new token")
            }
            return AdminToken(hash: hash)
        }
        var generator = SystemRandomNumberGenerator()
        let token = "fl_" + (0..<4).map { _ in HexText.text(generator.next()) }.joined()
        // The clear text first: a token whose hash is kept can then always be read.
        try DataDirectory.writeSecret(token, to: directory.token)
        let hash = digest(token)
        try DataDirectory.writeSecret(hex(hash), to: directory.tokenHash)
        return AdminToken(hash: hash)
    }

    /// Whether the `Authorization` header carries the token; takes the same time for any wrong one.
    package func isCarried(by authorization: String?) -> Bool {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else {
            return false
        }
        let given = Self.digest(String(authorization.dropFirst("bearer ".count)))
        return zip(given, hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digest(_ token: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(token.utf8)))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for i in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[i...i + 1], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
