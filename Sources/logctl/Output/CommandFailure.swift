import ArgumentParser
import ErrorModel

/// Why a command fails: a sentence for standard error and an exit code of `sysexits.h`.
struct CommandFailure: Error {
    enum Code: Int32 {
        /// Wrong usage.
        case usage = 64
        /// Data that is damaged or was refused.
        case data = 65
        /// No such file or thing.
        case noInput = 66
        /// No server answers.
        case unavailable = 69
        /// An error inside the server.
        case software = 70
        /// The answer could not be written.
        case output = 74
        /// Try again later.
        case temporary = 75
        /// No permission.
        case permission = 77
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What is followed has no end of its own.
    ///
    /// - Parameter line: the last one that was shown; where to go on behind it is said.
    static func tailEnded(_ line: [UInt8]?) -> CommandFailure {
        let offset = line.flatMap { try? JSONValue(parsing: $0) }?["offset"]?.int64
        let rest = offset.map { "; go on with --from \($0 + 1)" } ?? ""
        return CommandFailure(
            .unavailable, "the server has ended; nothing that came since is shown" + rest)
    }

    /// What can be read was written.
    static let partUnreadable = CommandFailure(
        .data, "a part of the log cannot be read; `logctl log verify` says more")
}

extension AsyncParsableCommand {
    /// Runs a command's work; an error becomes one sentence on standard error and an exit code.
    func report(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let failure as CommandFailure {
            Terminal.note("logctl: \(failure.message)")
            throw ExitCode(failure.code.rawValue)
        }
    }
}
