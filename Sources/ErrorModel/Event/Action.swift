/// How an error was caught; the raw values are part of the digest format.
package enum Action: UInt8, CaseIterable, Sendable {
    case caught = 1
    case unhandled = 2
    case rejection = 3
    case httpError = 4

    package var name: String {
        switch self {
        case .caught: "CAUGHT"
        case .unhandled: "UNHANDLED"
        case .rejection: "REJECTION"
        case .httpError: "HTTP_ERROR"
        }
    }
}
