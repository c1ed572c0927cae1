/// How bad an event is; the raw values are part of the digest format.
package enum Level: UInt8, CaseIterable, Sendable {
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4
    case fatal = 5

    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .fatal: "fatal"
        }
    }
}
