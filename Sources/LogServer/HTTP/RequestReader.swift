import ErrorModel
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads what a request asks for; says what is wrong as a `Problem`.
struct RequestReader {
    let request: Request
    private let query: [String: String]

    init(_ request: Request) {
        self.request = request
        query = Self.parameters(request.uri.query ?? "")
    }

    /// As forms are encoded, which is what clients make of a query: `+` is a space, of one name that stands
    /// twice the first counts.
    private static func parameters(_ text: String) -> [String: String] {
        var parameters: [String: String] = [:]
        for item in text.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { part in
                    let spaced = String(part.replacing("+", with: " "))
                    return spaced.removingPercentEncoding ?? spaced
                }
            if parameters[parts[0]] == nil {
                parameters[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
        }
        return parameters
    }

    func body(limit: Int = APILimits.bodyBytes) async throws -> JSONValue {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem(
                .contentTooLarge, "a body of this route has at most \(limit) bytes")
        }
        do {
            let value = try JSONValue(parsing: Array(buffer.readableBytesView))
            guard value.members != nil else {
                throw Problem(.badRequest, "the body must be a JSON object")
            }
            return value
        } catch let error as JSONError {
            throw Problem(.badRequest, "the body is not JSON: \(error)")
        }
    }

    /// True where the name stands in the query, also without a value.
    func names(_ name: String) -> Bool { query[name] != nil }

    func text(_ name: String) -> String? {
        query[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The text of a time; the `+` of a zone that was sent as it is has become a space.
    func timeText(_ name: String) -> String? {
        text(name).map { $0.contains("T") ? $0.replacing(" ", with: "+") : $0 }
    }

    /// For routes that know the present alone: to answer with it would be a lie.
    func refusePast() throws {
        if names("as_of") {
            throw Problem(.badRequest, "this route knows the present alone: it takes no 'as_of'")
        }
    }

    func flag(_ name: String) throws -> Bool {
        switch text(name) {
        case nil, "0", "false": return false
        case "1", "true": return true
        default: throw Problem(.badRequest, "'\(name)' must be 1 or 0")
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws -> Int {
        guard let text = text(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func offset(_ name: String) throws -> UInt64? {
        guard let text = text(name) else { return nil }
        guard let offset = UInt64(text) else {
            throw Problem(.badRequest, "'\(name)' must be an offset of the log, a whole number")
        }
        return offset
    }

    func choice<T: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: T.Type
    ) throws -> T? {
        guard let text = text(name) else { return nil }
        return try Self.choice(name, text, type)
    }

    /// Some of a type's values, divided by commas.
    func choices<T: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: T.Type
    ) throws -> [T] {
        try (text(name) ?? "").split(separator: ",").map {
            try Self.choice(name, String($0), type)
        }
    }

    static func choice<T: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ text: String, _ type: T.Type
    ) throws -> T {
        if let value = T(rawValue: text) { return value }
        let names = T.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(.badRequest, "'\(name)' must be one of \(names)")
    }
}

extension JSONValue {
    /// A member that is text, or absent; anything else is a problem.
    func optionalText(_ name: String, limit: Int = APILimits.textBytes) throws -> String? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let text = value.string else {
            throw Problem(.badRequest, "'\(name)' must be text")
        }
        guard text.utf8.count <= limit, !text.isEmpty else {
            throw Problem(.badRequest, "'\(name)' must have 1 to \(limit) bytes")
        }
        guard !text.utf8.contains(0) else {
            throw Problem(.badRequest, "'\(name)' must not hold the character U+0000")
        }
        return text
    }

    func optionalBool(_ name: String) throws -> Bool? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let bool = value.bool else {
            throw Problem(.badRequest, "'\(name)' must be true or false")
        }
        return bool
    }
}

extension BasicRequestContext {
    /// What the path has in the place of a parameter; characters may be percent-encoded.
    ///
    /// What only looks so stays as it is.
    func part(_ name: String) -> String? {
        parameters.get(name).map { $0.removingPercentEncoding ?? $0 }
    }
}
