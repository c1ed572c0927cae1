/// The key with which a client asks, from wherever it stands.
package struct SentryAuth: Equatable, Sendable {
    package var key: String
    /// `sentry_version`; raven sends 5 and 6, everything since 7.
    package var version: Int?
    package var client: String?

    package init(key: String, version: Int? = nil, client: String? = nil) {
        self.key = key
        self.version = version
        self.client = client
    }

    /// From the value of `X-Sentry-Auth`; nil where it holds no key.
    package static func header(_ value: String) -> SentryAuth? {
        // Bytes, not Characters: this runs for every request.
        var value = value
        return value.withUTF8 { bytes in
            let text = UnsafeRawBufferPointer(bytes).trimmed
            let scheme = text.firstIndex(of: UInt8(ascii: " ")).map { text.part(0..<$0) }
            guard let scheme, scheme.isASCIIIgnoringCase("sentry") else { return pairs(text) }
            return pairs(text.part(scheme.count..<text.count))
        }
    }

    /// From the value of `Authorization`: `Sentry …`, or `Basic` with the key as the user.
    package static func authorization(_ value: String) -> SentryAuth? {
        let value = value.trimmingSpaces
        switch value.scheme {
        case "sentry":
            return header(value)
        case "basic":
            let text = value.dropFirst("basic".count)
            guard let decoded = Base64.decode(Array(text.utf8)) else { return nil }
            let user = String(decoding: decoded.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
            return user.isEmpty ? nil : SentryAuth(key: user)
        default:
            return nil
        }
    }

    /// The key of `Authorization: Bearer pk_…`, as our own JSON is sent with.
    package static func bearer(_ value: String) -> String? {
        let value = value.trimmingSpaces
        guard value.scheme == "bearer" else { return nil }
        let key = String(value.dropFirst("bearer".count)).trimmingSpaces
        return key.isEmpty ? nil : key
    }

    /// From the query of the request's target, without its `?`.
    package static func query(_ query: String) -> SentryAuth? {
        SentryAuth(fields(query))
    }

    /// The release and the environment that the target of a security report names.
    package static func origin(_ query: String) -> (release: String?, environment: String?) {
        let fields = fields(query)
        return (fields["sentry_release"], fields["sentry_environment"])
    }

    private static func fields(_ query: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            fields[PercentText.decode(parts[0])] = PercentText.decode(parts[1])
        }
        return fields
    }

    /// `name=value` pairs between commas; of a name that stands twice the last one counts.
    private static func pairs(_ text: UnsafeRawBufferPointer) -> SentryAuth? {
        var auth = SentryAuth(key: "")
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: ",")) ?? text.count
            if let equals = text[start..<end].firstIndex(of: UInt8(ascii: "=")) {
                auth.take(text.part(start..<equals).trimmed, text.part(equals + 1..<end).trimmed)
            }
            start = end + 1
        }
        return auth.key.isEmpty ? nil : auth
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if name.isASCII("sentry_key") {
            key = String(decoding: value, as: UTF8.self)
        } else if name.isASCII("sentry_version") {
            version = Self.version(String(decoding: value, as: UTF8.self))
        } else if name.isASCII("sentry_client") {
            client = String(decoding: value, as: UTF8.self)
        }
    }

    /// The whole number that `text` begins with: raven once wrote "2.0".
    private static func version(_ text: String) -> Int? {
        Int(String(decoding: text.utf8.prefix { ASCII.isDigit($0) }, as: UTF8.self))
    }

    private init?(_ fields: [String: String]) {
        guard let key = fields["sentry_key"], !key.isEmpty else { return nil }
        self.key = key
        version = fields["sentry_version"].flatMap(Self.version)
        client = fields["sentry_client"]
    }
}

/// The address that SDKs are given: `scheme://key[:secret]@host[:port][/path]/project`.
package struct SentryDSN: Equatable, Sendable {
    package var scheme: String
    package var key: String
    package var host: String
    package var path: String
    package var project: String

    package init?(_ text: String) {
        let text = text.trimmingSpaces
        guard let colon = text.firstRange(of: "://") else { return nil }
        scheme = String(text[..<colon.lowerBound])
        let rest = text[colon.upperBound...]
        guard let at = rest.lastIndex(of: "@") else { return nil }
        key = String(rest[..<at].prefix { $0 != ":" })
        let place = rest[rest.index(after: at)...].prefix { $0 != "?" && $0 != "#" }
        guard let slash = place.firstIndex(of: "/") else { return nil }
        host = String(place[..<slash])
        let segments = place[slash...].split(separator: "/")
        guard let project = segments.last, !key.isEmpty, !host.isEmpty else { return nil }
        self.project = String(project)
        path = segments.dropLast().map { "/" + $0 }.joined()
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self
        return text.withUTF8 {
            String(decoding: UnsafeRawBufferPointer($0).trimmed, as: UTF8.self)
        }
    }

    /// The first word in lower case, where a space follows it.
    fileprivate var scheme: String? {
        guard let space = firstIndex(of: " ") else { return nil }
        return self[..<space].lowercased()
    }
}

/// Undoes percent-encoding, as in a query.
package enum PercentText {
    package static func decode(_ text: some StringProtocol) -> String {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = ASCII.hexValue(bytes[index + 1]),
                let low = ASCII.hexValue(bytes[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
