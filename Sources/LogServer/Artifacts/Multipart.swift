import ErrorModel
import Foundation

/// Why a body is no `multipart/form-data`.
struct MultipartError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// One part of a form; its content is a range of the whole body.
struct MultipartPart: Equatable, Sendable {
    var name: String
    var fileName: String?
    /// By name in lower case; the first of each.
    var headers: [String: String]
    var content: Range<Int>
}

/// Reads `multipart/form-data` (RFC 7578) from a body that is there as a whole.
///
/// Pure. A body that was cut has no closing line and is refused, so that nothing half is taken.
enum Multipart {
    /// The boundary that a content type names; nil where it is no form or names none.
    static func boundary(contentType: String) -> [UInt8]? {
        let parts = HeaderParameters(contentType)
        guard parts.value.lowercased() == "multipart/form-data",
            let boundary = parts["boundary"], !boundary.isEmpty, boundary.utf8.count <= 200
        else { return nil }
        return Array(boundary.utf8)
    }

    static func parts(
        of body: [UInt8], boundary: [UInt8]
    ) throws(MultipartError) -> [MultipartPart] {
        let line = Array("--".utf8) + boundary
        guard var place = end(of: line, in: body, from: 0) else {
            throw MultipartError("the body does not begin with the boundary that its type names")
        }
        var parts: [MultipartPart] = []
        while true {
            if body[place...].starts(with: "--".utf8) { return parts }
            place = try skipLineEnd(body, place)
            guard parts.count < UploadLimits.parts else {
                throw MultipartError("the form has more than \(UploadLimits.parts) parts")
            }
            let (headers, start) = try headers(body, place)
            guard let next = end(of: line, in: body, from: start) else {
                throw MultipartError(
                    "the form ends in the middle of part \(parts.count + 1): it was cut off")
            }
            parts.append(try part(headers, start..<contentEnd(body, start, next - line.count)))
            place = next
        }
    }

    private static func part(
        _ headers: [String: String], _ content: Range<Int>
    ) throws(MultipartError) -> MultipartPart {
        let disposition = HeaderParameters(headers["content-disposition"] ?? "")
        guard disposition.value.lowercased() == "form-data", let name = disposition["name"] else {
            throw MultipartError("a part has no 'Content-Disposition: form-data; name=…'")
        }
        return MultipartPart(
            name: name, fileName: disposition.fileName, headers: headers, content: content)
    }

    /// Where the text ends, at its first place behind `start` that begins a line.
    private static func end(
        of text: [UInt8], in body: [UInt8], from start: Int
    ) -> Int? {
        body.withUnsafeBytes { bytes in
            var place = start
            while place + text.count <= bytes.count {
                if bytes[place...].starts(with: text) { return place + text.count }
                guard let base = bytes.baseAddress,
                    let feed = memchr(base + place, 0x0A, bytes.count - place)
                else { return nil }
                place = base.distance(to: UnsafeRawPointer(feed)) + 1
            }
            return nil
        }
    }

    /// Without the line break that belongs to the boundary behind it.
    private static func contentEnd(_ body: [UInt8], _ start: Int, _ boundary: Int) -> Int {
        var end = boundary
        if end > start, body[end - 1] == 0x0A { end -= 1 }
        if end > start, body[end - 1] == 0x0D { end -= 1 }
        return end
    }

    private static func skipLineEnd(
        _ body: [UInt8], _ place: Int
    ) throws(MultipartError) -> Int {
        var place = place
        while place < body.count, body[place] == 0x20 || body[place] == 0x09 { place += 1 }
        if place < body.count, body[place] == 0x0D { place += 1 }
        guard place < body.count, body[place] == 0x0A else {
            throw MultipartError("the form ends behind a boundary: it was cut off")
        }
        return place + 1
    }

    /// The headers of a part, and where its content begins.
    private static func headers(
        _ body: [UInt8], _ start: Int
    ) throws(MultipartError) -> ([String: String], Int) {
        var headers: [String: String] = [:]
        var place = start
        let limit = min(body.count, start + UploadLimits.partHeaderBytes)
        while true {
            guard let feed = body[place..<limit].firstIndex(of: 0x0A) else {
                throw MultipartError(
                    limit == body.count
                        ? "the form ends in the headers of a part: it was cut off"
                        : "the headers of a part have more than \(UploadLimits.partHeaderBytes) bytes"
                )
            }
            let end = feed > place && body[feed - 1] == 0x0D ? feed - 1 : feed
            let line = String(decoding: body[place..<end], as: UTF8.self)
            place = feed + 1
            if line.isEmpty { return (headers, place) }
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else {
                throw MultipartError("a part has a header without a colon")
            }
            let name = halves[0].lowercased()
            if headers[name] == nil { headers[name] = Self.trimmed(halves[1]) }
        }
    }

    static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}

/// A header's value and its parameters: `form-data; name="file"; filename="a.js"`.
struct HeaderParameters {
    let value: String
    private var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = text[...]
        let end = rest.firstIndex(of: ";") ?? rest.endIndex
        value = Multipart.trimmed(rest[..<end])
        rest = rest[end...].dropFirst()
        while let sign = rest.firstIndex(of: "=") {
            let name = Multipart.trimmed(rest[..<sign]).lowercased()
            rest = rest[rest.index(after: sign)...]
            let value: String
            if rest.first == "\"" {
                value = Self.quoted(&rest)
            } else {
                let end = rest.firstIndex(of: ";") ?? rest.endIndex
                value = Multipart.trimmed(rest[..<end])
                rest = rest[end...]
            }
            if parameters[name] == nil { parameters[name] = value }
            guard let next = rest.firstIndex(of: ";") else { return }
            rest = rest[rest.index(after: next)...]
        }
    }

    subscript(_ name: String) -> String? { parameters[name] }

    /// As RFC 7578 writes it, or as RFC 5987 does, which some libraries prefer.
    var fileName: String? {
        if let name = parameters["filename"] { return name }
        guard let extended = parameters["filename*"],
            let mark = extended.range(of: "''"),
            extended[..<mark.lowerBound].lowercased() == "utf-8"
        else { return nil }
        return String(extended[mark.upperBound...]).removingPercentEncoding
    }

    /// The text between quotes; a backslash before a quote or a backslash does not count.
    private static func quoted(_ rest: inout Substring) -> String {
        var value = ""
        rest.removeFirst()
        while let character = rest.popFirst() {
            if character == "\"" { break }
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                rest.removeFirst()
                value.append(next)
            } else {
                value.append(character)
            }
        }
        // Browsers write a quote so.
        return value.replacing("%22", with: "\"")
    }
}
