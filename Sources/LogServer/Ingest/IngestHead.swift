import ErrorModel
import EventLog

/// The head of a plain request to an ingest route, read straight from the bytes of a connection.
///
/// Plain is what SDKs send: POST, HTTP/1.1, a length, a connection that stays open, nothing but
/// visible ASCII. Of everything else `init` gives nil, whether it is good HTTP or not, and the HTTP
/// pipeline judges it. So nothing may be taken here that the pipeline would read in another way.
struct IngestHead {
    var route: IngestRoute
    /// What stands behind the question mark of the target; nil without one.
    var query: String?
    var fields = IngestFields()
    /// Bytes of the head, with the empty line.
    private(set) var byteCount = 0
    private(set) var bodyByteCount = 0

    var requestByteCount: Int { byteCount + bodyByteCount }

    /// Longer heads are left to the pipeline, which has limits of its own.
    private static let byteLimit = 8 << 10
    private static let fieldLimit = 64

    /// What the bytes of a connection begin with.
    enum Reading {
        case plain(IngestHead)
        /// More has to come; as far as it goes it is plain.
        case unfinished
        /// Something for the pipeline.
        case foreign
    }

    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        var reader = LineReader(bytes.prefix(byteLimit))
        if let head = IngestHead(&reader) { return .plain(head) }
        // The pipeline refuses at once what cannot become a request.
        let isBegun = method.withUTF8Buffer { bytes.starts(with: $0.prefix(bytes.count)) }
        return reader.hasRunOut && bytes.count < byteLimit && isBegun ? .unfinished : .foreign
    }

    /// Nil where the head is not whole or not plain.
    private init?(_ reader: inout LineReader) {
        guard let line = reader.next(), let target = Self.target(of: line) else { return nil }
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        guard let route = IngestRoute.route(target[..<(mark ?? target.endIndex)]) else {
            return nil
        }
        if let mark { query = String(decoding: target[(mark + 1)...], as: UTF8.self) }
        self.route = route
        var fieldCount = 0
        var length: Int?
        while true {
            guard let line = reader.next() else { return nil }
            if line.isEmpty { break }
            fieldCount += 1
            guard fieldCount <= Self.fieldLimit, let field = Field(line) else { return nil }
            switch field.role {
            case .length:
                guard length == nil, let value = field.number else { return nil }
                length = value
            case .connection where !field.value.isASCIIIgnoringCase("keep-alive"): return nil
            case .framing: return nil
            case .sentryAuth: fields.sentryAuth = fields.sentryAuth ?? field.text
            case .authorization: fields.authorization = fields.authorization ?? field.text
            case .encoding: fields.contentEncoding = fields.contentEncoding ?? field.text
            case .durability: fields.durability = fields.durability ?? field.text
            case .type: fields.contentType = fields.contentType ?? field.text
            case .connection, .other: break
            }
        }
        guard let length, length <= IngestLimits.bodyBytes else { return nil }
        bodyByteCount = length
        byteCount = reader.position
    }

    private typealias Slice = UnsafeRawBufferPointer.SubSequence

    private static let method: StaticString = "POST "

    private static func target(of line: UnsafeRawBufferPointer) -> Slice? {
        let version: StaticString = " HTTP/1.1"
        let end = line.count - version.utf8CodeUnitCount
        guard end > method.utf8CodeUnitCount, line.hasASCIIPrefix(method),
            line.part(end..<line.count).hasASCIIPrefix(version)
        else { return nil }
        let target = line[method.utf8CodeUnitCount..<end]
        return target.allSatisfy(isPlainInTarget) ? target : nil
    }

    private static func isPlainInTarget(_ byte: UInt8) -> Bool {
        if ASCII.isLetter(byte) || ASCII.isDigit(byte) { return true }
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: "="),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"),
            UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ":"):
            return true
        default:
            return false
        }
    }
}

/// Cuts a head into its lines, each ended by CR LF.
private struct LineReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    /// The last line did not end where the bytes did.
    private(set) var hasRunOut = false

    init(_ bytes: Slice<UnsafeRawBufferPointer>) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes)
    }

    /// The next line without its end; nil where it does not end, or not so.
    mutating func next() -> UnsafeRawBufferPointer? {
        let start = position
        var index = start
        while index < bytes.count, bytes[index] >= 0x20 { index += 1 }
        guard index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
            hasRunOut =
                index == bytes.count || (index + 1 == bytes.count && bytes[index] == 0x0D)
            return nil
        }
        position = index + 2
        return UnsafeRawBufferPointer(rebasing: bytes[start..<index])
    }
}

/// One header field, as far as ingest cares.
private struct Field {
    enum Role {
        case length
        case connection
        /// It changes how the body is framed, or asks for something else than an answer.
        case framing
        case sentryAuth
        case authorization
        case encoding
        case type
        case durability
        case other
    }

    var role: Role
    var value: UnsafeRawBufferPointer

    /// Nil for a name or a value that is not plain.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        for byte in name {
            guard ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") else {
                return nil
            }
        }
        value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmed
        for byte in value where byte > 0x7E { return nil }
        if value.isEmpty { return nil }
        role = Self.role(name)
    }

    private static func role(_ name: UnsafeRawBufferPointer) -> Role {
        switch name.count {
        case 2 where name.isASCIIIgnoringCase("te"): .framing
        case 6 where name.isASCIIIgnoringCase("expect"): .framing
        case 7 where name.isASCIIIgnoringCase("upgrade"): .framing
        case 7 where name.isASCIIIgnoringCase("trailer"): .framing
        case 10 where name.isASCIIIgnoringCase("connection"): .connection
        case 12 where name.isASCIIIgnoringCase("content-type"): .type
        case 13 where name.isASCIIIgnoringCase("x-sentry-auth"): .sentryAuth
        case 13 where name.isASCIIIgnoringCase("authorization"): .authorization
        case 14 where name.isASCIIIgnoringCase("content-length"): .length
        case 16 where name.isASCIIIgnoringCase("content-encoding"): .encoding
        case 16 where name.isASCIIIgnoringCase("proxy-connection"): .framing
        case 17 where name.isASCIIIgnoringCase("transfer-encoding"): .framing
        case 21 where name.isASCIIIgnoringCase("x-faultlog-durability"): .durability
        default: .other
        }
    }

    var text: String { String(decoding: value, as: UTF8.self) }

    /// A whole number of decimal digits alone.
    var number: Int? {
        guard value.count <= 18 else { return nil }
        var number = 0
        for byte in value {
            guard ASCII.isDigit(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
