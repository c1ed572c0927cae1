extension OutgoingEvent {
    /// How bad an event is.
    public enum Level: String, CaseIterable, Sendable {
        /// Of use to who looks for an error only.
        case debug
        /// All is well.
        case info
        /// Not an error yet.
        case warning
        /// Something did not work.
        case error
        /// The program, or a part of it, cannot go on.
        case fatal
    }

    /// How an error was caught.
    public enum Action: String, CaseIterable, Sendable {
        /// Somebody caught it and handed it over.
        case caught = "CAUGHT"
        /// Nobody caught it: it left the program, or the handler of a request.
        case unhandled = "UNHANDLED"
        /// A promise was rejected and nobody looked; of use where Swift speaks for a script.
        case rejection = "REJECTION"
        /// A request was answered with a status of 500 or above.
        case httpError = "HTTP_ERROR"
    }

    /// Who was hit; one of the first three tells one user from another.
    public struct User: Equatable, Sendable {
        /// What tells this user from all others.
        public var id: String?
        /// The name to log in with.
        public var username: String?
        /// An address for e-mail.
        public var email: String?
        /// A name to show.
        public var name: String?
        /// An address of the network; projects may have it taken out by the server.
        public var ip: String?

        /// Makes a user; give at least one of the first three.
        public init(
            id: String? = nil, username: String? = nil, email: String? = nil, name: String? = nil,
            ip: String? = nil
        ) {
            self.id = id
            self.username = username
            self.email = email
            self.name = name
            self.ip = ip
        }
    }

    /// The organisation that a user belongs to.
    public struct Account: Equatable, Sendable {
        /// What tells this account from all others.
        public var id: String
        /// A name to show.
        public var name: String?

        /// Makes an account.
        public init(id: String, name: String? = nil) {
            self.id = id
            self.name = name
        }
    }

    /// One call of a stack.
    public struct Frame: Equatable, Sendable {
        /// The function, as `#function` gives it.
        public var function: String?
        /// The file, as `#fileID` gives it: `Shop/Checkout.swift`.
        public var file: String?
        /// The module.
        public var module: String?
        /// From 1 on.
        public var line: Int?
        /// Whether it is code of the application, not of a library.
        public var inApp: Bool

        /// Makes a frame.
        public init(
            function: String?, file: String?, module: String? = nil, line: Int? = nil,
            inApp: Bool = true
        ) {
            self.function = function
            self.file = file
            self.module = module
            self.line = line
            self.inApp = inApp
        }
    }

    /// An error that led to the one that was captured.
    public struct Cause: Equatable, Sendable {
        /// Its type.
        public var type: String
        /// What it says.
        public var message: String

        /// Makes a cause.
        public init(type: String, message: String) {
            self.type = type
            self.message = message
        }
    }

    /// Something that happened before the error.
    public struct Breadcrumb: Equatable, Sendable {
        /// Microseconds since 1970-01-01T00:00:00Z.
        public var timestampMicroseconds: Int64
        /// What it belongs to: `http`, `query`, the label of a logger.
        public var category: String?
        /// What happened.
        public var message: String
        /// How bad it was.
        public var level: Level
        /// What else is known of it.
        public var data: [String: AttributeValue]

        /// Makes a breadcrumb of a given moment.
        public init(
            timestampMicroseconds: Int64, category: String? = nil, message: String,
            level: Level = .info, data: [String: AttributeValue] = [:]
        ) {
            self.timestampMicroseconds = timestampMicroseconds
            self.category = category
            self.message = message
            self.level = level
            self.data = data
        }
    }
}
