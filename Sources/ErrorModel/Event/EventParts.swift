/// One exception of a chain.
package struct ExceptionInfo: Equatable, Sendable {
    package var type: String?
    package var value: String?
    package var module: String?
    package var mechanism: Mechanism?
    /// Nearest to the throw first.
    package var frames: [Frame] = []

    package init(type: String? = nil, value: String? = nil) {
        self.type = type
        self.value = value
    }
}

/// How an exception came to the SDK's notice.
package struct Mechanism: Equatable, Sendable {
    package var type: String?
    package var handled: Bool?

    package init(type: String? = nil, handled: Bool? = nil) {
        self.type = type
        self.handled = handled
    }
}

/// Something that happened before the error.
package struct Breadcrumb: Equatable, Sendable {
    package var timestamp: Timestamp?
    package var type: String?
    package var category: String?
    package var level: String?
    package var message: String?
    package var data: JSONValue?

    package init() {}
}

/// A line of log that came with the event.
package struct LogLine: Equatable, Sendable {
    package var timestamp: Timestamp?
    package var level: String?
    package var message: String?

    package init() {}
}

/// Who was hit.
package struct UserInfo: Equatable, Sendable {
    package var id: String?
    package var email: String?
    package var username: String?
    package var ip: String?
    package var name: String?

    package init() {}

    /// What tells one user from another: id, else username, else e-mail, else address.
    package var key: String? {
        for candidate in [id, username, email] {
            if let candidate, !candidate.isEmpty { return candidate }
        }
        guard let ip, !ip.isEmpty, ip != "{{auto}}" else { return nil }
        return ip
    }
}

/// The organisation that a user belongs to.
package struct AccountInfo: Equatable, Sendable {
    package var id: String
    package var name: String?

    package init(id: String, name: String? = nil) {
        self.id = id
        self.name = name
    }
}

/// A file that ran, with the id that it shares with its source map.
package struct DebugImage: Equatable, Sendable {
    /// As the frames name it.
    package var file: String
    package var id: String

    package init(file: String, id: String) {
        (self.file, self.id) = (file, id)
    }
}
