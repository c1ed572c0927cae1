/// A body of `multipart/form-data` (RFC 7578) in memory.
struct Multipart {
    /// Longer than any text could hold by chance, so that parts are not searched for it.
    private let boundary: String
    private(set) var bytes: [UInt8] = []

    init() {
        var random = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let half = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - half.count) + half
        }
        boundary = "faultlog-" + digits.joined()
    }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    mutating func add(field name: String, _ value: String) {
        begin(["Content-Disposition: form-data; name=\"\(name)\""])
        bytes += Array(value.utf8)
        bytes += Array("\r\n".utf8)
    }

    /// - Parameter headers: further ones of the part, without line breaks.
    mutating func add(
        file name: String, fileName: String, headers: [(String, String)], _ content: [UInt8]
    ) {
        let lines = headers.map { "\($0.0): \(Self.header($0.1))" }
        begin(
            [
                "Content-Disposition: form-data; name=\"\(name)\"; "
                    + "filename=\"\(Self.quoted(fileName))\"",
                "Content-Type: application/octet-stream",
            ] + lines)
        bytes += content
        bytes += Array("\r\n".utf8)
    }

    /// The whole body.
    func finished() -> [UInt8] { bytes + Array("--\(boundary)--\r\n".utf8) }

    private mutating func begin(_ lines: [String]) {
        bytes += Array("--\(boundary)\r\n".utf8)
        for line in lines { bytes += Array("\(line)\r\n".utf8) }
        bytes += Array("\r\n".utf8)
    }

    /// As browsers quote file names: RFC 7578 leaves it to them.
    private static func quoted(_ text: String) -> String {
        var quoted = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "%22"
            case "\r": quoted += "%0D"
            case "\n": quoted += "%0A"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted
    }

    private static func header(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 }))
    }
}
